"""19, one price, and a marked estimate of one's own part."""
