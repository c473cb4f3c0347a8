"""Client of the national medical-insurance interface: envelope, messages, area profiles."""
