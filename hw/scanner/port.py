"""What the scanner room says to the rest of the house: sources, states, failures, limits.

Nothing here needs OpenCV, so the process of the screen can import it at no cost.
"""

from __future__ import annotations

import enum
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class Failure(enum.StrEnum):
    """Why no picture or no code comes. The texts for people hang on these codes elsewhere."""

    NO_CAMERA = "NO_CAMERA"  # nothing at the device path or address
    CAMERA_REFUSED = "CAMERA_REFUSED"  # it is there and does not open: busy, no permission, no capture device
    CAMERA_GONE = "CAMERA_GONE"  # it gave pictures and stopped: unplugged
    STALLED = "STALLED"  # it is open and no new picture comes, or the same one again and again
    NOT_A_VIDEO = "NOT_A_VIDEO"  # a file that holds no readable picture
    ENDED = "ENDED"  # a video played once has ended
    READER_DIED = "READER_DIED"  # the reading process ended by itself
    READER_HUNG = "READER_HUNG"  # the reading process stopped answering and was ended
    READER_GAVE_UP = "READER_GAVE_UP"  # too many restarts in the window; only a new start tries again


class Exposure(enum.StrEnum):
    """What became of lowering a camera's exposure, which keeps a bright screen readable."""

    SHORTENED = "SHORTENED"  # manual, short and kept by the camera; or automatic with a bias
    DARKENED = "DARKENED"  # only its brightness could be lowered
    AS_FOUND = "AS_FOUND"  # it offers neither or kept its own values: nothing was changed


@dataclass(frozen=True, slots=True)
class CameraDevice:
    """A V4L2 camera. `path` should be the by-id link: the number of /dev/videoN changes on replugging.

    `exposure_max_us` is the longest exposure to ask for; 10 ms is one period of lamps on 50 Hz mains, so
    that they do not flicker. None leaves the camera's exposure alone.
    """

    path: str
    width: int = 1280
    height: int = 720
    fps: int = 15
    exposure_max_us: int | None = 10_000


@dataclass(frozen=True, slots=True)
class CsiCamera:
    """A camera module of a Raspberry Pi, by its number in libcamera. `width` is a multiple of 64."""

    number: int = 0
    width: int = 1280
    height: int = 720
    fps: int = 15


@dataclass(frozen=True, slots=True)
class HttpStream:
    """A camera on the hospital's own net that sends Motion-JPEG parts over plain HTTP."""

    address: str


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A film in place of a camera, shown at its own pace.

    A looping film is opened again by its path at each end, so a film put there in
    the meantime (by an atomic rename) is shown next.
    """

    path: str
    loop: bool = True


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """Pictures of a folder, in the order of their names, `fps` a second, read anew at each round."""

    path: str
    fps: float = 15.0
    loop: bool = True


SourceSpec = CameraDevice | CsiCamera | HttpStream | VideoFile | ImageFolder

CSI_PREFIX = "picamera2:"


def source_for(path: str) -> SourceSpec:
    """The source a setting means.

    `picamera2:0` is camera 0 on the CSI connector, an address beginning with http: a camera on the net, a
    folder its pictures, a character device or anything under /dev a V4L2 camera, the rest a film.
    Raises ValueError for an address that cannot be one, or carries a name and password.
    """
    if path.startswith(CSI_PREFIX):
        number = path.removeprefix(CSI_PREFIX)
        if not (number.isascii() and number.isdigit()):
            raise ValueError(f"{CSI_PREFIX} takes the number of a camera")
        return CsiCamera(int(number))
    if path.lower().startswith(("http:", "https:")):
        return HttpStream(_checked(path))
    if path.startswith("/dev/"):
        return CameraDevice(path)
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return VideoFile(path)
    if stat.S_ISDIR(mode):
        return ImageFolder(path)
    return CameraDevice(path) if stat.S_ISCHR(mode) else VideoFile(path)


def _checked(address: str) -> str:
    # The message never shows the address: it may hold a password.
    parts = urlsplit(address)  # raises ValueError for a broken host
    if parts.scheme != "http":
        raise ValueError("a camera's address begins with http:// and two slashes; https is not spoken")
    if not parts.hostname or parts.port == 0:
        raise ValueError("a camera's address names a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a camera's address holds no name and password")
    if any(sign.isspace() or not sign.isprintable() or not sign.isascii() for sign in address):
        raise ValueError("a camera's address is plain ASCII without blanks")
    return address


class Phase(enum.StrEnum):
    """Where the scanner stands."""

    IDLE = "IDLE"  # not wanted: the camera is closed
    STARTING = "STARTING"  # wanted, no picture yet
    WATCHING = "WATCHING"  # pictures come
    FAILED = "FAILED"  # wanted, but see the failure; it goes on trying unless it gave up


@dataclass(frozen=True, slots=True)
class ScannerState:
    """`failure` is set exactly when FAILED; `exposure` while a camera that has such a setting is watched."""

    phase: Phase
    failure: Failure | None = None
    exposure: Exposure | None = None


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
    frozen_max_s: float = 5.0  # for this long a live camera may give the very same picture
    reopen_pause_s: float = 0.5  # first pause before a lost camera is looked for again ...
    reopen_pause_max_s: float = 5.0  # ... doubling up to this
    restarts_max: int = 5  # restarts of a dead or hung reader ...
    restart_window_s: float = 300.0  # ... within this time; then it gives up
    restart_pause_s: float = 0.5  # first pause before a restart, doubling with each in the window
    repeat_quiet_s: float = 3.0  # a code is told again only after it was out of sight for this long
    preview_fps_max: float = 15.0
