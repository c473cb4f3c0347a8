"""Parts for tests of the scanner: codes of invented people, films, pictures, a listener to wait on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner import Code, Limits, Phase, Scanner, ScannerState, SourceSpec, VideoFile
from hw.scanner._opencv import cv2
from hw.scanner.film import Scene, phone_picture, render_film

WAIT_MAX_S = 20.0


@pytest.fixture
def insurance_text() -> str:
    """424, 19 digits, the province 99 of test regions, 0000."""
    return "424" + "0123456789012345678" + "99" + "0000"


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Renders scenes into a file and gives its path."""

    def render(*scenes: Scene, name: str = "film.avi", seed: int = 7) -> Path:
        path = tmp_path / name
        render_film(path, scenes, seed=seed)
        return path

    return render


@pytest.fixture
def phone_frame() -> Callable[[str], npt.NDArray[np.uint8]]:
    """A 1280x720 grey picture with an upright phone in its middle, its code about 240 pixels wide."""

    def frame(text: str) -> npt.NDArray[np.uint8]:
        grey = cv2.cvtColor(phone_picture(text), cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        picture = np.full((720, 1280), 90, dtype=np.uint8)
        top, left = (720 - small.shape[0]) // 2, (1280 - small.shape[1]) // 2
        picture[top : top + small.shape[0], left : left + small.shape[1]] = small
        return picture

    return frame


def wait_until(met: Callable[[], bool]) -> None:
    """For what tells nobody when it changes, such as a state or a preview."""
    until_s = time.monotonic() + WAIT_MAX_S
    pause = threading.Event()
    while not met():
        assert time.monotonic() < until_s, "waited in vain"
        pause.wait(0.02)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[[Callable[[], bool]], None]:
    return wait_until


class Listener:
    """Hears a scanner's codes and states, and waits for the one a test is about."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.codes: list[Code] = []
        self.states: list[ScannerState] = []

    def on_code(self, code: Code) -> None:
        with self._changed:
            self.codes.append(code)
            self._changed.notify_all()

    def on_state(self, state: ScannerState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def wait_for(self, met: Callable[[Listener], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: met(self), WAIT_MAX_S), f"heard {self.codes} {self.states}"

    def hears_within(self, seconds: float, met: Callable[[Listener], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: met(self), seconds)

    def wait_for_phase(self, phase: Phase, times: int = 1) -> None:
        self.wait_for(lambda heard: [state.phase for state in heard.states].count(phase) >= times)

    def wait_for_codes(self, count: int) -> None:
        self.wait_for(lambda heard: len(heard.codes) >= count)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def scanner_on() -> Iterator[Callable[..., Scanner]]:
    """Builds scanners that end with the test."""
    scanners: list[Scanner] = []

    def build(source: Path | SourceSpec, limits: Limits | None = None) -> Scanner:
        spec = VideoFile(str(source)) if isinstance(source, Path) else source
        scanner = Scanner(spec, limits=limits)
        scanners.append(scanner)
        return scanner

    yield build
    for scanner in scanners:
        scanner.close()
