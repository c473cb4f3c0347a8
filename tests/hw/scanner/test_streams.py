"""The simulated streams that readers are compared on: the same for everybody, and as they say they are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import zxingcpp

from bench.streams import FRAMES, GENERATORS, KINDS, Stream

_QR_ONLY = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def _first(stream: Stream, count: int) -> list[np.ndarray]:
    return list(itertools.islice(stream.pictures(), count))


def _plainly_read(grey: np.ndarray) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=_QR_ONLY) if code.valid]


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_seed_gives_the_same_pictures_and_another_seed_others(generator: str) -> None:
    once, again = (_first(Stream(generator, "combo", 3), 2) for _ in range(2))
    other = Stream(generator, "combo", 4)
    assert all(np.array_equal(one, same) for one, same in zip(once, again, strict=True))
    assert not np.array_equal(once[0], _first(other, 1)[0])
    assert other.text != Stream(generator, "combo", 3).text


def test_a_picture_does_not_depend_on_who_took_the_ones_before() -> None:
    two = [Stream("B", "glare", 1).pictures() for _ in range(2)]
    turns = [next(one) for _ in range(2) for one in two]
    assert np.array_equal(turns[0], turns[1])
    assert np.array_equal(turns[2], turns[3])


def test_there_are_thirteen_kinds_of_thirty_pictures() -> None:
    assert len(KINDS) == 13
    assert FRAMES == 30
    assert sum(1 for _ in Stream("A", "nominal", 1).pictures()) == FRAMES


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_grey_and_of_one_size(kind: str) -> None:
    for picture in _first(Stream("B", kind, 2), 2):
        assert (picture.shape, picture.dtype) == ((720, 1280), np.uint8)


def test_a_nominal_stream_is_read_in_its_first_second_and_holds_its_own_text() -> None:
    stream = Stream("B", "nominal", 2)
    texts = [text for grey in _first(stream, 15) for text in _plainly_read(grey)]
    assert texts
    assert set(texts) == {stream.text}


def test_nobody_plain_reads_combo() -> None:
    for picture in itertools.islice(Stream("A", "combo", 2).pictures(), 0, FRAMES, 5):
        assert _plainly_read(picture) == []
        assert _plainly_read(np.ascontiguousarray(picture[::2, ::2])) == []
