"""The service dies, comes back, loses its readers, refuses: typed failures, and recovery without help."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import smartcard.scard as scard

from hw.card import CardFailure, CardReader, CardReading, Code, Readers, ReadResult
from hw.card.failure import CardError
from hw.card.transport import Card, Pcsc
from hw.card.virtual import VirtualReader, invent

Read = Callable[[], ReadResult]
FIRST = Readers(contact="*00 00")

GET_CHALLENGE = bytes.fromhex("0084000008")


@pytest.fixture
def other_program(virtual: VirtualReader) -> Iterator[Callable[[int], int]]:
    """Another PC/SC client: `other_program(share)` connects and returns its handle."""
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    either = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    held: list[int] = []

    def connect(share: int) -> int:
        result, card, _ = scard.SCardConnect(context, virtual.reader_name(), share, either)
        assert result == scard.SCARD_S_SUCCESS
        held.append(card)
        return card

    yield connect
    for card in held:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)


def test_without_a_service_a_read_says_so(virtual: VirtualReader, read: Read) -> None:
    virtual.kill_pcscd()
    assert read() == CardFailure(Code.NO_SERVICE, hresult=0x8010001D)


def test_a_reader_outlives_its_service(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(1))
    assert isinstance(read(), CardReading)
    virtual.kill_pcscd()
    failure = read()
    assert isinstance(failure, CardFailure)
    assert failure.code is Code.NO_SERVICE
    virtual.start_pcscd()
    virtual.insert(invent(1))
    assert isinstance(read(), CardReading)


def test_a_restart_between_two_reads_is_not_even_noticed(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(1))
    assert isinstance(read(), CardReading)
    virtual.restart_pcscd()
    virtual.insert(invent(1))
    assert isinstance(read(), CardReading)


def test_a_service_that_dies_during_a_command_ends_the_read(
    virtual: VirtualReader, reader: CardReader
) -> None:
    virtual.insert(invent(1), "silent_midway")
    reading = reader.read()
    virtual.wait_for_commands(12)
    virtual.kill_pcscd()
    failure = reading.result(20.0)
    assert isinstance(failure, CardFailure)
    assert failure.code is Code.NO_SERVICE


def test_a_service_without_readers_has_no_reader(virtual: VirtualReader, read: Read) -> None:
    virtual.restart_pcscd(readers=False)
    assert read() == CardFailure(Code.NO_READER, item="contact *00 00")


def test_a_reader_of_another_name_is_no_reader(virtual: VirtualReader) -> None:
    reader = CardReader("Nobody's Reader")
    try:
        assert reader.read().result(20.0) == CardFailure(Code.NO_READER, item="contact Nobody's Reader")
    finally:
        reader.close()


def test_an_empty_reader_has_no_card(virtual: VirtualReader, read: Read) -> None:
    assert read() == CardFailure(Code.NO_CARD)


def test_a_named_reader_is_the_one_that_is_read(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    virtual.insert(invent(2), slot=1)
    reader = CardReader("00 01")
    try:
        reading = reader.read().result(20.0)
    finally:
        reader.close()
    assert isinstance(reading, CardReading)
    assert reading.card_no == "Y00000002"


def test_used_up_contexts_are_a_refusal_by_the_service(virtual: VirtualReader) -> None:
    with ExitStack() as held:
        with pytest.raises(CardError) as refused:  # noqa: PT012 - which of them is refused does not matter
            for _ in range(250):
                held.enter_context(Pcsc())
        assert refused.value.code is Code.SERVICE_REFUSED
    Pcsc().close()


def test_a_card_held_by_another_program_is_busy(
    virtual: VirtualReader, read: Read, other_program: Callable[[int], int]
) -> None:
    virtual.insert(invent(1))
    other_program(scard.SCARD_SHARE_EXCLUSIVE)
    assert read() == CardFailure(Code.CARD_BUSY, hresult=0x8010000B)


def test_a_card_shared_by_another_program_is_read_beside_it(
    virtual: VirtualReader, read: Read, other_program: Callable[[int], int]
) -> None:
    virtual.insert(invent(1))
    card = other_program(scard.SCARD_SHARE_SHARED)
    assert isinstance(read(), CardReading)
    result, answer = scard.SCardTransmit(card, scard.SCARD_PCI_T0, list(GET_CHALLENGE))
    assert (result, answer[-2:]) == (scard.SCARD_S_SUCCESS, [0x90, 0x00])


def test_a_card_that_another_program_resets_says_so(
    virtual: VirtualReader, other_program: Callable[[int], int]
) -> None:
    virtual.insert(invent(1))
    ours = Card(scard, other_program(scard.SCARD_SHARE_SHARED), scard.SCARD_PROTOCOL_T0)
    ours.transmit(GET_CHALLENGE)
    theirs = other_program(scard.SCARD_SHARE_SHARED)
    scard.SCardReconnect(theirs, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0, scard.SCARD_RESET_CARD)
    with pytest.raises(CardError) as reset:
        ours.transmit(GET_CHALLENGE)
    assert reset.value.failure == CardFailure(Code.CARD_RESET, hresult=0x80100068)


def test_two_hundred_reads_leave_no_context_and_no_thread_behind(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(1))
    assert isinstance(read(), CardReading)
    before = _threads_and_files()
    for _ in range(250):  # the service has room for 200 contexts
        assert isinstance(read(), CardReading)
    assert _threads_and_files() == before


def test_readers_that_are_closed_give_their_contexts_back(virtual: VirtualReader) -> None:
    before = _threads_and_files()
    for _ in range(250):
        reader = CardReader(readers=FIRST)
        reader.start(lambda event: None)
        assert reader.read().result(20.0) == CardFailure(Code.NO_CARD)
        reader.close()
    assert _threads_and_files() == before


def _threads_and_files() -> tuple[int, int]:
    for thread in threading.enumerate():
        if thread.name in ("card-read", "card-guard", "card-watcher"):
            thread.join(5.0)
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
