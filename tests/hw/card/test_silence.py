"""A card that does not answer holds up nobody but itself."""

import time
from typing import Any

from hw.card import (
    CardFailure,
    CardInserted,
    CardReader,
    CardReading,
    CardRemoved,
    CardSilent,
    Code,
    Readers,
)
from hw.card.virtual import VirtualReader, invent

FIRST = Readers(contact="*00 00")
FREE_WITHIN_S = 5.0
"""Far less than a silent card takes, which is for ever. How soon it really is stands in bench/card_soak."""


def test_a_silent_card_leaves_the_caller_free(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(readers=FIRST, read_max_s=0.5)
    began_s = time.monotonic()
    reading = reader.read()
    asked_s = time.monotonic() - began_s
    assert reading.result(0.5 + FREE_WITHIN_S) == CardFailure(Code.TIMEOUT)
    waited_s = time.monotonic() - began_s
    virtual.remove()
    reader.close()
    assert asked_s < FREE_WITHIN_S
    assert waited_s >= 0.5


def test_a_read_of_a_silent_card_is_cancelled_at_once(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent_midway")
    reader = CardReader(readers=FIRST, read_max_s=30.0)
    reading = reader.read()
    virtual.wait_for_commands(12)
    reader.cancel()
    assert reading.result(FREE_WITHIN_S) == CardFailure(Code.CANCELLED)
    virtual.remove()
    reader.close()


def test_after_a_silent_card_is_pulled_the_next_one_is_read(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(readers=FIRST, read_max_s=0.3)
    assert reader.read().result(10.0) == CardFailure(Code.TIMEOUT)
    assert reader.read().result(10.0) == CardFailure(Code.TIMEOUT)
    virtual.remove()
    virtual.insert(invent(2))
    reading = reader.read().result(10.0)
    reader.close()
    assert isinstance(reading, CardReading)


def test_a_cancelled_read_gives_way_to_the_next(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "slow")
    reader = CardReader(readers=FIRST)
    first = reader.read()
    virtual.wait_for_commands(3)
    reader.cancel()
    second = reader.read()
    assert first.result(FREE_WITHIN_S) == CardFailure(Code.CANCELLED)
    assert isinstance(second.result(20.0), CardReading)
    reader.close()


def test_a_cancelled_read_sends_no_more_commands(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "slow")
    reader = CardReader(readers=FIRST)
    reader.read()
    virtual.wait_for_commands(3)
    reader.close()
    assert len(virtual.commands()) <= 5


def test_asking_twice_is_one_read(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "slow")
    reader = CardReader(readers=FIRST)
    first, second = reader.read(), reader.read()
    assert first is second
    assert isinstance(first.result(20.0), CardReading)
    assert len(virtual.commands()) == 17
    reader.close()


def test_a_closed_reader_reads_no_more(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    reader = CardReader(readers=FIRST)
    reader.close()
    reader.close()
    assert reader.read().result(20.0) == CardFailure(Code.CANCELLED)


def test_closing_does_not_wait_for_a_silent_card(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(readers=FIRST, read_max_s=30.0)
    reading = reader.read()
    virtual.wait_for_commands(1)
    began_s = time.monotonic()
    reader.close()
    assert time.monotonic() - began_s < FREE_WITHIN_S
    assert reading.result(0.0) == CardFailure(Code.CANCELLED)
    virtual.remove()


def test_a_silent_card_is_told_before_the_read_ends_and_then_cancelled(
    virtual: VirtualReader, news: Any
) -> None:
    virtual.insert(invent(1), "silent_midway")
    reader = CardReader(readers=FIRST, read_max_s=30.0, silent_warn_s=0.2)
    reader.start(news.told)
    news.next(CardInserted)
    reading = reader.read()
    silent = news.next(CardSilent)
    assert silent.reader == VirtualReader.reader_name()
    assert silent.silent_s >= 0.2
    assert not reading.done()
    reader.cancel()
    assert reading.result(20.0) == CardFailure(Code.CANCELLED)
    virtual.remove()
    news.next(CardRemoved)
    reader.close()
    assert sum(isinstance(event, CardSilent) for event in news.seen) == 1


def test_a_silent_card_is_told_once_in_a_read(virtual: VirtualReader, news: Any) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(readers=FIRST, read_max_s=1.0, silent_warn_s=0.1)
    reader.start(news.told)
    news.next(CardInserted)
    assert reader.read().result(20.0) == CardFailure(Code.TIMEOUT)
    virtual.remove()
    news.next(CardRemoved)
    reader.close()
    assert sum(isinstance(event, CardSilent) for event in news.seen) == 1


def test_a_slow_card_that_answers_is_not_silent(virtual: VirtualReader, news: Any) -> None:
    virtual.insert(invent(1), "slow")
    reader = CardReader(readers=FIRST, read_max_s=30.0, silent_warn_s=5.0)
    reader.start(news.told)
    news.next(CardInserted)
    assert isinstance(reader.read().result(20.0), CardReading)
    virtual.remove()
    news.next(CardRemoved)
    reader.close()
    assert not any(isinstance(event, CardSilent) for event in news.seen)


def test_a_second_read_behind_a_hanging_one_is_told_as_silent_too(virtual: VirtualReader, news: Any) -> None:
    virtual.insert(invent(1), "silent")
    reader = CardReader(readers=FIRST, read_max_s=30.0, silent_warn_s=0.5)
    reader.start(news.told)
    reader.read()
    virtual.wait_for_commands(1)
    reader.cancel()
    reader.read()
    news.next(CardSilent)
    reader.cancel()
    virtual.remove()
    reader.close()
    assert [event.silent_s >= 0.5 for event in news.seen if isinstance(event, CardSilent)] == [True]
