"""What is known of a code that was located in a picture and could not be read.

A hint ("closer", "hold still", "lower brightness") is a judgement on these measured
values; nothing here says anything about what the code contains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2

Grey = npt.NDArray[np.uint8]
Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]

SATURATED_FROM = 250  # grey level
_LOOK_SIDE_MAX_PX = 320
"""A larger code is measured in a smaller copy: it bounds the cost at about 1 ms."""
_EDGES_AMONG_GRADIENTS = 98.0  # percentile


@dataclass(frozen=True, slots=True)
class Sight:
    """A code that was located and not read in the newest picture. Lengths are pixels of that picture.

    `corners` go round the symbol (top left, top right, bottom right, bottom left of the
    code). `modules` per side and `module_px` are None where the version is unknown.
    `quality` is the signal-to-noise ratio of the soft reader's module values: about 2.4
    means 6 % wrong modules, below 0.8 nothing can be said; None when it did not get so far.
    `blur_px` is the width (sigma) of a Gaussian that would make edges as soft as the sharpest
    ones seen: a third of a module is fine, two thirds is hard. `saturated` is the share of
    pixels at white inside the code: glare, or a screen too bright for the exposure.
    `light_level` and `dark_level` are grey levels 0 to 255 of its light and dark modules.
    `moved_px` is how far its middle moved since the picture before; None at first sight.
    """

    corners: Corners
    modules: int | None
    module_px: float | None
    quality: float | None
    blur_px: float
    saturated: float
    light_level: float
    dark_level: float
    moved_px: float | None

    @property
    def side_px(self) -> float:
        """Mean length of the four sides."""
        return _side_px(self.corners)


def look_at(
    grey: Grey,
    corners: Corners,
    *,
    modules: int | None = None,
    quality: float | None = None,
    before: Corners | None = None,
) -> Sight:
    """Measures what lies between `corners` in `grey`; `before` are the corners in the picture before."""
    side_px = _side_px(corners)
    inside, scale = _upright(grey, corners, side_px)
    dark, light = (float(level) for level in np.percentile(inside, (5, 95)))
    return Sight(
        corners=corners,
        modules=modules,
        module_px=side_px / modules if modules else None,
        quality=quality,
        blur_px=_blur_px(inside, light - dark) / scale,
        saturated=float(np.mean(inside >= SATURATED_FROM)),
        light_level=light,
        dark_level=dark,
        moved_px=_distance_px(corners, before) if before is not None else None,
    )


def _upright(grey: Grey, corners: Corners, side_px: float) -> tuple[npt.NDArray[np.float32], float]:
    """The code seen from the front, and the pixels of the copy per pixel of the picture."""
    side = int(np.clip(round(side_px), 8, _LOOK_SIDE_MAX_PX))
    front = np.array([[0, 0], [side, 0], [side, side], [0, side]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(np.asarray(corners, dtype=np.float32), front)
    way = cv2.INTER_LINEAR
    seen = cv2.warpPerspective(grey, warp, (side, side), flags=way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, dtype=np.float32), side / max(side_px, 1.0)


def _blur_px(inside: npt.NDArray[np.float32], contrast: float) -> float:
    """From the steepest edges: a step blurred by sigma rises by contrast / (sigma sqrt(2 pi)) a pixel."""
    soft = cv2.GaussianBlur(inside, (0, 0), 1.0)  # the noise of a sensor is steep too
    across, down = (
        cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=1 / 8),
        cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=1 / 8),
    )
    steepest = float(np.percentile(cv2.magnitude(across, down), _EDGES_AMONG_GRADIENTS))
    sigma = contrast / max(steepest * float(np.sqrt(2 * np.pi)), 1e-3)
    return float(np.sqrt(max(sigma**2 - 1.0, 0.04)))


def _side_px(corners: Corners) -> float:
    points = np.asarray(corners, dtype=np.float64)
    return float(np.mean(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)))


def _distance_px(one: Corners, other: Corners) -> float:
    return float(np.linalg.norm(np.mean(one, axis=0) - np.mean(other, axis=0)))
