"""11, money is moving."""
