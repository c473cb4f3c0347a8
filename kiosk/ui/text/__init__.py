"""Words on the screen: fonts with fallback, line breaking, and texts by key."""

DOMAIN = "kiosk"
"""Name of the catalogues: `kiosk.po`, `kiosk.mo`."""
