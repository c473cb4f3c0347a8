"""Where pictures come from: a V4L2 camera, a camera on the CSI connector, a camera on the hospital's own net,
a film, a folder of pictures; one file each, behind one Protocol. None of them keeps or writes a picture.
"""

from __future__ import annotations

from hw.scanner.port import CameraDevice, CsiCamera, Failure, HttpStream, ImageFolder, SourceSpec, VideoFile
from hw.scanner.sources.csi import open_csi
from hw.scanner.sources.film import open_film
from hw.scanner.sources.folder import open_folder
from hw.scanner.sources.http import open_http
from hw.scanner.sources.picture import Picture, Source
from hw.scanner.sources.v4l2 import open_camera

__all__ = ["Picture", "Source", "is_live", "open_source"]


def open_source(spec: SourceSpec) -> Source | Failure:
    """Opens what the specification names.

    NO_CAMERA, CAMERA_REFUSED or NOT_A_VIDEO when there is nothing to read. May wait as
    long as a driver or a peer lets it: call it in a thread that nobody waits for.
    """
    match spec:
        case CameraDevice():
            return open_camera(spec)
        case CsiCamera():
            return open_csi(spec)
        case HttpStream():
            return open_http(spec)
        case VideoFile():
            return open_film(spec)
        case ImageFolder():
            return open_folder(spec)


def is_live(spec: SourceSpec) -> bool:
    """True for a sensor: its pictures are never the same twice, as there is noise in them."""
    return isinstance(spec, CameraDevice | CsiCamera | HttpStream)
