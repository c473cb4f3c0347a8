"""A linear equaliser that learns blur, motion and ink spread from the modules that are known.

21 samples around each module, half a module apart, are weighted so that the known modules come out
as +1 and -1: ridge regression, trained on this very picture (reference: qr-soft, 5.5). It reads 19 of
36 stills where sampling the middle of each module reads 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hw.scanner._opencv import cv2
from hw.scanner.sight import Grey
from hw.scanner.soft.decode import CLIP, Likelihoods
from hw.scanner.soft.geometry import Geometry, Patch, normalised
from hw.scanner.soft.grid import Signs

Features = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float64]

PER_MODULE, PER_MODULE_LARGE = 6, 4  # pixels
LARGE_FROM = 81  # modules a side
MARGIN = 2  # modules around the code that features reach into
WINDOW = 3.0  # modules, of the local normalisation
FLOOR = 1.5  # grey levels
RIDGE = 4.0
FLAT_SHARE = 0.35
"""Of the median local contrast: a place with less is glare or paper, and teaches little."""
VARIANCE_FLOOR = 0.01
QUALITY_MIN = 0.8
"""Below this signal-to-noise ratio a picture tells nothing; 2.4 is about 6 % wrong modules."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What was seen of each module: `features` (n*n, 22) with a constant last, `trust` (n*n,) 0 to 1."""

    n: int
    features: Features = field(repr=False)
    trust: Weights = field(repr=False)


@dataclass(frozen=True, slots=True)
class Equalised:
    """Log-likelihoods (n, n), positive for dark, and the signal-to-noise ratio on the known modules."""

    likelihoods: Likelihoods = field(repr=False)
    quality: float


def sample(grey: Grey, geometry: Geometry) -> Samples:
    """The features of every module at this geometry."""
    n = geometry.n
    px = PER_MODULE if n < LARGE_FROM else PER_MODULE_LARGE
    patch = 255.0 - geometry.patch(grey, px, MARGIN)
    flat, contrast = normalised(patch, WINDOW * px, FLOOR)
    # An even box lies between pixels, and so does the middle of a module: [-half, half - 1] around it.
    smooth = np.asarray(cv2.blur(flat, (px - 2, px - 2)), dtype=np.float32)
    half = px // 2
    columns = [
        _at_modules(smooth, n, px, down * half, across * half).ravel()
        for down in range(-2, 3)
        for across in range(-2, 3)
        if abs(down) + abs(across) < 4
    ]
    features = np.stack((*columns, np.ones(n * n, np.float32)), axis=1).astype(np.float64)
    local = _at_modules(contrast, n, px, 0, 0).ravel().astype(np.float64)
    bar = (FLAT_SHARE * float(np.median(local))) ** 2
    return Samples(n, features, local**2 / (local**2 + bar + 1e-9))


def _at_modules(patch: Patch, n: int, px: int, down: int, across: int) -> Patch:
    first = MARGIN * px + px // 2
    rows = slice(first + down, first + down + n * px, px)
    return patch[rows, first + across : first + across + n * px : px]


def equalise(samples: Samples, targets: Weights, weights: Weights, judged: Signs) -> Equalised:
    """Trains on `targets` (n, n) where `weights` (n, n) are above zero, and judges by the `judged` modules.

    `judged` (n, n) is +1, -1 or 0: modules of which the truth is known. Their residuals are taken
    as if each had been left out of the training, so that learning by heart is not mistaken for seeing.
    """
    n, features = samples.n, samples.features
    taught = np.nonzero(weights.ravel() > 0)[0]
    x, y = features[taught], targets.ravel()[taught]
    w = samples.trust[taught] * weights.ravel()[taught]
    penalty = np.diag([RIDGE] * (features.shape[1] - 1) + [1e-6])
    inverse = np.linalg.inv((x * w[:, np.newaxis]).T @ x + penalty)
    beta = inverse @ (x.T @ (w * y))
    sure = judged.ravel()[taught] != 0
    leverage = np.clip(w * np.einsum("ij,jk,ik->i", x, inverse, x), 0.0, 0.95)
    alone = y - (y - x @ beta) / (1.0 - leverage)
    right, share = (y * alone)[sure], w[sure] / max(float(w[sure].sum()), 1e-9)
    gain = float(share @ right)
    variance = float(share @ (right - gain) ** 2) + VARIANCE_FLOOR
    likelihoods = np.clip(2 * gain * (features @ beta) / variance, -CLIP, CLIP).reshape(n, n)
    return Equalised(likelihoods, gain / float(np.sqrt(variance)))


def equalise_known(samples: Samples, known: Signs) -> Equalised:
    """Trained on the function patterns alone."""
    return equalise(samples, known.astype(np.float64), np.abs(known).astype(np.float64), known)
