"""03, show your code or insert your card; 03b is the same with the wrong code seen."""
