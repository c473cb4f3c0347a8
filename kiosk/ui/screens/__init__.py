"""One folder per screen: `screen.kv` is the layout, `screen.py` the words of its view.

A screen is built from a view, shows what the view says and tells what was touched. It
knows no other screen and decides nothing.
"""
