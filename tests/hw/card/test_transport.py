"""What cannot be shown by a virtual card: mute cards, vanished readers, wedged drivers. A scripted PC/SC
binding.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hw.card import (
    CardFailure,
    CardInserted,
    CardReader,
    CardReading,
    CardRemoved,
    Code,
    ReaderFound,
    ReaderGone,
)
from hw.card import _pcsc as pcsc
from hw.card.failure import CardError
from hw.card.transport import Card, Pcsc
from hw.card.virtual.scripted import BAD_HANDLE, READER, Play, ScriptedScard
from hw.card.watcher import CardWatcher


@pytest.fixture
def scripted() -> ScriptedScard:
    return ScriptedScard()


@pytest.fixture
def read(scripted: ScriptedScard) -> Iterator[Callable[[], Any]]:
    reader = CardReader(scard=scripted)
    yield lambda: reader.read().result(20.0)
    reader.close()
    assert (scripted.open_contexts, scripted.open_cards) == (0, 0)


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (0x80100066, Code.CARD_MUTE),
        (0x80100067, Code.CARD_MUTE),
        (0x8010000F, Code.PROTOCOL),
        (0x80100009, Code.READER_GONE),
        (0x80100017, Code.READER_GONE),
        (0x8010000C, Code.CARD_REMOVED),
        (0x80100027, Code.SERVICE_REFUSED),
        (0x8010002F, Code.READER_FAULT),
    ],
)
def test_a_connect_that_fails_gives_its_code(
    scripted: ScriptedScard, read: Callable[[], Any], result: int, code: Code
) -> None:
    scripted.dictated["SCardConnect"] = [result] * 3
    assert read() == CardFailure(code, hresult=result)


def test_results_of_either_sign_mean_the_same(scripted: ScriptedScard, read: Callable[[], Any]) -> None:
    scripted.dictated["SCardConnect"] = [0x8010000F - (1 << 32)]
    assert read() == CardFailure(Code.PROTOCOL, hresult=0x8010000F)


def test_a_card_that_is_mute_at_first_is_tried_again(
    scripted: ScriptedScard, read: Callable[[], Any]
) -> None:
    scripted.dictated["SCardConnect"] = [0x80100066, 0x80100066]
    assert isinstance(read(), CardReading)
    assert scripted.calls.count("SCardConnect") == 3


def test_a_reset_by_another_program_starts_the_read_again(
    scripted: ScriptedScard, read: Callable[[], Any]
) -> None:
    scripted.dictated["SCardTransmit"] = [0, 0, 0, 0x80100068]
    assert isinstance(read(), CardReading)
    assert scripted.calls.count("SCardTransmit") == 4 + 17


def test_a_driver_that_gives_up_on_a_card_that_is_still_there_is_no_removal(
    scripted: ScriptedScard, read: Callable[[], Any]
) -> None:
    scripted.dictated["SCardTransmit"] = [pcsc.NOT_TRANSACTED] * 3
    scripted.dictated["SCardGetStatusChange"] = [0, 0, pcsc.TIMEOUT] * 3
    assert read() == CardFailure(Code.TRANSMIT_FAILED, hresult=pcsc.NOT_TRANSACTED)


def test_a_card_swapped_during_the_read_was_removed(scripted: ScriptedScard, read: Callable[[], Any]) -> None:
    original = scripted.SCardTransmit

    def swap_then_fail(card: int, protocol: int, command: list[int]) -> tuple[int, list[int]]:
        scripted.state = pcsc.STATE_PRESENT | 2 << 16
        return original(card, protocol, command)

    scripted.SCardTransmit = swap_then_fail  # type: ignore[method-assign]
    scripted.dictated["SCardTransmit"] = [pcsc.NOT_TRANSACTED]
    assert read() == CardFailure(Code.CARD_REMOVED, hresult=pcsc.NOT_TRANSACTED)


def test_a_bad_handle_is_a_reader_fault_and_gets_a_new_context(
    scripted: ScriptedScard, read: Callable[[], Any]
) -> None:
    assert isinstance(read(), CardReading)
    scripted.dictated["SCardTransmit"] = [BAD_HANDLE]
    assert isinstance(read(), CardReading)
    assert scripted.calls.count("SCardEstablishContext") == 2


def test_a_card_is_let_go_without_a_reset_unless_it_was_opened(scripted: ScriptedScard) -> None:
    for opened, disposition in ((False, pcsc.LEAVE_CARD), (True, pcsc.RESET_CARD)):
        with Card(scripted, 9, pcsc.PROTOCOL_T0) as card:
            card.reset_when_done = opened
        assert scripted.disposition == disposition


def test_a_card_is_let_go_once(scripted: ScriptedScard) -> None:
    with Pcsc(scripted) as service, service.connect(READER) as card:
        card.disconnect()
    assert (scripted.open_cards, scripted.calls.count("SCardDisconnect")) == (0, 1)


def test_nothing_is_raised_by_letting_go_of_what_is_gone(scripted: ScriptedScard) -> None:
    scripted.dictated["SCardDisconnect"] = [0x8010001D]
    scripted.dictated["SCardReleaseContext"] = [0x8010001D]
    with Pcsc(scripted) as service, service.connect(READER) as card:
        assert card.transmit(bytes.fromhex("0084000008"))[-2:] == b"\x90\x00"
    service.close()
    with pytest.raises(CardError):
        service.readers()


def _shows(state: int) -> Callable[[Play], None]:
    return lambda play: setattr(play, "state", state)


def _unplugs(play: Play) -> None:
    play.names = []
    play.state = pcsc.STATE_UNKNOWN


def _watched(play: Play, news: Any, count: int) -> list[Any]:
    watcher = CardWatcher(news.told, scard=play)
    watcher.start()
    events = [news.next(object) for _ in range(count)]
    watcher.close()
    return events


def test_a_card_swapped_faster_than_anyone_looks_is_a_removal_and_an_insertion(news: Any) -> None:
    first, second = pcsc.STATE_PRESENT | 1 << 16, pcsc.STATE_PRESENT | 3 << 16
    play = Play(_shows(first), _shows(second))
    kinds = [type(event) for event in _watched(play, news, 4)]
    assert kinds == [ReaderFound, CardInserted, CardRemoved, CardInserted]


def test_a_mute_card_is_announced_as_mute(news: Any) -> None:
    play = Play(_shows(pcsc.STATE_PRESENT | pcsc.STATE_MUTE | 1 << 16))
    assert _watched(play, news, 2)[1].mute


@pytest.mark.parametrize("result", [pcsc.SUCCESS, pcsc.UNKNOWN_READER])
def test_a_reader_unplugged_with_its_card_loses_the_card_first(news: Any, result: int) -> None:
    def unplugs(play: Play) -> None:
        _unplugs(play)
        play.dictated["SCardGetStatusChange"] = [result]

    play = Play(_shows(pcsc.STATE_PRESENT | 1 << 16), unplugs)
    kinds = [type(event) for event in _watched(play, news, 4)]
    assert kinds == [ReaderFound, CardInserted, CardRemoved, ReaderGone]


def test_a_reader_that_stays_listed_after_it_died_is_not_asked_without_pause(news: Any) -> None:
    def dies(play: Play) -> None:
        play.state = pcsc.STATE_UNAVAILABLE

    play = Play(_shows(pcsc.STATE_PRESENT | 1 << 16), dies, *[dies] * 1000)
    assert [type(event) for event in _watched(play, news, 3)] == [ReaderFound, CardInserted, CardRemoved]
    assert len(play.acts) > 900
