"""12, all done, and where to go."""
