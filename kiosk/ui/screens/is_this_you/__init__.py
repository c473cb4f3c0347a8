"""05, is this you."""
