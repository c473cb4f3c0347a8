"""Parts for tests of the scanner: codes of invented people, films, pictures, a listener to wait on."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner import Code, Hint, HttpStream, Limits, Phase, Scanner, ScannerState, SourceSpec, VideoFile
from hw.scanner._opencv import cv2
from hw.scanner.film import Scene, phone_picture, render_film

WAIT_MAX_S = 60.0


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
        self.hints: list[Hint | None] = []

    def on_code(self, code: Code) -> None:
        with self._changed:
            self.codes.append(code)
            self._changed.notify_all()

    def on_state(self, state: ScannerState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def on_hint(self, hint: Hint | None) -> None:
        with self._changed:
            self.hints.append(hint)
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


@pytest.fixture
def jpegs(phone_frame: Callable[[str], npt.NDArray[np.uint8]]) -> Callable[..., list[bytes]]:
    """JPEGs of a phone that shows a text, each with its own noise, as a sensor gives them."""

    def encoded(text: str, count: int = 8, width: int = 1280) -> list[bytes]:
        random = np.random.default_rng(5)
        grey = phone_frame(text)
        small = cv2.resize(grey, (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
        noisy = (np.clip(small + random.normal(0, 4, small.shape), 0, 255) for _ in range(count))
        return [cv2.imencode(".jpg", picture.astype(np.uint8))[1].tobytes() for picture in noisy]

    return encoded


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


def part(body: bytes) -> bytes:
    """One part of a stream as a well-behaved camera sends it."""
    length = str(len(body)).encode()
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: " + length + b"\r\n\r\n" + body + b"\r\n"


class NetCamera:
    """A camera on a loopback net that does what it is told, from the next connection on."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}/video"
        self._over = threading.Event()
        self._cut = threading.Event()
        self._steps: Callable[[], Iterator[bytes | None]] = lambda: iter(())
        self.requests: list[bytes] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def spec(self) -> HttpStream:
        return HttpStream(self.address)

    def sends(self, *steps: bytes | None) -> None:
        """These bytes, then the connection is closed; None: nothing more, and it stays open."""
        self._steps = lambda: iter(steps)

    def streams(self, pictures: Sequence[bytes]) -> None:
        """A head and these pictures again and again."""
        self._steps = lambda: itertools.chain([STREAM_HEAD], map(part, itertools.cycle(pictures)))

    def cut(self) -> None:
        """Ends all connections, as a pulled plug does."""
        self._cut.set()

    def close(self) -> None:
        self._over.set()
        self._cut.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()
        for thread in self._threads:
            thread.join(WAIT_MAX_S)
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            connection, _ = self._listener.accept()
            self._cut.clear()
            if not self._over.is_set():
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        steps = self._steps()
        with connection, contextlib.suppress(OSError):
            self.requests.append(connection.recv(4096))
            for step in steps:
                if step is None:
                    while not (self._cut.is_set() or self._over.is_set()):
                        self._cut.wait(0.1)
                    return
                connection.sendall(step)
                if self._cut.wait(0.03) or self._over.is_set():
                    return


@pytest.fixture
def net_camera() -> Iterator[NetCamera]:
    camera = NetCamera()
    yield camera
    camera.close()


@pytest.fixture(name="part")
def part_fixture() -> Callable[[bytes], bytes]:
    return part


@pytest.fixture
def stream_head() -> bytes:
    return STREAM_HEAD
