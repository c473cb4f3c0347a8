"""04b, this is not a social-security card."""
