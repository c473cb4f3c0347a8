"""15, are you still there: above any screen, the dock stays usable."""
