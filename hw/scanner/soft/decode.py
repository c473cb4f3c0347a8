"""From module likelihoods to text, or to nothing: format, blocks, and a clean bitmap for zxing-cpp.

Generalised minimum distance decoding: the least reliable codewords are erased, two more each
time, until a block passes. A block must keep `MARGIN_SYMBOLS` of its parity unused: without it 14 of
1,200 noise grids decoded to a wrong text, with it none of 8,700 (reference: qr-soft, 0.8).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import zxingcpp

from hw.scanner.soft.grid import LEVELS, Block, Grid, Mask, Signs, blocks_of, format_words, mask_signs
from hw.scanner.soft.reed_solomon import Words, correct
from hw.scanner.soft.timebox import UNHURRIED, TimeBox

Likelihoods = npt.NDArray[np.float64]
"""(n, n) log-likelihood ratios, positive for dark."""

MARGIN_SYMBOLS = 2
_MISDECODE_SYMBOLS = {(26, 7): 3}  # the standard itself asks for one more at version 1, level L
ERASE_STEP = 2
FORMATS_TRIED = 3
FORMAT_SHARE_MIN = 0.5  # of the best format's correlation
FORMAT_MS = 5.0  # what one format may take
AGREEMENT_MIN = 0.45
CLIP = 12.0
_AGREEMENT_CLIP = 6.0
_PAINT_PX, _PAINT_MARGIN = 3, 4  # pixels a module; modules
_QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
# formats=QRCodeModel2 gives empty texts for good bitmaps in zxing-cpp 3.1.1 (reference: qr-soft, 5.7).


@dataclass(frozen=True, slots=True)
class Decoded:
    """A code that passed: all its modules, and the share of its usable parity that the worst block needed."""

    text: str = field(repr=False)
    signs: Signs = field(repr=False)
    used: float
    agreement: float


@dataclass(frozen=True, slots=True)
class Modules:
    """A whole code, corrected, before it is text."""

    signs: Signs = field(repr=False)
    used: float
    agreement: float


def decode(grid: Grid, likelihoods: Likelihoods, box: TimeBox = UNHURRIED) -> Decoded | None:
    """The text of a code, (n, n) likelihoods with `n` of `grid`; None when it does not pass in time."""
    for found in candidates(grid, likelihoods, box):
        text = text_of(found.signs)
        if text:
            return Decoded(text, found.signs, found.used, found.agreement)
    return None


def candidates(grid: Grid, likelihoods: Likelihoods, box: TimeBox = UNHURRIED) -> Iterator[Modules]:
    """What passes all blocks and agrees with the likelihoods, best format first; at most FORMATS_TRIED.

    The best format is tried in any case, others while there is time.
    """
    clipped = np.clip(likelihoods, -CLIP, CLIP)
    for place, format_data in enumerate(_likely_formats(grid, clipped)):
        if place > 0 and not box.has(FORMAT_MS):
            return
        found = _with_format(grid, clipped, format_data)
        if found is not None:
            yield found


def _likely_formats(grid: Grid, clipped: Likelihoods) -> list[int]:
    both = clipped.flat[grid.format_places].sum(axis=0)
    scores = format_words() @ both
    best = np.argsort(-scores, kind="stable")[:FORMATS_TRIED]
    return [int(row) for row in best if scores[row] > 0 and scores[row] >= FORMAT_SHARE_MIN * scores[best[0]]]


def _with_format(grid: Grid, clipped: Likelihoods, format_data: int) -> Modules | None:
    level, mask = LEVELS[format_data >> 3], format_data & 7
    bits = (clipped * mask_signs(grid.n, mask)).flat[grid.path].reshape(-1, 8)
    words = np.packbits(bits > 0, axis=1).ravel()
    doubt = np.logaddexp(0.0, -np.abs(bits)).sum(axis=1)
    whole = words.copy()
    used = 0.0
    for group in _of_one_shape(grid.version, level):
        places = np.array([block.codewords for block in group])
        parity = group[0].parity
        corrected = _correct_all(words[places], doubt[places], parity)
        if corrected is None:
            return None
        fixed, shares = corrected
        whole[places.ravel()] = fixed.ravel()
        used = max(used, float(shares.max()))
    return _rebuilt(grid, clipped, format_data, whole, used)


def _of_one_shape(version: int, level: str) -> list[list[Block]]:
    """The blocks in groups of one length: some levels have blocks that differ by one codeword."""
    groups: dict[int, list[Block]] = {}
    for block in blocks_of(version, level):
        groups.setdefault(len(block.codewords), []).append(block)
    return list(groups.values())


def _correct_all(words: Words, doubt: Likelihoods, parity: int) -> tuple[Words, Likelihoods] | None:
    """Corrected (blocks, length) words and the shares of parity used; None when a block has no answer."""
    usable = parity - max(MARGIN_SYMBOLS, _MISDECODE_SYMBOLS.get((words.shape[1], parity), 0))
    nothing = np.zeros(words.shape, bool)
    first = correct(words, nothing, parity)
    spent = np.where(first.ok, 2 * first.errors, parity + 1)
    fixed = first.words
    for row in np.nonzero(spent > usable)[0]:
        better = _correct_one(words[row], doubt[row], parity, usable)
        if better is None:
            return None
        fixed[row], spent[row] = better
    return fixed, spent / usable


def _correct_one(word: Words, doubt: Likelihoods, parity: int, usable: int) -> tuple[Words, int] | None:
    """One block with its 2, 4, 6 .. least reliable codewords erased: the first that keeps the margin."""
    counts = np.arange(ERASE_STEP, usable + 1, ERASE_STEP)
    rank = np.empty(len(word), np.int64)
    rank[np.argsort(-doubt, kind="stable")] = np.arange(len(word))
    erased = rank[np.newaxis, :] < counts[:, np.newaxis]
    tried = correct(np.broadcast_to(word, erased.shape), erased, parity)
    spent = counts + 2 * tried.errors
    passing = np.nonzero(tried.ok & (spent <= usable))[0]
    return (tried.words[passing[0]], int(spent[passing[0]])) if len(passing) else None


def _rebuilt(grid: Grid, clipped: Likelihoods, format_data: int, words: Words, used: float) -> Modules | None:
    signs = grid.known.copy()
    signs.flat[grid.format_places] = format_words()[format_data].astype(np.int8)
    data = np.unpackbits(words).astype(np.int8) * 2 - 1
    plain = np.full(grid.n * grid.n, -1, np.int8)  # remainder bits are light before masking
    plain[grid.path] = data
    masked = plain.reshape(grid.n, grid.n) * mask_signs(grid.n, format_data & 7)
    signs[grid.free] = masked[grid.free]
    agreement = agreement_of(signs, clipped, grid.free)
    return Modules(signs, used, agreement) if agreement >= AGREEMENT_MIN else None


def agreement_of(signs: Signs, likelihoods: Likelihoods, where: Mask) -> float:
    """1 when every likelihood says what `signs` says, 0 when they have nothing to do with each other."""
    held = np.clip(likelihoods[where], -_AGREEMENT_CLIP, _AGREEMENT_CLIP)
    return float((held * signs[where]).sum() / max(float(np.abs(held).sum()), 1e-9))


def text_of(signs: Signs) -> str:
    """What zxing-cpp reads from the code painted afresh; empty when it does not take it."""
    dark = np.pad(signs > 0, _PAINT_MARGIN)
    picture = np.where(dark, 0, 255).astype(np.uint8).repeat(_PAINT_PX, 0).repeat(_PAINT_PX, 1)
    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(picture),
        formats=_QR_ONLY,
        is_pure=True,
        text_mode=zxingcpp.TextMode.Plain,
    )
    texts = [code.text for code in found if code.valid]
    return texts[0] if texts else ""
