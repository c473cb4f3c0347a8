"""A stream: thirty pictures of one kind, the same for the same generator, kind and seed."""

from __future__ import annotations

import string
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from bench.streams.draw import Lamps, Looks, Pixels, hall, picture
from bench.streams.kinds import KINDS, Luck

FPS = 15
FRAMES = 30
TEXT_CHARS = (28, 60)
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Generator:
    """How many pictures looks (tilt sign, cracks, colours) and lamps (glare, moire) stay as they are."""

    looks_frames: int
    lamps_frames: int


GENERATORS: Mapping[str, Generator] = MappingProxyType(
    {"A": Generator(looks_frames=3, lamps_frames=3), "B": Generator(looks_frames=FRAMES, lamps_frames=6)}
)


@dataclass(frozen=True, slots=True)
class Stream:
    """`Stream("A", "combo", 0)`: one of `GENERATORS`, one of `KINDS`, a seed."""

    generator: str
    kind: str
    seed: int

    @property
    def text(self) -> str:
        """What the phone shows: 28 to 60 letters and digits, a symbol of version 3 to 5."""
        random = self._random("text")
        return "".join(random.choice(list(_ALPHABET), int(random.integers(*TEXT_CHARS, endpoint=True))))

    def pictures(self) -> Iterator[Pixels]:
        """Thirty grey pictures, (720, 1280), 8 bit, drawn as they are taken; number i is `i / FPS` s old."""
        plan, kind = GENERATORS[self.generator], KINDS[self.kind]
        luck = Luck(*self._random("luck").random(3))
        behind, text, random = hall(self._random("hall")), self.text, self._random("pictures")
        for number in range(FRAMES):
            at_s = number / FPS
            looks = _looks(self._random(f"looks {number // plan.looks_frames}"))
            lamps = _lamps(self._random(f"lamps {number // plan.lamps_frames}"))
            yield picture(text, kind(at_s, luck), looks, lamps, behind, random, at_s)

    def _random(self, what: str) -> np.random.Generator:
        name = f"{self.generator} {self.kind} {what}"
        return np.random.default_rng([zlib.crc32(name.encode()), self.seed])


def _looks(random: np.random.Generator) -> Looks:
    return Looks(
        paper=int(random.integers(215, 250)),
        ink=int(random.integers(8, 45)),
        wall=int(random.integers(90, 200)),
        turn_deg=float(random.uniform(-15, 15)),
        tilt_axis_deg=float(random.choice([0, 90, 180, 270]) + random.uniform(-20, 20)),
        crack_seed=int(random.integers(1 << 31)),
    )


def _lamps(random: np.random.Generator) -> Lamps:
    x, y = random.uniform(-0.22, 0.22, 2)
    return Lamps(
        glare_x=float(x),
        glare_y=float(y),
        moire_period_px=float(random.uniform(5, 14)),
        moire_deg=float(random.uniform(0, 180)),
        moire_phase=float(random.uniform(0, 6.28)),
    )
