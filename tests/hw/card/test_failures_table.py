"""The failures a terminal meets (reference: card, §5), row by row: how each is made here, and what it gives.

Through a real pcscd and a virtual card where they can show it; else by a PC/SC binding that gives the results
which real services gave, or are documented to give.
"""

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
import smartcard.scard as scard

from hw.card import (
    CardEvent,
    CardFailure,
    CardInserted,
    CardReader,
    CardReading,
    Code,
    ReaderFound,
    Readers,
    ReadingWarning,
    ReadResult,
    ServiceBack,
    ServiceLost,
)
from hw.card import _pcsc as pcsc
from hw.card.failure import CardError
from hw.card.remedies import REMEDIES
from hw.card.staff_texts import STAFF_TEXTS
from hw.card.transport import Pcsc
from hw.card.virtual import VirtualReader, invent
from hw.card.virtual.scripted import BAD_HANDLE, ScriptedScard
from kiosk.domain.messages import CARD, Peer, classify
from kiosk.journeys.texts import shipped

FIRST = Readers(contact="*00 00")
WAIT_MAX_S = 60.0
CARD_REPLACED = 2 << 16  # the service's count of insertions and removals, in a reader's state


@dataclass
class Bench:
    """What a row needs to be made."""

    virtual: VirtualReader
    undo: ExitStack = field(default_factory=ExitStack)

    def read(self, profile: str | None = None, version: str = "2.00", **options: float) -> ReadResult:
        """Put such a card in, unless None, and read it through the real service."""
        if profile is not None:
            self.virtual.insert(invent(1, ssc_version=version), profile)
        reader = CardReader(readers=FIRST, **options)  # type: ignore[arg-type]
        self.undo.callback(reader.close)
        return reader.read().result(WAIT_MAX_S)

    def scripted(self, **dictated: list[int]) -> ReadResult:
        """Read a good card whose PC/SC binding gives these results first."""
        binding = ScriptedScard()
        binding.dictated.update(dictated)
        return self.read_by(binding)

    def read_by(self, binding: ScriptedScard) -> ReadResult:
        reader = CardReader(scard=binding)
        self.undo.callback(reader.close)
        return reader.read().result(WAIT_MAX_S)


@pytest.fixture
def bench(virtual: VirtualReader) -> Iterator[Bench]:
    bench = Bench(virtual)
    with bench.undo:
        yield bench


def no_service(bench: Bench) -> ReadResult:
    bench.virtual.kill_pcscd()
    return bench.read()


def service_dies(bench: Bench) -> ReadResult:
    bench.virtual.insert(invent(1), "silent_midway")
    reader = CardReader(readers=FIRST)
    bench.undo.callback(reader.close)
    reading = reader.read()
    bench.virtual.wait_for_commands(12)
    bench.virtual.kill_pcscd()
    return reading.result(WAIT_MAX_S)


def service_came_back(bench: Bench) -> ReadResult:
    reader = CardReader(readers=FIRST)
    bench.undo.callback(reader.close)
    bench.virtual.insert(invent(1))
    assert isinstance(reader.read().result(WAIT_MAX_S), CardReading)
    bench.virtual.restart_pcscd()
    bench.virtual.insert(invent(1))
    return reader.read().result(WAIT_MAX_S)


def no_reader(bench: Bench) -> ReadResult:
    bench.virtual.restart_pcscd(readers=False)
    return bench.read()


def contexts_used_up(bench: Bench) -> ReadResult:
    with ExitStack() as held:
        with pytest.raises(CardError):  # noqa: PT012 - which of them is refused does not matter
            for _ in range(250):
                held.enter_context(Pcsc())
        return bench.read()


def swapped_fast(bench: Bench) -> ReadResult:
    binding = ScriptedScard()
    binding.dictated["SCardTransmit"] = [pcsc.NOT_TRANSACTED]
    original = binding.SCardTransmit

    def swap_then_fail(card: int, protocol: int, command: list[int], /) -> tuple[int, list[int]]:
        binding.state = pcsc.STATE_PRESENT | CARD_REPLACED
        return original(card, protocol, command)

    binding.SCardTransmit = swap_then_fail  # type: ignore[method-assign]
    return bench.read_by(binding)


def half_answers(bench: Bench) -> ReadResult:
    binding = ScriptedScard()
    binding.SCardTransmit = lambda card, protocol, command, /: (0, [0x90])  # type: ignore[method-assign]
    return bench.read_by(binding)


