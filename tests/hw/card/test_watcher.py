"""News of cards, readers and the service, through a real pcscd."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hw.card import (
    CardInserted,
    CardRemoved,
    Code,
    ReaderFound,
    ReaderGone,
    Readers,
    ReadersNotChosen,
    ServiceBack,
    ServiceLost,
)
from hw.card.failure import CardError
from hw.card.transport import Pcsc
from hw.card.virtual import VirtualReader, invent
from hw.card.virtual.profiles import CONTACT_ATR
from hw.card.watcher import CardWatcher

READER = VirtualReader.reader_name()
FIRST = Readers(contact="*00 00")
Watch = Callable[..., CardWatcher]


@pytest.fixture
def watch(news: Any) -> Iterator[Watch]:
    """Start a watcher of the first slot that tells `news`."""
    started: list[CardWatcher] = []

    def start(readers: Readers = FIRST) -> CardWatcher:
        watcher = CardWatcher(news.told, readers)
        watcher.start()
        started.append(watcher)
        return watcher

    yield start
    for watcher in started:
        watcher.close()


def test_a_card_that_is_in_already_counts_as_inserted(
    virtual: VirtualReader, watch: Watch, news: Any
) -> None:
    virtual.insert(invent(1))
    watch()
    assert news.next(CardInserted) == CardInserted(READER, atr=CONTACT_ATR)
    assert news.seen == [ReaderFound(READER), CardInserted(READER, atr=CONTACT_ATR)]


def test_coming_and_going_is_told_once_each_and_in_order(
    virtual: VirtualReader, watch: Watch, news: Any
) -> None:
    watch()
    for _ in range(5):
        virtual.insert(invent(1))
        virtual.remove()
    for _ in range(5):
        news.next(CardRemoved)
    cards = [type(event) for event in news.seen if not isinstance(event, ReaderFound)]
    assert cards == [CardInserted, CardRemoved] * 5


def test_cards_that_programs_use_make_no_news(
    virtual: VirtualReader, watch: Watch, news: Any, read: Any
) -> None:
    virtual.insert(invent(1))
    watch()
    news.next(CardInserted)
    for _ in range(5):
        read()
    virtual.remove()
    news.next(CardRemoved)
    assert [type(event) for event in news.seen] == [ReaderFound, CardInserted, CardRemoved]


def test_both_readers_of_a_terminal_are_watched(virtual: VirtualReader, watch: Watch, news: Any) -> None:
    watch(Readers(contact="*00 00", contactless="*00 01"))
    virtual.insert(invent(1))
    virtual.insert(invent(2), slot=1)
    assert {news.next(CardInserted).reader, news.next(CardInserted).reader} == {
        VirtualReader.reader_name(0),
        VirtualReader.reader_name(1),
    }


def test_readers_that_nobody_chose_are_named_and_not_watched(
    virtual: VirtualReader, watch: Watch, news: Any
) -> None:
    watch(Readers())
    both = f"{VirtualReader.reader_name(0)}, {VirtualReader.reader_name(1)}"
    assert news.next(ReadersNotChosen) == ReadersNotChosen(both)
    virtual.insert(invent(1))
    virtual.restart_pcscd()
    news.next(ServiceBack)
    news.next(ReadersNotChosen)
    assert [type(event) for event in news.seen] == [
        ReadersNotChosen,
        ServiceLost,
        ServiceBack,
        ReadersNotChosen,
    ]


def test_a_watcher_outlives_used_up_contexts(virtual: VirtualReader, watch: Watch, news: Any) -> None:
    with ExitStack() as held:
        with pytest.raises(CardError):  # noqa: PT012 - which of them is refused does not matter
            for _ in range(250):
                held.enter_context(Pcsc())
        watch()
        assert news.next(ServiceLost) == ServiceLost(Code.SERVICE_REFUSED)
    news.next(ServiceBack)
    assert news.next(ReaderFound) == ReaderFound(READER)


def test_a_dead_service_is_told_and_so_is_its_return_each_time(
    virtual: VirtualReader, watch: Watch, news: Any
) -> None:
    watch()
    news.next(ReaderFound)
    for _ in range(3):
        virtual.kill_pcscd()
        assert news.next(ServiceLost) == ServiceLost(Code.NO_SERVICE)
        virtual.start_pcscd()
        news.next(ServiceBack)
        news.next(ReaderFound)
    virtual.insert(invent(1))
    news.next(CardInserted)
    assert sum(isinstance(event, ServiceLost) for event in news.seen) == 3


def test_a_watcher_may_start_before_the_service(virtual: VirtualReader, watch: Watch, news: Any) -> None:
    virtual.kill_pcscd()
    watch()
    news.next(ServiceLost)
    virtual.start_pcscd()
    news.next(ServiceBack)
    assert news.next(ReaderFound) == ReaderFound(READER)


def test_readers_that_are_missing_after_a_restart_are_not_found_again(
    virtual: VirtualReader, watch: Watch, news: Any
) -> None:
    watch()
    news.next(ReaderFound)
    virtual.restart_pcscd(readers=False)
    news.next(ServiceBack)
    virtual.restart_pcscd()
    news.next(ServiceBack)
    news.next(ReaderFound)
    found = [event for event in news.seen if isinstance(event, ReaderFound | ReaderGone)]
    assert found == [ReaderFound(READER), ReaderFound(READER)]


@pytest.mark.parametrize("service", ["runs", "is dead"])
def test_a_watcher_stops_when_told(virtual: VirtualReader, watch: Watch, news: Any, service: str) -> None:
    watcher = watch()
    news.next(ReaderFound)
    if service == "is dead":
        virtual.kill_pcscd()
        news.next(ServiceLost)
    watcher.close()
    watcher.close()
    assert not watcher.running
