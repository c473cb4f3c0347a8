"""10, pay by phone."""
