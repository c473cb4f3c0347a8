"""Words on the screen: fonts with fallback, line breaking, and texts by key."""
