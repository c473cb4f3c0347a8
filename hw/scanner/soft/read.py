"""One code at one place in one picture: from a rough geometry to its text, or to what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hw.scanner.sight import Corners, Grey
from hw.scanner.soft.decisions import bend_to, register_decided, retrain
from hw.scanner.soft.decode import Decoded, Likelihoods, decode
from hw.scanner.soft.equalise import QUALITY_MIN, Equalised, equalise_known, sample
from hw.scanner.soft.geometry import Geometry
from hw.scanner.soft.grid import Grid, grid_of
from hw.scanner.soft.register import Fit, register
from hw.scanner.soft.timebox import UNHURRIED, TimeBox

SECOND_TRY_QUALITY = (1.2, 3.5)
"""Below, decisions are too often wrong to learn from; above, there is nothing to learn: but a sharp
code may be bent."""
KNOWN_ROUNDS, MESH_ROUNDS = 3, 2
_MESH_ROUND_MS = 12.0  # what a round may be expected to take


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture says of one located code; `decoded` is None when it did not pass."""

    geometry: Geometry
    ncc: float
    quality: float
    likelihoods: Likelihoods = field(repr=False)
    decoded: Decoded | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SoftReading:
    """A text that may leave, and the four corners of its symbol in the picture."""

    text: str = field(repr=False)
    corners: Corners


def look_ms(n: int) -> float:
    """What a look at a code of `n` modules may take: 12 ms at version 3, 49 at version 40."""
    return 5.0 + n / 4


def look_from_ms(n: int) -> float:
    """What a look at a registered geometry may take, and so may each stage of a second try."""
    return look_ms(n) * 0.7


def look(grey: Grey, start: Geometry, box: TimeBox = UNHURRIED) -> Look | None:
    """Registers near `start`, equalises, decodes. None when the known modules are not there."""
    fit = register(grey, start)
    return None if fit is None else look_from(grey, fit, box)


def look_from(grey: Grey, fit: Fit, box: TimeBox = UNHURRIED) -> Look:
    """The same for a geometry that is registered already."""
    grid = grid_of(fit.geometry.n)
    seen = equalise_known(sample(grey, fit.geometry), grid.known)
    return _judged(grid, fit.geometry, fit.ncc, seen, box)


def _judged(grid: Grid, geometry: Geometry, ncc: float, seen: Equalised, box: TimeBox) -> Look:
    decoded = decode(grid, seen.likelihoods, box) if seen.quality >= QUALITY_MIN else None
    return Look(geometry, ncc, seen.quality, seen.likelihoods, decoded)


def look_again(grey: Grey, first: Look, box: TimeBox, *, mesh: bool = False) -> Look:
    """The second try, with the decisions of the first: retrained, registered again, on request bent.

    Gives the last look when none of them reads the code.
    """
    low, high = SECOND_TRY_QUALITY
    stage_ms = look_from_ms(first.geometry.n)
    if first.decoded is not None or not box.has(stage_ms):
        return first
    if not low <= first.quality <= high:
        return _bent(grey, first, box) if mesh else first
    grid = grid_of(first.geometry.n)
    taught = retrain(sample(grey, first.geometry), first.likelihoods)
    again = _judged(grid, first.geometry, first.ncc, taught, box)
    if again.decoded is not None or not box.has(2 * stage_ms):
        return again
    fit = register_decided(grey, first.geometry, first.likelihoods)
    again = _settled(grey, grid, fit.geometry, first.ncc, box)
    if again.decoded is not None or not mesh:
        return again
    return _bent(grey, first, box)


def _settled(grey: Grey, grid: Grid, geometry: Geometry, ncc: float, box: TimeBox) -> Look:
    """Equalised at this geometry, and where that does not pass, once more with its own decisions."""
    samples = sample(grey, geometry)
    seen = equalise_known(samples, grid.known)
    found = _judged(grid, geometry, ncc, seen, box)
    if found.decoded is not None or seen.quality < QUALITY_MIN or not box.has(look_from_ms(grid.n)):
        return found
    return _judged(grid, geometry, ncc, retrain(samples, seen.likelihoods), box)


def _bent(grey: Grey, start: Look, box: TimeBox) -> Look:
    """Follows the bend of the paper: first by the known modules, which are sure, then by all."""
    grid = grid_of(start.geometry.n)
    current = start
    for turn in range(KNOWN_ROUNDS + MESH_ROUNDS):
        if not box.has(_MESH_ROUND_MS):
            break
        trusted = np.zeros((grid.n, grid.n)) if turn < KNOWN_ROUNDS else current.likelihoods
        bent = bend_to(grey, current.geometry, trusted)
        if bent is None:
            break
        current = _settled(grey, grid, bent, start.ncc, box)
        if current.decoded is not None:
            break
    return current
