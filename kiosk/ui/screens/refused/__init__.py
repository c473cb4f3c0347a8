"""14, it cannot be done here, and what can."""
