"""A card that does not answer holds up nobody but itself."""

import time

from hw.card import CardFailure, CardReader, CardReading, Code
from hw.card.virtual import VirtualReader, invent

FREE_WITHIN_S = 0.1


def test_a_silent_card_leaves_the_caller_free(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(read_max_s=0.5)
    began_s = time.monotonic()
    reading = reader.read()
    asked_s = time.monotonic() - began_s
    assert reading.result(2.0) == CardFailure(Code.TIMEOUT)
    waited_s = time.monotonic() - began_s
    virtual.remove()
    reader.close()
    assert asked_s < FREE_WITHIN_S
    assert 0.5 <= waited_s < 0.5 + FREE_WITHIN_S


def test_a_read_of_a_silent_card_is_cancelled_at_once(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent_midway")
    reader = CardReader(read_max_s=30.0)
    reading = reader.read()
    virtual.wait_for_commands(12)
    began_s = time.monotonic()
    reader.cancel()
    assert reading.result(FREE_WITHIN_S) == CardFailure(Code.CANCELLED)
    assert time.monotonic() - began_s < FREE_WITHIN_S
    virtual.remove()
    reader.close()


def test_after_a_silent_card_is_pulled_the_next_one_is_read(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(read_max_s=0.3)
    assert reader.read().result(2.0) == CardFailure(Code.TIMEOUT)
    assert reader.read().result(2.0) == CardFailure(Code.TIMEOUT)
    virtual.remove()
    virtual.insert(invent(2))
    reading = reader.read().result(2.0)
    reader.close()
    assert isinstance(reading, CardReading)


def test_a_cancelled_read_gives_way_to_the_next(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "slow")
    reader = CardReader()
    first = reader.read()
    virtual.wait_for_commands(3)
    reader.cancel()
    second = reader.read()
    assert first.result(FREE_WITHIN_S) == CardFailure(Code.CANCELLED)
    assert isinstance(second.result(5.0), CardReading)
    reader.close()


def test_a_cancelled_read_sends_no_more_commands(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "slow")
    reader = CardReader()
    reader.read()
    virtual.wait_for_commands(3)
    reader.close()
    assert len(virtual.commands()) <= 5


def test_asking_twice_is_one_read(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "slow")
    reader = CardReader()
    first, second = reader.read(), reader.read()
    assert first is second
    assert isinstance(first.result(5.0), CardReading)
    assert len(virtual.commands()) == 17
    reader.close()


def test_a_closed_reader_reads_no_more(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    reader = CardReader()
    reader.close()
    reader.close()
    assert reader.read().result(1.0) == CardFailure(Code.CANCELLED)


def test_closing_does_not_wait_for_a_silent_card(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(read_max_s=30.0)
    reading = reader.read()
    virtual.wait_for_commands(1)
    began_s = time.monotonic()
    reader.close()
    assert time.monotonic() - began_s < 1.5
    assert reading.result(0.0) == CardFailure(Code.CANCELLED)
    virtual.remove()
