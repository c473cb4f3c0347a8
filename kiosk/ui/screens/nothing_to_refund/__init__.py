"""Nothing can be returned."""
