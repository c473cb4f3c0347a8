"""Streams: simulated seconds before a terminal's camera, made from a seed, that say what each picture holds.

Thirteen kinds of difficulty (`KINDS`), thirty grey pictures of 1280x720 at fifteen a second, two
generators. `A` draws tilt sign, cracks and colours anew every three pictures and so is hard to follow from
picture to picture; `B` keeps to physics: one pose sign, one set of cracks and colours a stream. They
compare readers on the same pictures; they do not tell how well a real camera is read.
"""

from bench.streams.kinds import KINDS
from bench.streams.stream import FPS, FRAMES, GENERATORS, Stream

__all__ = ["FPS", "FRAMES", "GENERATORS", "KINDS", "Stream"]
