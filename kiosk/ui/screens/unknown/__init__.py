"""13, it is being checked: do not pay again."""
