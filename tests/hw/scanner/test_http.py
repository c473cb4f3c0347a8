"""Cameras on a net: a real server on loopback that stalls, closes, lies, drips, and comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hw.scanner import Failure, HttpStream, Limits, Phase, Scanner, ScannerState, source_for
from hw.scanner.sources import Picture, Source, http, open_source

Jpegs = Callable[..., list[bytes]]
Build = Callable[..., Scanner]
HASTY = Limits(reopen_pause_s=0.05, reopen_pause_max_s=0.1, restart_pause_s=0.05)


def _opened(camera) -> Source:
    source = open_source(camera.spec)
    assert not isinstance(source, Failure)
    return source


def _reads(camera, count: int) -> list[Picture | Failure]:
    source = _opened(camera)
    try:
        return [source.read() for _ in range(count)]
    finally:
        source.close()


def _shapes(read: list[Picture | Failure]) -> list[tuple[int, ...] | Failure]:
    return [one if isinstance(one, Failure) else one.bgr.shape for one in read]


HD, SMALL = (720, 1280, 3), (360, 640, 3)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is not about waiting: a machine with much else to do must not make a stall of it."""
    monkeypatch.setattr(http, "CONNECT_WAIT_MAX_S", 20.0)
    monkeypatch.setattr(http, "PICTURE_WAIT_MAX_S", 20.0)


def test_an_address_means_a_camera_on_the_net() -> None:
    assert source_for("http://camera.invalid:8080/video") == HttpStream("http://camera.invalid:8080/video")


@pytest.mark.parametrize(
    "address",
    [
        "https://camera.invalid/",
        "http:/camera.invalid/x",
        "http://",
        "http://camera.invalid/a b",
        "http://camera.invalid:0/",
    ],
)
def test_an_address_that_cannot_be_a_cameras_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError):
        source_for(address)


@pytest.mark.clause("S3-8.1.12")
def test_an_address_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError) as refused:
        source_for("http://admin:hunter2@camera.invalid/")
    assert "hunter2" not in str(refused.value)


@pytest.mark.usefixtures("patient")
def test_pictures_come_as_the_camera_sends_them(net_camera, jpegs: Jpegs) -> None:
    net_camera.streams(jpegs("x"))
    assert _shapes(_reads(net_camera, 3)) == [HD] * 3
    assert net_camera.requests[0].startswith(b"GET /video HTTP/1.1\r\n")


@pytest.mark.usefixtures("patient")
def test_a_camera_may_change_its_size_while_it_streams(net_camera, jpegs: Jpegs) -> None:
    net_camera.streams([jpegs("x", 1)[0], jpegs("x", 1, 640)[0]])
    assert set(_shapes(_reads(net_camera, 4))) == {HD, SMALL}


