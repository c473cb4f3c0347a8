"""The guard of a terminal's releases: which one runs, which one is known to be good, and the way back.

It stands outside all releases and uses Python's standard library alone, so it works when a release does
not. A new release runs on trial: it becomes the good one only when its health was confirmed in time; a power
cut, a lost network or silence put the good one back. What it does on disk is in an order that any cut may
interrupt.
"""
