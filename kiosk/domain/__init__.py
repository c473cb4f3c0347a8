"""Pure data and rules: money, persons, bills, splits, consent, papers. Standard library alone."""
