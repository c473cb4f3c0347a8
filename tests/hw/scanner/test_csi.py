"""Cameras on the CSI connector, against a stand-in that answers as picamera2's manual says it does."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from hw.scanner import CsiCamera, Exposure, Failure, Phase, Scanner, source_for
from hw.scanner.sources import Picture, open_source


class Picamera2:
    """Cameras by number; YUV420 arrays of height x 1.5 rows; RuntimeError where libcamera says no."""

    cameras: ClassVar[int] = 1
    busy: ClassVar[bool] = False
    bad_configuration: ClassVar[bool] = False
    controls_offered: ClassVar[dict[str, tuple[float, float, float]]] = {"ExposureValue": (-8.0, 8.0, 0.0)}
    opened: ClassVar[list[Picamera2]] = []

    def __init__(self, camera_num: int = 0) -> None:
        [{"Num": number} for number in range(self.cameras)][camera_num]
        if self.busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.configuration: dict[str, Any] = {}
        self.is_started = self.is_closed = self.is_unplugged = False
        type(self).opened.append(self)

    @property
    def camera_controls(self) -> dict[str, tuple[float, float, float]]:
        return self.controls_offered

    def create_video_configuration(self, **configuration: Any) -> dict[str, Any]:
        return configuration

    def configure(self, configuration: dict[str, Any]) -> None:
        if self.bad_configuration:
            raise RuntimeError("Failed to configure camera")
        self.configuration = configuration

    def start(self) -> None:
        self.is_started = True

    def capture_array(self, name: str = "main") -> np.ndarray:
        if self.is_unplugged:
            raise RuntimeError("Camera frontend has timed out")
        assert self.is_started
        width, height = self.configuration[name]["size"]
        assert self.configuration[name]["format"] == "YUV420"
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        planes[:height] = 200
        planes[: height // 2, : width // 2] = 40
        return planes

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def picamera2(monkeypatch: pytest.MonkeyPatch) -> type[Picamera2]:
    """The stand-in, fresh, in the place of the package."""
    made = type("Picamera2", (Picamera2,), {"opened": []})
    module = types.ModuleType("picamera2")
    module.Picamera2 = made  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return made


def test_a_setting_names_the_camera_by_its_number() -> None:
    assert source_for("picamera2:1") == CsiCamera(1)


@pytest.mark.parametrize("path", ["picamera2:", "picamera2:x", "picamera2:-1", "picamera2:\u0661"])
def test_a_setting_without_a_number_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="number"):
        source_for(path)


def test_a_machine_without_picamera2_has_no_such_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    assert open_source(CsiCamera()) is Failure.NO_CAMERA


def test_a_number_without_a_camera_is_no_camera(picamera2: type[Picamera2]) -> None:
    assert open_source(CsiCamera(number=3)) is Failure.NO_CAMERA


def test_a_camera_that_another_process_holds_refuses(picamera2: type[Picamera2]) -> None:
    picamera2.busy = True
    assert open_source(CsiCamera()) is Failure.CAMERA_REFUSED


def test_a_camera_that_cannot_be_set_up_refuses_and_is_closed(picamera2: type[Picamera2]) -> None:
    picamera2.bad_configuration = True
    assert open_source(CsiCamera()) is Failure.CAMERA_REFUSED
    assert picamera2.opened[0].is_closed


def test_the_grey_picture_is_the_cameras_own_first_plane(picamera2: type[Picamera2]) -> None:
    source = open_source(CsiCamera())
    assert not isinstance(source, Failure)
    picture = source.read()
    assert isinstance(picture, Picture)
    assert picture.bgr.shape == (720, 1280, 3)
    assert picture.grey.shape == (720, 1280)
    assert (picture.grey[0, 0], picture.grey[-1, -1]) == (40, 200)
    assert (
        np.ptp(picture.bgr[-1, -1].astype(int)) < 8
    )  # grey stays grey: the colour planes are where they belong


def test_exposure_is_biased_down_where_the_camera_offers_it(picamera2: type[Picamera2]) -> None:
    source = open_source(CsiCamera(fps=15))
    assert not isinstance(source, Failure)
    assert source.exposure is Exposure.SHORTENED
    assert picamera2.opened[0].configuration["controls"] == {"FrameRate": 15.0, "ExposureValue": -1.0}


def test_a_camera_without_that_control_is_left_as_found(picamera2: type[Picamera2]) -> None:
    picamera2.controls_offered = {}
    source = open_source(CsiCamera())
    assert not isinstance(source, Failure)
    assert source.exposure is Exposure.AS_FOUND
    assert "ExposureValue" not in picamera2.opened[0].configuration["controls"]


def test_a_camera_that_stops_is_gone_and_is_closed_once(picamera2: type[Picamera2]) -> None:
    source = open_source(CsiCamera())
    assert not isinstance(source, Failure)
    picamera2.opened[0].is_unplugged = True
    assert source.read() is Failure.CAMERA_GONE
    source.close()
    source.close()
    assert picamera2.opened[0].is_closed


STAND_IN = """
import numpy as np
from hw.scanner._opencv import cv2
from hw.scanner.film import phone_picture

class Picamera2:
    camera_controls = {"ExposureValue": (-8.0, 8.0, 0.0)}
    def __init__(self, camera_num=0):
        phone = cv2.resize(phone_picture("seen by a module"), None, fx=0.6, fy=0.6)
        self.random, self.frame = np.random.default_rng(1), np.full((720, 1280, 3), 90, np.uint8)
        self.frame[36:36 + phone.shape[0], 400:400 + phone.shape[1]] = phone
    def create_video_configuration(self, **configuration): return configuration
    def configure(self, configuration): pass
    def start(self): pass
    def close(self): pass
    def capture_array(self, name):
        noisy = np.clip(self.frame + self.random.normal(0, 3, self.frame.shape), 0, 255)
        return cv2.cvtColor(noisy.astype(np.uint8), cv2.COLOR_BGR2YUV_I420)
"""


def test_a_code_before_the_module_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scanner_on: Callable[..., Scanner], listener
) -> None:
    (tmp_path / "picamera2.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)  # the reading process inherits it
    scanner = scanner_on(CsiCamera())
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_codes(1)
    assert listener.codes[0].text == "seen by a module"
    assert (scanner.state.phase, scanner.state.exposure) == (Phase.WATCHING, Exposure.SHORTENED)