def held_by_another(bench: Bench) -> ReadResult:
    bench.virtual.insert(invent(1))
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    bench.undo.callback(scard.SCardReleaseContext, context)
    result, card, _ = scard.SCardConnect(
        context, bench.virtual.reader_name(), scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0
    )
    assert result == scard.SCARD_S_SUCCESS
    bench.undo.callback(scard.SCardDisconnect, card, scard.SCARD_LEAVE_CARD)
    return bench.read()


def t1_after_t0(bench: Bench) -> ReadResult:
    reader = CardReader(readers=FIRST)
    bench.undo.callback(reader.close)
    for profile in ("plain", "t1_only"):
        bench.virtual.insert(invent(1), profile)
        last = reader.read().result(WAIT_MAX_S)
    return last


def taken_by_the_kernel(bench: Bench) -> ReadResult:
    """What the service shows then; who has taken it is a diagnosis' business (`test_diagnose`)."""
    binding = ScriptedScard()
    binding.names = []
    return bench.read_by(binding)


def first_news_of_a_new_service(bench: Bench) -> ReadResult:
    """A monitor tells an empty change first, or dies with the service; each of our news says something."""
    news: queue.Queue[CardEvent] = queue.Queue()
    reader = CardReader(readers=FIRST)
    bench.undo.callback(reader.close)
    reader.start(news.put)
    name = bench.virtual.reader_name()
    assert news.get(timeout=WAIT_MAX_S) == ReaderFound(name)
    bench.virtual.restart_pcscd()
    assert isinstance(news.get(timeout=WAIT_MAX_S), ServiceLost)
    assert news.get(timeout=WAIT_MAX_S) == ServiceBack()
    assert news.get(timeout=WAIT_MAX_S) == ReaderFound(name)
    bench.virtual.insert(invent(1))
    assert isinstance(news.get(timeout=WAIT_MAX_S), CardInserted)
    return reader.read().result(WAIT_MAX_S)


def virtual(profile: str, version: str = "2.00", **options: float) -> Callable[[Bench], ReadResult]:
    return lambda bench: bench.read(profile, version, **options)


def dictated(**results: list[int]) -> Callable[[Bench], ReadResult]:
    return lambda bench: bench.scripted(**{name: list(given) for name, given in results.items()})


@dataclass(frozen=True)
class Row:
    """One row: its number there, how it is made, what a read gives: a code, a warning, or None (the card)."""

    number: int
    what: str
    make: Callable[[Bench], ReadResult]
    gives: Code | ReadingWarning | None


STILL_THERE = [0, 0, pcsc.TIMEOUT] * 3
"""Looks at the reader after a lost answer: the card is in and nothing changes."""

