"""02, what would you like to do."""
