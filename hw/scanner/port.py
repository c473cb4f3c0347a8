"""What the scanner room says to the rest of the house: sources, states, failures, limits.

Nothing here needs OpenCV, so the process of the screen can import it at no cost.
"""

from __future__ import annotations

import enum
import stat
from dataclasses import dataclass
from pathlib import Path


class Failure(enum.StrEnum):
    """Why no picture or no code comes. The texts for people hang on these codes elsewhere."""

    NO_CAMERA = "NO_CAMERA"  # nothing at the device path
    CAMERA_REFUSED = "CAMERA_REFUSED"  # it is there and does not open: busy, no permission, no capture device
    CAMERA_GONE = "CAMERA_GONE"  # it gave pictures and stopped: unplugged
    STALLED = "STALLED"  # it is open and no new picture comes
    NOT_A_VIDEO = "NOT_A_VIDEO"  # a file that holds no readable picture
    ENDED = "ENDED"  # a video played once has ended
    READER_DIED = "READER_DIED"  # the reading process ended by itself
    READER_HUNG = "READER_HUNG"  # the reading process stopped answering and was ended
    READER_GAVE_UP = "READER_GAVE_UP"  # too many restarts in the window; only a new start tries again


@dataclass(frozen=True, slots=True)
class CameraDevice:
    """A V4L2 camera. `path` should be the by-id link: the number of /dev/videoN changes on replugging."""

    path: str
    width: int = 1280
    height: int = 720
    fps: int = 15


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A film in place of a camera, shown at its own pace.

    A looping film is opened again by its path at each end, so a film put there in
    the meantime (by an atomic rename) is shown next.
    """

    path: str
    loop: bool = True


SourceSpec = CameraDevice | VideoFile


def source_for(path: str) -> SourceSpec:
    """The source a setting means: a character device or anything under /dev is a camera, the rest a film."""
    if path.startswith("/dev/"):
        return CameraDevice(path)
    try:
        is_device = stat.S_ISCHR(Path(path).stat().st_mode)
    except OSError:
        is_device = False
    return CameraDevice(path) if is_device else VideoFile(path)


class Phase(enum.StrEnum):
    """Where the scanner stands."""

    IDLE = "IDLE"  # not wanted: the camera is closed
    STARTING = "STARTING"  # wanted, no picture yet
    WATCHING = "WATCHING"  # pictures come
    FAILED = "FAILED"  # wanted, but see the failure; it goes on trying unless it gave up


@dataclass(frozen=True, slots=True)
class ScannerState:
    """`failure` is set exactly when the phase is FAILED."""

    phase: Phase
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Every wait and count of the room. Times are elapsed seconds."""

    start_max_s: float = (
        20.0  # spawning and importing OpenCV took 0.5 s here; a cold Pi is assumed far slower
    )
    hang_max_s: float = 6.0  # silence of an open reader before it is ended
    beat_s: float = 0.5  # how often an open reader says that it lives
    first_picture_max_s: float = 8.0  # opening a camera and negotiating its format
    stall_max_s: float = (
        2.0  # age of the newest picture (OpenCV may repeat or withhold frames when unplugged)
    )
    reopen_pause_s: float = 0.5  # first pause before a lost camera is looked for again ...
    reopen_pause_max_s: float = 5.0  # ... doubling up to this
    restarts_max: int = 5  # restarts of a dead or hung reader ...
    restart_window_s: float = 300.0  # ... within this time; then it gives up
    restart_pause_s: float = 0.5  # first pause before a restart, doubling with each in the window
    repeat_quiet_s: float = 3.0  # a code is told again only after it was out of sight for this long
    preview_fps_max: float = 15.0
