"""The scanner as its user sees it: real reading processes on real films."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from hw.scanner import (
    PAYMENT_KINDS,
    CameraDevice,
    CodeKind,
    Failure,
    ImageFolder,
    Limits,
    Phase,
    Scanner,
    ScannerState,
    VideoFile,
)
from hw.scanner._opencv import cv2
from hw.scanner.film import Scene

Film = Callable[..., Path]
Build = Callable[..., Scanner]
HASTY = Limits(restart_pause_s=0.05, reopen_pause_s=0.05, reopen_pause_max_s=0.1)


@pytest.mark.clause("S3-8.1.11")
def test_a_code_held_before_the_camera_is_told_once(
    film: Film, scanner_on: Build, listener, insurance_text: str
) -> None:
    shown = film(Scene(0.4), Scene(1.0, insurance_text), Scene(0.2), Scene(0.8, "the end"))
    # A slow machine may need the film's second round, and sees its scenes in another order.
    scanner = scanner_on(shown, Limits(repeat_quiet_s=60.0))
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_codes(2)
    told = [(code.kind, code.text) for code in listener.codes]
    assert sorted(told) == sorted([(CodeKind.INSURANCE, insurance_text), (CodeKind.OTHER, "the end")])


def test_codes_that_a_payer_shows_arrive_each_as_its_own_kind(
    film: Film, scanner_on: Build, listener
) -> None:
    shown = {
        CodeKind.WECHAT_PAY: "134567890123456789",
        CodeKind.ALIPAY: "281234567890123456",
        CodeKind.OTHER_PAYMENT: "6212345678901234567",
    }
    scanner = scanner_on(film(*[Scene(0.5, text) for text in shown.values()], Scene(0.2)))
    scanner.start(listener.on_code)
    listener.wait_for(lambda heard: len({code.text for code in heard.codes}) == 3)
    assert {code.kind: code.text for code in listener.codes} == shown
    assert set(shown) == PAYMENT_KINDS


def test_the_states_of_a_visit_are_starting_watching_idle(
    film: Film, scanner_on: Build, listener, wait_until
) -> None:
    scanner = scanner_on(film(Scene(0.4)))
    assert scanner.state == ScannerState(Phase.IDLE)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_phase(Phase.WATCHING)
    assert [state.phase for state in listener.states] == [Phase.STARTING, Phase.WATCHING]
    scanner.stop()
    wait_until(lambda: scanner.state == ScannerState(Phase.IDLE))
    assert scanner.preview() is None


def test_the_preview_shows_the_newest_picture_as_rgb(film: Film, scanner_on: Build, listener) -> None:
    scanner = scanner_on(film(Scene(1.0, "x")))
    scanner.start(listener.on_code)
    listener.wait_for_codes(1)
    first = scanner.preview()
    assert first is not None
    assert (first.width, first.height, len(first.rgb)) == (640, 360, 640 * 360 * 3)
    above_the_code = 3 * (640 * 62 + 325)
    red, _, blue = first.rgb[above_the_code : above_the_code + 3]
    assert blue > red + 80  # the drawn phone is blue: colours are not swapped
    assert scanner.preview(after=first.sequence) is None or scanner.preview().sequence > first.sequence


def test_nothing_of_the_preview_stays_after_stop(film: Film, scanner_on: Build, listener) -> None:
    scanner = scanner_on(film(Scene(1.0, "x")))
    scanner.start(listener.on_code)
    listener.wait_for_codes(1)
    scanner.close()
    assert scanner.preview() is None
    assert not Path("/dev/shm", scanner._preview.name.lstrip("/")).exists()


def test_the_next_visit_gets_its_own_codes_and_the_same_process(
    film: Film, scanner_on: Build, listener, insurance_text: str
) -> None:
    scanner = scanner_on(film(Scene(1.0, insurance_text)))
    scanner.start(listener.on_code)
    listener.wait_for_codes(1)
    first_process = scanner.process_id
    scanner.stop()
    second = type(listener)()
    scanner.start(second.on_code)
    second.wait_for_codes(1)
    assert [code.text for code in second.codes] == [insurance_text]
    assert len(listener.codes) == 1
    assert scanner.process_id == first_process


@pytest.mark.clause("S3-8.1.12")
def test_codes_of_one_patient_never_reach_the_next(
    film: Film, scanner_on: Build, listener, wait_until
) -> None:
    scanner = scanner_on(film(Scene(0.4, "first"), Scene(0.4, "second"), Scene(0.4, "third"), Scene(2.0)))
    may_go_on = threading.Event()
    scanner.start(lambda code: may_go_on.wait(20))  # a slow patient: later codes queue up behind this one
    wait_until(lambda: (shown := scanner.preview()) is not None and shown.sequence > 22)
    scanner.start(listener.on_code)
    may_go_on.set()
    listener.wait_for_codes(1)
    assert listener.codes[0].text == "first"


def test_a_missing_camera_is_named_and_looked_for_again(tmp_path: Path, scanner_on: Build, listener) -> None:
    link = tmp_path / "by-id-link"
    scanner = scanner_on(CameraDevice(str(link)), HASTY)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for(lambda heard: heard.states[-1:] == [ScannerState(Phase.FAILED, Failure.NO_CAMERA)])
    link.symlink_to("/dev/null")  # something is plugged in, if not a camera
    listener.wait_for(lambda heard: heard.states[-1].failure is Failure.CAMERA_REFUSED)
    assert scanner.state.phase is Phase.FAILED


def test_a_film_played_once_ends_and_the_reader_stays(film: Film, scanner_on: Build, listener) -> None:
    limits = Limits(hang_max_s=2.0, beat_s=0.1)
    scanner = scanner_on(VideoFile(str(film(Scene(0.2))), loop=False), limits)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_phase(Phase.FAILED)
    assert scanner.state.failure is Failure.ENDED
    assert not listener.hears_within(3.0, lambda heard: heard.states[-1].failure is Failure.READER_HUNG)
    scanner.stop()
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_phase(Phase.FAILED, times=2)  # the same reader has played it again


def test_a_device_that_opens_and_never_gives_a_picture_has_stalled(
    tmp_path: Path, scanner_on: Build, listener
) -> None:
    silent = tmp_path / "silent.avi"
    os.mkfifo(silent)
    held = os.open(silent, os.O_RDWR)
    try:
        scanner = scanner_on(silent, Limits(first_picture_max_s=0.5, beat_s=0.1, restarts_max=1))
        scanner.start(listener.on_code, listener.on_state)
        listener.wait_for_phase(Phase.FAILED)
        assert listener.states[-1].failure is Failure.STALLED
    finally:
        scanner.close()
        os.close(held)


def test_a_killed_reader_is_replaced_and_codes_come_again(film: Film, scanner_on: Build, listener) -> None:
    scanner = scanner_on(film(Scene(1.0, "x")), HASTY)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_codes(1)
    os.kill(scanner.process_id, signal.SIGKILL)
    listener.wait_for_codes(2)
    assert ScannerState(Phase.FAILED, Failure.READER_DIED) in listener.states
    assert scanner.state.phase is Phase.WATCHING


def test_a_hung_reader_is_ended_and_replaced(film: Film, scanner_on: Build, listener) -> None:
    limits = Limits(hang_max_s=1.0, beat_s=0.1, restart_pause_s=0.05)
    scanner = scanner_on(film(Scene(1.0, "x")), limits)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_codes(1)
    hung = scanner.process_id
    os.kill(hung, signal.SIGSTOP)
    listener.wait_for_codes(2)
    assert ScannerState(Phase.FAILED, Failure.READER_HUNG) in listener.states
    assert not Path(f"/proc/{hung}").exists()


def test_restarts_are_limited_and_a_new_start_tries_again(film: Film, scanner_on: Build, listener) -> None:
    limits = Limits(restarts_max=1, restart_pause_s=0.02)
    scanner = scanner_on(film(Scene(1.0, "x")), limits)
    scanner.start(listener.on_code, listener.on_state)
    for times in (1, 2):
        listener.wait_for_codes(times)
        os.kill(scanner.process_id, signal.SIGKILL)
    listener.wait_for(lambda heard: heard.states[-1].failure is Failure.READER_GAVE_UP)
    assert scanner.process_id is None
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_codes(3)
    assert scanner.state.phase is Phase.WATCHING


def test_close_leaves_no_process_behind(film: Film, scanner_on: Build, listener) -> None:
    scanner = scanner_on(film(Scene(0.4)))
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_phase(Phase.WATCHING)
    reader = scanner.process_id
    scanner.close()
    assert not Path(f"/proc/{reader}").exists()


def _written_bytes(process_id: int) -> int:
    """What a process has given to write calls so far: files and pipes, not shared memory."""
    lines = Path(f"/proc/{process_id}/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("wchar")))


@pytest.mark.clause("S3-8.1.12")
def test_no_picture_is_ever_written(
    film: Film, scanner_on: Build, listener, wait_until, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = film(Scene(1.0, "x"), Scene(0.5))
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    for name in ("TMPDIR", "TEMP", "TMP", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(empty))
    scanner = scanner_on(shown, Limits(repeat_quiet_s=0.0))
    scanner.start(listener.on_code)
    listener.wait_for_codes(1)
    before = _written_bytes(scanner.process_id)
    listener.wait_for_codes(20)  # twenty pictures that held a code
    assert _written_bytes(scanner.process_id) - before < 20_000  # one picture is 60,000 as JPEG
    assert list(empty.iterdir()) == []


def test_the_reading_process_has_no_threads_for_linear_algebra(
    phone_frame: Callable[[str], npt.NDArray[np.uint8]], scanner_on: Build, listener, tmp_path: Path
) -> None:
    assert cv2.imwrite(str(tmp_path / "still.png"), phone_frame("x"))
    scanner = scanner_on(ImageFolder(str(tmp_path)))  # FFmpeg has threads of its own, imdecode has none
    scanner.start(listener.on_code)
    listener.wait_for_codes(1)
    names = [task.joinpath("comm").read_text() for task in Path(f"/proc/{scanner.process_id}/task").iterdir()]
    assert len(names) == 2, names  # the decoding one and the one that takes pictures


PROBE = """
import sys, threading
from hw.scanner import Scanner, VideoFile

def main():
    seen = threading.Event()
    scanner = Scanner(VideoFile(sys.argv[1]))
    scanner.start(lambda code: seen.set())
    assert seen.wait(20)
    maps = open(f"/proc/{scanner.process_id}/maps").read()
    scanner.close()
    print("parent", sorted({"cv2", "zxingcpp", "pyzbar", "numpy"} & set(sys.modules)))
    print("child", [name for name in ("kivy", "cv2", "zxing") if name in maps])

if __name__ == "__main__":
    main()
"""


def test_opencv_is_loaded_in_the_reading_process_only_and_kivy_is_not(film: Film, tmp_path: Path) -> None:
    script = tmp_path / "probe.py"
    script.write_text(PROBE)
    path = film(Scene(1.0, "x"))
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, script, path],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    assert done.stdout.splitlines() == ["parent []", "child ['cv2', 'zxing']"]
    assert done.stderr == ""
