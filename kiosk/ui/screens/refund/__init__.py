"""26, money goes back where it came from."""
