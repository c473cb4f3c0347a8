"""06, the bills to pay today."""
