"""The thirteen kinds: what a hand, a lens and a lamp do to the picture, as functions of time.

Hardness is set so that the kinds stand to each other, for zxing-cpp and pyzbar, as in the table of the
reference (qr-soft, 3.1); `bench/scanner_streams.py` prints where they stand now.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture before it is drawn. Lengths are pixels of the picture, angles degrees."""

    side_px: float  # of the symbol without its quiet zone, seen from the front
    tilt_deg: float = 10.0
    defocus_px: float = 0.8  # sigma
    motion_px: float = 0.0  # way of the phone while the shutter is open
    sway_px: float = 5.0  # slow swing of the hand
    shake_px: float = 1.0  # from picture to picture
    gain: float = 1.0  # of the light that falls on the sensor
    contrast: float = 1.0  # of the phone's screen
    bloom: float = 0.0  # share of bright light that strays into the neighbourhood
    noise: float = 4.0  # sigma, grey levels
    glare: float = 0.0  # radius of the reflected lamp, in sides of the symbol
    moire: float = 0.0  # amplitude, in shares of the screen's light
    cracks: int = 0
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Luck:
    """What differs between streams of one kind: each value is drawn once from 0 to 1."""

    size: float
    pace: float
    amount: float


Kind = Callable[[float, Luck], Shot]
"""The shot `t` seconds after the phone came into view."""


def _between(low: float, high: float, share: float) -> float:
    return low + (high - low) * share


def _plain(t: float, luck: Luck) -> Shot:
    """A phone brought before the lens: the hand arrives in a quarter of a second and stays."""
    arriving = math.exp(-t / _between(0.07, 0.10, luck.pace))
    return Shot(side_px=_between(200, 270, luck.size), motion_px=120 * arriving)


def _defocus_hunt(t: float, luck: Luck) -> Shot:
    swing = abs(math.cos(math.pi * t / _between(0.75, 1.05, luck.pace)))
    return replace(_plain(t, luck), defocus_px=1.2 + _between(5.0, 6.5, luck.amount) * swing)


def _over_exposed(t: float, luck: Luck) -> Shot:
    return replace(_plain(t, luck), gain=_between(1.7, 2.2, luck.amount), bloom=0.16)


def _dark(t: float, luck: Luck) -> Shot:
    gain = _between(0.048, 0.054, luck.amount) * (1 + 0.9 * t)  # the camera lengthens its exposure slowly
    return replace(_plain(t, luck), gain=gain, noise=4.2)


def _far(t: float, luck: Luck) -> Shot:
    side_px = _between(46, 56, luck.size) * (1 + _between(0.5, 0.8, luck.pace) * min(t, 1.5))
    return replace(_plain(t, luck), side_px=side_px, defocus_px=0.7)


def _close(t: float, luck: Luck) -> Shot:
    return replace(
        _plain(t, luck),
        side_px=_between(430, 500, luck.size),
        defocus_px=1.6,
        motion_px=200 * math.exp(-t / 0.09),
    )


def _shaky(t: float, luck: Luck) -> Shot:
    speed = abs(math.sin(math.pi * (t / _between(0.42, 0.55, luck.pace) + luck.amount / 2 + 0.25)))
    shot = _plain(t, luck)
    return replace(shot, motion_px=max(shot.motion_px, 26 * speed), shake_px=7.0, sway_px=25.0)


def _dark_mode(t: float, luck: Luck) -> Shot:
    return replace(_plain(t, luck), inverted=True)


def _glare(t: float, luck: Luck) -> Shot:
    left = max(0.0, 1 - t / _between(1.5, 1.8, luck.pace))
    return replace(_plain(t, luck), glare=_between(0.52, 0.62, luck.amount) * left)


def _moire(t: float, luck: Luck) -> Shot:
    return replace(_plain(t, luck), moire=_between(0.45, 0.6, luck.amount))


def _cracked(t: float, luck: Luck) -> Shot:
    return replace(_plain(t, luck), cracks=1 + round(2 * luck.amount), tilt_deg=28.0)


def _combo(t: float, luck: Luck) -> Shot:
    return replace(
        _plain(t, luck),
        side_px=_between(190, 230, luck.size),
        defocus_px=_between(2.2, 2.6, luck.amount),
        motion_px=7.0 + 80 * math.exp(-t / 0.09),
        contrast=0.28,
        glare=0.13,
        noise=13.0,
        tilt_deg=18.0,
    )


def _tilted(t: float, luck: Luck) -> Shot:
    return replace(_plain(t, luck), tilt_deg=62.0, side_px=_between(175, 215, luck.size), defocus_px=1.1)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "nominal": _plain,
        "defocus": _defocus_hunt,
        "over_exposed": _over_exposed,
        "dark": _dark,
        "far": _far,
        "close": _close,
        "shaky": _shaky,
        "dark_mode": _dark_mode,
        "glare": _glare,
        "moire": _moire,
        "cracked": _cracked,
        "combo": _combo,
        "tilted": _tilted,
    }
)
"""By name, in the order of the tables."""
