"""Benchmarks: each module measures one thing against its named reference in the same run and prints one
JSON object; `python -m bench` runs them all and says what was reached."""
