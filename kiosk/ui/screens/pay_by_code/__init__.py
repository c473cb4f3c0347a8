"""10b, pay by the code that the phone shows."""