ROWS = (
    Row(1, "no pcscd", no_service, Code.NO_SERVICE),
    Row(2, "pcscd dies in a command", service_dies, Code.NO_SERVICE),
    Row(3, "pcscd is new, our context is old", service_came_back, None),
    Row(4, "no reader", no_reader, Code.NO_READER),
    Row(5, "contexts used up", contexts_used_up, Code.SERVICE_REFUSED),
    Row(5, "polkit refuses", dictated(SCardEstablishContext=[0x80100027] * 3), Code.SERVICE_REFUSED),
    Row(6, "unplugged before the read", dictated(SCardConnect=[0x80100009]), Code.READER_GONE),
    Row(6, "unplugged in the read", dictated(SCardTransmit=[0, 0, 0, 0x80100017]), Code.READER_GONE),
    Row(
        7,
        "the driver's time runs out",
        dictated(SCardTransmit=[pcsc.NOT_TRANSACTED] * 3, SCardGetStatusChange=STILL_THERE),
        Code.TRANSMIT_FAILED,
    ),
    Row(7, "the driver reports a fault", dictated(SCardConnect=[0x8010002F] * 3), Code.READER_FAULT),
    Row(8, "no card", lambda bench: bench.read(), Code.NO_CARD),
    Row(9, "pulled in the read", virtual("removed_midway"), Code.CARD_REMOVED),
    Row(10, "swapped faster than the poll", swapped_fast, Code.CARD_REMOVED),
    Row(11, "reset by another, for ever", dictated(SCardTransmit=[0x80100068] * 3), Code.CARD_RESET),
    Row(11, "reset by another, once", dictated(SCardTransmit=[0, 0, 0x80100068]), None),
    Row(12, "held by another", held_by_another, Code.CARD_BUSY),
    Row(13, "mute: no answer to power", dictated(SCardConnect=[0x80100066] * 3), Code.CARD_MUTE),
    Row(13, "mute: no power", dictated(SCardConnect=[0x80100067] * 3), Code.CARD_MUTE),
    Row(14, "an ATR that is none", virtual("junk_atr"), Code.PROTOCOL),
    Row(15, "T=1 alone after T=0", t1_after_t0, None),
    Row(16, "T=0 and T=1 named", virtual("contactless"), None),
    Row(17, "never answers", virtual("silent", read_max_s=0.3), Code.TIMEOUT),
    Row(18, "half an answer, once", virtual("short_answer"), None),
    Row(18, "half an answer, for ever", half_answers, Code.TRANSMIT_FAILED),
    Row(19, "bank card", virtual("bank"), Code.NOT_A_SOCIAL_SECURITY_CARD),
    Row(19, "another operating system", virtual("alien"), Code.NOT_A_SOCIAL_SECURITY_CARD),
    Row(20, "memory card", dictated(SCardConnect=[0x80100065]), Code.PROTOCOL),
    Row(21, "61xx and 6Cxx", virtual("strict_t0"), None),
    Row(22, "a record that may be missing", virtual("no_extension"), None),
    Row(23, "no holder file", virtual("no_holder_file"), Code.FILE_MISSING),
    Row(24, "holder protected", virtual("plain", "3.00"), Code.NEEDS_AUTHENTICATION),
    Row(25, "application blocked", virtual("blocked"), Code.CARD_BLOCKED),
    Row(26, "another record than asked for", virtual("wrong_tag"), Code.BAD_DATA),
    Row(26, "a length past the end", virtual("wrong_length"), Code.BAD_DATA),
    Row(27, "a name cut in a character", virtual("cut_name"), ReadingWarning.NAME_CUT),
    Row(27, "a name that is no text", virtual("illegal_name"), ReadingWarning.NAME_UNREADABLE),
    Row(28, "no date", virtual("no_dates"), None),
    Row(28, "expired", virtual("expired"), ReadingWarning.EXPIRED),
    Row(29, "wrong check character", virtual("wrong_check"), Code.BAD_DATA),
    Row(29, "nobody on it", virtual("blank"), Code.CARD_BLANK),
    Row(30, "a dead handle", dictated(SCardTransmit=[BAD_HANDLE] * 3), Code.READER_FAULT),
    Row(31, "a kernel driver has taken the reader", taken_by_the_kernel, Code.NO_READER),
    Row(32, "news that say nothing, or end", first_news_of_a_new_service, None),
)


def given_by(result: ReadResult) -> Code | ReadingWarning | None:
    match result:
        case CardFailure(code=code):
            return code
        case CardReading(needs_authentication=True):
            return Code.NEEDS_AUTHENTICATION
        case CardReading(warnings=warnings):
            return warnings[0] if warnings else None


@pytest.mark.clause("S1-H.5", "S1-O.1")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number} {row.what}")
def test_a_failure_gives_its_code(bench: Bench, row: Row) -> None:
    assert given_by(row.make(bench)) == row.gives


def test_every_row_is_made_here() -> None:
    assert {row.number for row in ROWS} == set(range(1, 33))


TOLD = sorted({row.gives for row in ROWS if isinstance(row.gives, Code)} | {ReadingWarning.EXPIRED})


@pytest.mark.clause("S1-H.5")
@pytest.mark.parametrize("code", TOLD)
def test_a_failure_tells_the_patient_in_both_languages_and_staff_what_to_do(code: str) -> None:
    assert code in CARD, "not left to the general row"
    message = classify(Peer.CARD, code)
    text = shipped().codes[message.code].text
    assert message.code.startswith("CD-")
    assert text.zh != text.en
    assert all((text.zh, text.en))
    if code != ReadingWarning.EXPIRED:
        remedy = STAFF_TEXTS[REMEDIES[Code(code)][1]]
        assert all(remedy)


def test_a_reader_without_rights_is_told_apart_from_one_without_a_service(bench: Bench) -> None:
    """pcsc-lite names a refusal by polkit like a service that died; only the moment tells them apart."""
    refused = bench.scripted(SCardEstablishContext=[pcsc.SECURITY_VIOLATION] * 3)
    assert refused == CardFailure(Code.SERVICE_REFUSED, hresult=pcsc.SECURITY_VIOLATION)
    died = bench.scripted(SCardTransmit=[0, pcsc.SECURITY_VIOLATION])
    assert died == CardFailure(Code.NO_SERVICE, hresult=pcsc.SECURITY_VIOLATION)
