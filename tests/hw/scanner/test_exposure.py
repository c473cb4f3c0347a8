"""Exposure biased down where a camera lets it, read back, and otherwise left as it was."""

from __future__ import annotations

import ctypes
import errno
import fcntl
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.scanner.port import Exposure
from hw.scanner.sources.exposure import (
    AUTO_EXPOSURE,
    BRIGHTNESS,
    EXPOSURE_TIME,
    MANUAL,
    Range,
    lower_exposure,
)
from hw.scanner.sources.v4l2_controls import open_controls

APERTURE_PRIORITY = 3
LONGEST_US = 10_000


@dataclass
class SimulatedCamera:
    """Answers as UVC cameras do: some keep their own values without a word, some refuse."""

    ranges: dict[int, Range]
    values: dict[int, int]
    keeps_own: set[int] = field(default_factory=set)
    refuses: set[int] = field(default_factory=set)

    def range(self, control: int) -> Range | None:
        return self.ranges.get(control)

    def get(self, control: int) -> int | None:
        return self.values.get(control)

    def set(self, control: int, value: int) -> bool:
        if control not in self.values or control in self.refuses:
            return False
        if control not in self.keeps_own:
            self.values[control] = value
        return True


def _camera(**quirks: set[int]) -> SimulatedCamera:
    return SimulatedCamera(
        {
            AUTO_EXPOSURE: Range(0, 3, 1, 3),
            EXPOSURE_TIME: Range(3, 2047, 1, 250),
            BRIGHTNESS: Range(-64, 64, 1, 0),
        },
        {AUTO_EXPOSURE: APERTURE_PRIORITY, EXPOSURE_TIME: 250, BRIGHTNESS: 0},
        **quirks,
    )


def test_a_camera_that_lets_it_exposes_for_ten_milliseconds() -> None:
    camera = _camera()
    assert lower_exposure(camera, LONGEST_US) is Exposure.SHORTENED
    assert camera.values == {AUTO_EXPOSURE: MANUAL, EXPOSURE_TIME: 100, BRIGHTNESS: 0}


def test_a_camera_that_keeps_its_own_time_gets_its_automatic_back_and_less_brightness() -> None:
    camera = _camera(keeps_own={EXPOSURE_TIME})
    assert lower_exposure(camera, LONGEST_US) is Exposure.DARKENED
    assert camera.values == {AUTO_EXPOSURE: APERTURE_PRIORITY, EXPOSURE_TIME: 250, BRIGHTNESS: -16}


def test_brightness_goes_down_once_and_not_again_at_each_opening() -> None:
    camera = _camera(refuses={AUTO_EXPOSURE})
    for _ in range(3):
        assert lower_exposure(camera, LONGEST_US) is Exposure.DARKENED
    assert camera.values[BRIGHTNESS] == -16


@pytest.mark.parametrize("quirk", ["keeps_own", "refuses"])
def test_a_camera_that_lets_nothing_be_set_is_as_it_was_found(quirk: str) -> None:
    camera = _camera(**{quirk: {AUTO_EXPOSURE, EXPOSURE_TIME, BRIGHTNESS}})
    before = dict(camera.values)
    assert lower_exposure(camera, LONGEST_US) is Exposure.AS_FOUND
    assert camera.values == before


def test_a_camera_without_controls_is_as_it_was_found() -> None:
    assert lower_exposure(SimulatedCamera({}, {}), LONGEST_US) is Exposure.AS_FOUND


@given(st.integers(1, 500), st.integers(0, 5000), st.integers(1, 50), st.integers(100, 100_000))
def test_the_time_asked_for_is_a_step_of_the_camera_and_never_too_long(
    minimum: int, span: int, step: int, longest_us: int
) -> None:
    camera = _camera()
    camera.ranges[EXPOSURE_TIME] = Range(minimum, minimum + span, step, minimum)
    if lower_exposure(camera, longest_us) is Exposure.SHORTENED:
        asked = camera.values[EXPOSURE_TIME]
        assert minimum <= asked <= minimum + span
        assert (asked - minimum) % step == 0
        assert asked * 100 <= longest_us


class _QueryControl(ctypes.Structure):
    """v4l2_queryctrl as the kernel declares it."""

    _fields_ = (
        ("id", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("name", ctypes.c_uint8 * 32),
        ("minimum", ctypes.c_int32),
        ("maximum", ctypes.c_int32),
        ("step", ctypes.c_int32),
        ("default_value", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 2),
    )


class _Control(ctypes.Structure):
    _fields_ = (("id", ctypes.c_uint32), ("value", ctypes.c_int32))


def _number(direction: int, size: int, nr: int) -> int:
    """_IOC of the kernel: direction, size of the argument, letter V, number."""
    return direction << 30 | size << 16 | ord("V") << 8 | nr


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> SimulatedCamera:
    """The kernel's side of the three ioctls, on the layouts of its own header."""
    camera = _camera()

    def ioctl(handle: int, request: int, packed: bytes) -> bytes:
        if request == _number(3, ctypes.sizeof(_QueryControl), 36):
            query = _QueryControl.from_buffer_copy(packed)
            there = camera.ranges.get(query.id)
            if there is None:
                raise OSError(errno.EINVAL, "no such control")
            query.minimum, query.maximum = there.minimum, there.maximum
            query.step, query.default_value = there.step, there.default
            query.flags = 1 if query.id in camera.refuses else 0
            return bytes(query)
        control = _Control.from_buffer_copy(packed)
        if request == _number(3, ctypes.sizeof(_Control), 27):
            control.value = camera.values[control.id]
        elif request == _number(3, ctypes.sizeof(_Control), 28):
            camera.values[control.id] = control.value
        else:
            raise OSError(errno.ENOTTY, "no such request")
        return bytes(control)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    return camera


def test_controls_are_asked_and_set_in_the_kernels_own_layout(kernel: SimulatedCamera) -> None:
    controls = open_controls("/dev/null")
    assert controls is not None
    assert controls.range(BRIGHTNESS) == Range(-64, 64, 1, 0)
    assert controls.range(12345) is None
    assert lower_exposure(controls, LONGEST_US) is Exposure.SHORTENED
    controls.close()
    assert kernel.values[EXPOSURE_TIME] == 100


def test_a_control_that_is_switched_off_is_none(kernel: SimulatedCamera) -> None:
    kernel.refuses.add(EXPOSURE_TIME)
    controls = open_controls("/dev/null")
    assert controls is not None
    assert controls.range(EXPOSURE_TIME) is None
    controls.close()


def _handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_device_that_is_no_camera_offers_nothing_and_is_let_go() -> None:
    handles = _handles()
    controls = open_controls("/dev/null")
    assert controls is not None
    assert lower_exposure(controls, LONGEST_US) is Exposure.AS_FOUND
    controls.close()
    assert _handles() == handles
    assert open_controls("/dev/no-such-camera") is None
