"""Asked for a person: which window, and what to bring."""
