"""04a, this card works together with the code on the phone."""
