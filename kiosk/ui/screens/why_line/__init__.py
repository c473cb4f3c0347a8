"""08, one reason one touch deeper."""
