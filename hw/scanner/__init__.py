"""Scanner: a camera, the pictures it gives, the codes in them, and what kind of code each is.

One reading process alone opens the camera, decodes its newest picture and shares a
preview; `Scanner` is the parent's end of it. This package imports neither OpenCV
nor a decoder: `source`, `decode`, `film` and `command` do, and only the reading
process, the `scan` command and those who render films import them.
"""

from hw.scanner._preview import Preview
from hw.scanner.classify import Code, CodeKind, classify
from hw.scanner.port import (
    CameraDevice,
    Failure,
    Limits,
    Phase,
    ScannerState,
    SourceSpec,
    VideoFile,
    source_for,
)
from hw.scanner.process import Scanner

__all__ = [
    "CameraDevice",
    "Code",
    "CodeKind",
    "Failure",
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
