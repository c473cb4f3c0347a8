"""A short slice of a long day: what cards and a killed service leave behind. The whole is bench/card_soak."""

import gc
import threading
from pathlib import Path
from typing import Any

from hw.card import (
    CardFailure,
    CardInserted,
    CardReader,
    CardReading,
    CardRemoved,
    Code,
    Readers,
    ServiceBack,
)
from hw.card.virtual import VirtualReader, invent


def _held() -> tuple[int, int]:
    for thread in threading.enumerate():
        if thread.name in ("card-read", "card-guard"):
            thread.join(20.0)
    gc.collect()
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def _cycle(virtual: VirtualReader, reader: CardReader, news: Any, number: int, profile: str) -> None:
    virtual.insert(invent(number), profile)
    news.next(CardInserted)
    reading = reader.read()
    if profile == "plain":
        result = reading.result(20.0)
        assert isinstance(result, CardReading)
        assert result.id_number == invent(number).id_number
    else:
        virtual.wait_for_commands(12)
        reader.cancel()
        assert reading.result(20.0) == CardFailure(Code.CANCELLED)
    virtual.remove()
    news.next(CardRemoved)


def test_cards_come_and_go_and_leave_no_thread_and_no_file_behind(virtual: VirtualReader, news: Any) -> None:
    reader = CardReader(readers=Readers(contact="*00 00"), read_max_s=20.0)
    reader.start(news.told)
    _cycle(virtual, reader, news, 1, "plain")
    _cycle(virtual, reader, news, 1, "silent_midway")
    before = _held()
    for number in range(2, 5):
        _cycle(virtual, reader, news, number, "plain")
        _cycle(virtual, reader, news, number, "silent_midway")
    virtual.restart_pcscd()
    news.next(ServiceBack)
    _cycle(virtual, reader, news, 6, "plain")
    after = _held()
    reader.close()
    assert after == before
    assert sum(isinstance(event, CardInserted) for event in news.seen) == 9
    assert sum(isinstance(event, CardRemoved) for event in news.seen) == 9
