"""Every code of a single picture that the other decoders left unread: with all means, once each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hw.scanner._opencv import cv2
from hw.scanner.sight import Corners, Grey
from hw.scanner.soft.equalise import QUALITY_MIN
from hw.scanner.soft.geometry import Geometry, normalised
from hw.scanner.soft.locate import STILL, locate
from hw.scanner.soft.read import SoftReading, look, look_again, look_from, look_from_ms, look_ms
from hw.scanner.soft.timebox import TimeBox

ROUNDS_MAX = 3
"""The locator runs again after it found something: what was read no longer hides the rest."""
EVEN_WINDOW_PX = 24.0
"""Two to four modules of most codes: of 10 drawn codes in hard shadows 9 are located, and 3 without."""
_EVEN_FLOOR, _EVEN_CONTRAST = 6.0, 55.0  # grey levels
_LOCATE_MS = 40.0  # what a run of the locator may be expected to take


def read_still(
    grey: Grey, located: Sequence[Geometry], taken: Sequence[Corners], box: TimeBox
) -> list[SoftReading]:
    """Codes of `grey` outside the outlines `taken`; first those that another reader located."""
    outlines = list(taken)
    readings: list[SoftReading] = []
    turned = np.asarray(255 - grey, dtype=np.uint8)
    for geometry in located:
        for seen in (grey, turned):
            if not _is_inside(geometry.corners(), outlines) and box.has(look_ms(geometry.n)):
                _keep(_read_near(seen, geometry, box), readings, outlines)
    for seen in (grey, turned):
        _search(seen, seen, readings, outlines, box)
    if box.has(_LOCATE_MS):
        _search(_evened(grey), grey, readings, outlines, box)
    return readings


def _search(
    searched: Grey, grey: Grey, readings: list[SoftReading], outlines: list[Corners], box: TimeBox
) -> None:
    """The locator on `searched`, as long as it finds what is then read in `grey`."""
    for _ in range(ROUNDS_MAX):
        if not box.has(_LOCATE_MS) or not _read_found(searched, grey, readings, outlines, box):
            break


def _evened(grey: Grey) -> Grey:
    """The same light everywhere: the edge of a hard shadow through a finder no longer hides its rings."""
    even, _ = normalised(grey.astype(np.float32), EVEN_WINDOW_PX, _EVEN_FLOOR)
    return np.asarray(np.clip(128 + _EVEN_CONTRAST * even, 0, 255), dtype=np.uint8)


def _read_near(grey: Grey, geometry: Geometry, box: TimeBox) -> SoftReading | None:
    first = look(grey, geometry, box)
    if first is None:
        return None
    found = look_again(grey, first, box, mesh=True)
    return None if found.decoded is None else SoftReading(found.decoded.text, found.geometry.corners())


def _read_found(
    searched: Grey, grey: Grey, readings: list[SoftReading], outlines: list[Corners], box: TimeBox
) -> bool:
    """One run of the locator on `searched`, to be read in `grey`; whether it read anything."""
    before = len(readings)
    for fit in locate(searched, STILL, box, outlines):
        if _is_inside(fit.geometry.corners(), outlines) or not box.has(look_from_ms(fit.geometry.n)):
            continue
        found = look_from(grey, fit, box)
        if found.quality >= QUALITY_MIN:
            found = look_again(grey, found, box, mesh=True)
        if found.decoded is not None:
            _keep(SoftReading(found.decoded.text, found.geometry.corners()), readings, outlines)
    return len(readings) > before


def _keep(reading: SoftReading | None, readings: list[SoftReading], outlines: list[Corners]) -> None:
    if reading is not None:
        readings.append(reading)
        outlines.append(reading.corners)


def _is_inside(corners: Corners, outlines: Sequence[Corners]) -> bool:
    middle = np.mean(corners, axis=0)
    point = float(middle[0]), float(middle[1])
    return any(
        cv2.pointPolygonTest(np.asarray(outline, dtype=np.float32), point, False) >= 0 for outline in outlines
    )
