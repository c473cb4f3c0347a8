"""Deterministic simulation: machine, journal and recovery against peers that lose, delay, repeat and refuse.

One run is one visit (or one undo) under a schedule of faults and crashes; a
seed or a list of choices replays it exactly. Time is virtual.
"""
