"""17, a device is out of work, and what still works."""
