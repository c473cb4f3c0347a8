"""07, the heart: who pays what, and why."""
