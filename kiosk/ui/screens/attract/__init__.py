"""01, before anybody came."""
