"""The terminal: what a patient can do, and the money discipline beneath it."""
