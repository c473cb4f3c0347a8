"""Scanner: a camera, the pictures it gives, the codes in them, and what kind of code each is.

One reading process alone opens the camera, decodes its newest picture and shares a
preview; `Scanner` is the parent's end of it. This package imports neither OpenCV
nor a decoder: `sources`, `decode`, `film` and `command` do, and only the reading
process, the `scan` command and those who render films import them.
"""

from hw.scanner._preview import Preview
from hw.scanner.classify import PAYMENT_KINDS, Code, CodeKind, classify
from hw.scanner.hint import Hint
from hw.scanner.port import (
    CameraDevice,
    CsiCamera,
    Exposure,
    Failure,
    HttpStream,
    ImageFolder,
    Limits,
    Phase,
    ScannerState,
    SourceSpec,
    VideoFile,
    source_for,
)
from hw.scanner.process import Scanner

__all__ = [
    "PAYMENT_KINDS",
    "CameraDevice",
    "Code",
    "CodeKind",
    "CsiCamera",
    "Exposure",
    "Failure",
    "Hint",
    "HttpStream",
    "ImageFolder",
    "Limits",
    "Phase",
    "Preview",
    "Scanner",
    "ScannerState",
    "SourceSpec",
    "VideoFile",
    "classify",
    "source_for",
]