@pytest.mark.usefixtures("patient")
def test_a_truncated_picture_is_passed_over(net_camera, jpegs: Jpegs) -> None:
    whole, small = jpegs("x", 1)[0], jpegs("x", 1, 640)[0]
    net_camera.streams([whole[: len(whole) // 2], small])
    assert _shapes(_reads(net_camera, 3)) == [SMALL] * 3


@pytest.mark.usefixtures("patient")
def test_a_part_that_states_a_wrong_length_costs_itself_only(
    net_camera, jpegs: Jpegs, stream_head: bytes
) -> None:
    picture, small = jpegs("x", 1)[0], jpegs("x", 1, 640)[0]
    short = b"--frame\r\nContent-Length: 100\r\n\r\n" + picture
    good = b"\r\n--frame\r\n\r\n" + small
    net_camera.sends(stream_head, short, good, b"\r\n--frame\r\n", None)
    assert _shapes(_reads(net_camera, 1)) == [SMALL]


@pytest.mark.usefixtures("patient")
def test_parts_that_are_never_a_picture_are_no_camera(net_camera, part, stream_head: bytes) -> None:
    net_camera.sends(stream_head, *[part(b"not a picture")] * 30, None)
    assert _reads(net_camera, 1) == [Failure.CAMERA_REFUSED]


@pytest.mark.usefixtures("patient")
def test_a_stream_that_turns_to_garbage_is_a_camera_that_went(
    net_camera, jpegs: Jpegs, part, stream_head: bytes
) -> None:
    net_camera.sends(
        stream_head, part(jpegs("x", 1)[0]), *[part(b"\xff\xd8 not a picture \xff\xd9")] * 30, None
    )
    assert _shapes(_reads(net_camera, 2)) == [HD, Failure.CAMERA_GONE]


@pytest.mark.usefixtures("patient")
def test_a_part_larger_than_any_picture_ends_the_stream(net_camera, stream_head: bytes) -> None:
    net_camera.sends(stream_head, b"--frame\r\nContent-Length: 99999999\r\n\r\n", None)
    assert _reads(net_camera, 1) == [Failure.CAMERA_REFUSED]


def test_a_stream_that_stalls_is_left_in_time(net_camera, jpegs: Jpegs, part, stream_head: bytes) -> None:
    net_camera.sends(stream_head, part(jpegs("x", 1)[0]), None)
    assert _shapes(_reads(net_camera, 2)) == [HD, Failure.STALLED]


def test_a_stream_that_drips_has_stalled_too(net_camera, jpegs: Jpegs, part, stream_head: bytes) -> None:
    whole = part(jpegs("x", 1)[0])
    drops = [whole[at : at + 1] for at in range(100)]  # three seconds
    net_camera.sends(stream_head, *drops, whole[100:], None)
    assert _reads(net_camera, 1) == [Failure.STALLED]


@pytest.mark.usefixtures("patient")
def test_a_stream_that_ends_is_a_camera_that_went(net_camera, jpegs: Jpegs, part, stream_head: bytes) -> None:
    net_camera.sends(stream_head, part(jpegs("x", 1)[0]))
    assert _shapes(_reads(net_camera, 2)) == [HD, Failure.CAMERA_GONE]


def test_nobody_at_the_address_is_no_camera(net_camera) -> None:
    net_camera.close()
    assert open_source(net_camera.spec) is Failure.NO_CAMERA


def test_a_camera_that_takes_the_request_and_never_answers_has_stalled(net_camera) -> None:
    net_camera.sends(None)
    assert open_source(net_camera.spec) is Failure.STALLED


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/other\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace\r\n\r\n",
        b"\x00\x01\x02 no HTTP at all\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_is_no_stream_is_a_refusal(net_camera, answer: bytes) -> None:
    net_camera.sends(answer)
    assert open_source(net_camera.spec) is Failure.CAMERA_REFUSED


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("boundary", "mark"), [(b"frame", b"--frame"), (b"--frame", b"--frame"), (b'"frame"', b"\n--frame")]
)
def test_cameras_bend_the_form_of_parts(net_camera, jpegs: Jpegs, boundary: bytes, mark: bytes) -> None:
    head = b"HTTP/1.0 200 OK\r\nContent-Type: Multipart/X-Mixed-Replace;boundary=" + boundary + b"\r\n\r\n"
    parts = [mark + b"\nContent-Type: image/jpeg\n\n" + picture for picture in jpegs("x", 3)]
    net_camera.sends(head, *parts, None)
    assert _shapes(_reads(net_camera, 2)) == [HD] * 2


def test_a_code_on_the_net_is_read_and_a_stall_costs_no_process(
    net_camera, jpegs: Jpegs, part, stream_head: bytes, scanner_on: Build, listener
) -> None:
    net_camera.sends(stream_head, *[part(picture) for picture in jpegs("before")], None)
    scanner = scanner_on(net_camera.spec, HASTY)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for(lambda heard: ScannerState(Phase.FAILED, Failure.STALLED) in heard.states)
    reader = scanner.process_id
    net_camera.streams(jpegs("after"))
    listener.wait_for(lambda heard: "after" in [code.text for code in heard.codes])
    assert listener.codes[0].text == "before"
    assert scanner.process_id == reader


def test_a_pulled_plug_is_named_and_codes_come_again_when_it_is_back(
    net_camera, jpegs: Jpegs, scanner_on: Build, listener
) -> None:
    net_camera.streams(jpegs("before"))
    scanner = scanner_on(net_camera.spec, HASTY)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for_codes(1)
    net_camera.streams(jpegs("after"))
    net_camera.cut()
    listener.wait_for(lambda heard: "after" in [code.text for code in heard.codes])
    assert ScannerState(Phase.FAILED, Failure.CAMERA_GONE) in listener.states
    assert scanner.state.phase is Phase.WATCHING


def test_a_live_camera_that_repeats_one_picture_has_stalled(
    net_camera, jpegs: Jpegs, scanner_on: Build, listener
) -> None:
    net_camera.streams(jpegs("x", 1))
    limits = Limits(frozen_max_s=0.5, reopen_pause_s=0.05, reopen_pause_max_s=0.1)
    scanner = scanner_on(net_camera.spec, limits)
    scanner.start(listener.on_code, listener.on_state)
    listener.wait_for(lambda heard: ScannerState(Phase.FAILED, Failure.STALLED) in heard.states)
    net_camera.streams(jpegs("alive again"))
    listener.wait_for(lambda heard: "alive again" in [code.text for code in heard.codes])
    assert scanner.state.phase is Phase.WATCHING
