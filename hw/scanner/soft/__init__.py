"""The soft reader: codes that no thresholding decoder reads, from module likelihoods instead of bits.

locate -> register -> equalise -> fuse -> decode, one file a stage (reference: qr-soft, 5).
Finder, timing and alignment patterns are known before anything is read; they tell where
the code lies, and train a linear equaliser that undoes blur. What it says of each module
is a log-likelihood, so likelihoods of several pictures add up, and Reed-Solomon is told which
codewords to doubt. A code that passes, with a margin of two symbols in every block, is painted
afresh and given to zxing-cpp, which alone makes text of it. `SoftReader` serves a stream,
`read_still` a single picture.
"""

from hw.scanner.soft.geometry import Geometry, from_corners
from hw.scanner.soft.read import SoftReading
from hw.scanner.soft.reader import SoftReader
from hw.scanner.soft.still import read_still
from hw.scanner.soft.timebox import TimeBox

__all__ = ["Geometry", "SoftReader", "SoftReading", "TimeBox", "from_corners", "read_still"]
