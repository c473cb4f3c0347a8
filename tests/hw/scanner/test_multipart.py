"""Parts out of bytes, however these are cut, and whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.scanner.sources.multipart import (
    HEADERS_MAX_BYTES,
    PART_MAX_BYTES,
    Parts,
    StreamBroken,
    boundary_of,
)

bodies = st.lists(st.binary(max_size=300).filter(lambda body: b"--mark" not in body), max_size=6)
PIECES = (b"--mark", b"\r\n", b"\n\n", b"\r\n\r\n", b"Content-Length: 5", b"content-length:999999999", b"--")


def _stream(parts: list[bytes], *, with_length: bool) -> bytes:
    length = b"Content-Length: %d\r\n"
    return (
        b"".join(
            b"--mark\r\nContent-Type: image/jpeg\r\n"
            + (length % len(body) if with_length else b"")
            + b"\r\n"
            + body
            + b"\r\n"
            for body in parts
        )
        + b"--mark\r\n"
    )


def _fed(stream: bytes, cuts: list[int]) -> list[bytes]:
    parts, found, last = Parts(b"mark"), [], 0
    for cut in [*sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]:
        found += parts.feed(stream[last:cut])
        last = cut
    return found


@given(bodies, st.lists(st.integers(0, 5000), max_size=20))
def test_parts_with_a_length_come_out_as_they_went_in_wherever_the_bytes_are_cut(
    parts: list[bytes], cuts: list[int]
) -> None:
    assert _fed(_stream(parts, with_length=True), cuts) == parts


@given(bodies, st.lists(st.integers(0, 5000), max_size=20))
def test_parts_without_a_length_end_at_the_next_boundary(parts: list[bytes], cuts: list[int]) -> None:
    assert _fed(_stream(parts, with_length=False), cuts) == [body + b"\r\n" for body in parts]


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(PIECES)), max_size=40))
def test_any_bytes_give_parts_or_a_broken_stream(pieces: list[bytes]) -> None:
    parts = Parts(b"mark")
    for piece in pieces:
        try:
            assert all(isinstance(body, bytes) for body in parts.feed(piece))
        except StreamBroken:
            return


@given(st.text(max_size=120))
def test_any_content_type_has_a_boundary_or_none(content_type: str) -> None:
    boundary = boundary_of(content_type)
    assert boundary is None or (boundary.isascii() and not boundary.startswith(b"-"))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ("multipart/x-mixed-replace;BOUNDARY=--frame", b"frame"),
        ('multipart/x-mixed-replace; charset=x; boundary="a b"', b"a b"),
        ("multipart/x-mixed-replace", None),
        ("multipart/x-mixed-replace; boundary=--", None),
        ("image/jpeg; boundary=frame", None),
        ("", None),
    ],
)
def test_a_boundary_is_taken_from_the_content_type(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary


def test_what_never_ends_is_not_held_for_ever() -> None:
    parts = Parts(b"mark")
    parts.feed(b"--mark\r\n\r\n" + bytes(PART_MAX_BYTES))
    with pytest.raises(StreamBroken):
        parts.feed(bytes(HEADERS_MAX_BYTES))


def test_headers_that_never_end_break_the_stream() -> None:
    with pytest.raises(StreamBroken):
        Parts(b"mark").feed(b"--mark\r\n" + b"x" * HEADERS_MAX_BYTES)


def test_bytes_before_any_boundary_are_not_kept() -> None:
    parts = Parts(b"mark")
    for _ in range(200):
        assert parts.feed(bytes(65536)) == []
    assert parts.feed(b"--mark\r\nContent-Length: 2\r\n\r\nok") == [b"ok"]
