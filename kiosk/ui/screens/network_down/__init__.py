"""16, the link is down, and what still works."""
