"""03b, another kind of code was shown."""
