"""Cards and readers as PC/SC sees them, with typed failures.

On the raw PC/SC binding, because it is 3 to 4 times faster than the usual reader-per-read style and because
its results can be decided by number (reference: card, §4.1, §5). Every call may block for as long as the
driver likes: run it in a thread of its own (`hw.card.reader` does).
"""

import contextlib
import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from hw.card import _pcsc as pcsc
from hw.card.failure import CardError, Code
from hw.card.roles import THE_ONLY_READER, Readers, for_patients

_log = logging.getLogger(__name__)

T = TypeVar("T")

_OK = [0x90, 0x00]

PRESENCE_SETTLE_S = 0.6
"""How long to ask whether a card that stopped answering has left. Readers without an interrupt are polled
by the service every 0.4 s, so anything shorter would blame the card."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One reader slot and what is in it."""

    reader: str
    present: bool = False
    mute: bool = False  # a card is in, and did not answer to power
    gone: bool = False  # the service no longer knows this reader
    atr: bytes = b""
    changes: int = 0  # insertions and removals the service has counted, modulo 65,536


class Pcsc:
    """One PC/SC context, kept for as long as the service lives.

    Not to be shared by two threads, `cancel` excepted. Raises CardError; after `NO_SERVICE` the context is
    dead for good: close it and make another one.
    """

    def __init__(self, scard: pcsc.Scard | None = None) -> None:
        self._scard = scard or pcsc.system_scard()
        self._context: int | None = None
        result, context = self._establish()
        hung_up = result in (pcsc.COMM_ERROR, pcsc.SECURITY_VIOLATION)
        if result == pcsc.NO_SERVICE and scard is None and pcsc.service_listens():
            result, context = self._establish()  # it may just have started
            hung_up = result != pcsc.SUCCESS
        if hung_up:
            # Accepted and hung up on: polkit said no, or the service has no context left (§5 row 5). The
            # library as often calls it a service that is not there.
            raise CardError(Code.SERVICE_REFUSED, hresult=result)
        _check(result)
        self._context = context

    def _establish(self) -> tuple[int, int]:
        result, context = self._call(lambda: self._scard.SCardEstablishContext(pcsc.SCOPE_SYSTEM))
        return result & 0xFFFFFFFF, context

    def readers(self) -> tuple[str, ...]:
        """Names of all readers; empty when there is none."""
        result, names = self._call(lambda: self._scard.SCardListReaders(self._live(), []))
        if result & 0xFFFFFFFF == pcsc.NO_READERS:
            return ()
        _check(result)
        return tuple(names)

    def states(
        self, known: Sequence[tuple[str, int]], wait_ms: int = 0
    ) -> tuple[tuple[str, int, bytes], ...] | None:
        """Block until a reader differs from its `known` state, at most `wait_ms`; None if none does."""
        result, rows = self._call(
            lambda: self._scard.SCardGetStatusChange(self._live(), wait_ms, list(known))
        )
        if result & 0xFFFFFFFF == pcsc.TIMEOUT:
            return None
        _check(result)
        return tuple((name, state & 0xFFFFFFFF, bytes(atr)) for name, state, atr in rows)

    def slots(self, readers: Readers = THE_ONLY_READER) -> tuple[Slot, ...]:
        """The readers for patients' cards and what is in them now, contact before contactless.

        Raises NO_READER when there is none, READER_NOT_CHOSEN when the configuration leaves it open.
        """
        names = for_patients(self.readers(), readers)
        if not names:
            raise CardError(Code.NO_READER, item=str(readers) or None)
        return self.look(names)

    def look(self, names: Sequence[str]) -> tuple[Slot, ...]:
        """What is in the readers of these names now; at least one name."""
        rows = self.states([(name, pcsc.STATE_UNAWARE) for name in names])
        return tuple(slot_of(row) for row in rows or ())

    def card_left(self, slot: Slot, within_s: float = PRESENCE_SETTLE_S) -> bool:
        """Whether the card seen in `slot` was pulled or swapped; waits up to `within_s` for the news."""
        rows = self.states([(slot.reader, pcsc.STATE_UNAWARE)])
        for _ in range(8):  # the state word also changes when programs connect and leave
            if rows is None:
                return False
            now = slot_of(rows[0])
            if not now.present or now.changes != slot.changes:
                return True
            rows = self.states([(slot.reader, rows[0][1] & ~pcsc.STATE_CHANGED)], int(within_s * 1000))
        return False

    def connect(self, reader: str) -> "Card":
        """Power the card and hold it for this program alone.

        A card that another program shares is held in a transaction beside it. Raises NO_CARD, CARD_BUSY,
        CARD_MUTE, PROTOCOL, READER_GONE and the failures of the service.
        """
        try:
            return self._connect(reader, pcsc.SHARE_EXCLUSIVE)
        except CardError as error:
            if error.code is not Code.CARD_BUSY:
                raise
        card = self._connect(reader, pcsc.SHARE_SHARED)
        try:
            card.begin_transaction()
        except CardError:
            card.disconnect()
            raise
        return card

    def _connect(self, reader: str, share: int) -> "Card":
        # Both protocols are offered each time: a mask kept from the last card would refuse the next one
        # (§5 row 15).
        try:
            result, handle, protocol = self._scard.SCardConnect(
                self._live(), reader, share, pcsc.PROTOCOL_T0 | pcsc.PROTOCOL_T1
            )
        except SystemError as error:
            raise CardError(Code.READER_FAULT) from error
        if result:
            _check(result)
        return Card(self._scard, handle, protocol)

    def cancel(self) -> None:
        """Make a `states` that blocks in another thread raise CANCELLED. Never raises.

        Lost when the other thread is not blocked yet: repeat it until that thread has ended.
        """
        context = self._context
        if context is not None:
            with contextlib.suppress(SystemError):  # the context was given back in between
                self._scard.SCardCancel(context)

    def close(self) -> None:
        """Give the context back; contexts not given back use up the service's 200. Never raises."""
        context, self._context = self._context, None
        if context is not None:
            # A dead service cannot take its context back, and there is nothing left to release there.
            with contextlib.suppress(SystemError):
                self._scard.SCardReleaseContext(context)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _live(self) -> int:
        if self._context is None:
            raise CardError(Code.NO_SERVICE)
        return self._context

    def _call(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except SystemError as error:  # the binding's way to say that it was handed a bad handle (§5 row 30)
            raise CardError(Code.READER_FAULT) from error


class Card:
    """A connected card: commands in, answers out. Use it as a context manager, or disconnect it."""

    def __init__(self, scard: pcsc.Scard, handle: int, protocol: int) -> None:
        self._scard = scard
        self._transmit = scard.SCardTransmit
        self._handle = handle
        self._in_transaction = False
        self._let_go = False
        self.protocol = protocol  # 1 is T=0, 2 is T=1
        self.abandoned: Callable[[], bool] | None = None  # asked before each command; True cancels
        self.reset_when_done = False  # set once a security state was opened, so that nobody inherits it

    def begin_transaction(self) -> None:
        """Keep programs that share the card from speaking in between; waits for one that does so now."""
        _check(self._scard.SCardBeginTransaction(self._handle))
        self._in_transaction = True

    def transmit(self, command: bytes) -> bytes:
        """One command, one answer with its status word; an answer may be empty. Raises CardError."""
        return self._send([list(command)])[0]

    def transmit_all(self, commands: tuple[bytes, ...]) -> list[bytes]:
        """One command after another, as long as each is answered by 9000; the last answer may be another.

        A loop of its own, because what is done between two commands is done with cold caches: a card is read
        3 % faster this way than command by command. The commands are remembered, so they must hold nothing
        of a person. Raises CardError.
        """
        return self._send(_as_lists(commands))

    def _send(self, commands: list[list[int]]) -> list[bytes]:
        transmit, handle, protocol, abandoned = self._transmit, self._handle, self.protocol, self.abandoned
        answers = []
        try:
            for command in commands:
                if abandoned is not None and abandoned():
                    raise CardError(Code.CANCELLED)
                result, answer = transmit(handle, protocol, command)
                if result:
                    _check(result)
                answers.append(answer)
                if answer[-2:] != _OK:
                    break
        except SystemError as error:
            raise CardError(Code.READER_FAULT) from error
        return [bytes(answer) for answer in answers]

    def disconnect(self) -> None:
        """Let go of the card; once is enough. Never raises: card, reader or service may be gone, and then
        there is nothing to do.
        """
        if self._let_go:
            return
        self._let_go = True
        disposition = pcsc.RESET_CARD if self.reset_when_done else pcsc.LEAVE_CARD
        try:
            if self._in_transaction:
                self._scard.SCardEndTransaction(self._handle, pcsc.LEAVE_CARD)
            result = self._scard.SCardDisconnect(self._handle, disposition) & 0xFFFFFFFF
        except SystemError:
            result = pcsc.INVALID_HANDLE
        if result:
            _log.debug("disconnect: %08X", result)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disconnect()


@functools.lru_cache(maxsize=8)
def _as_lists(commands: tuple[bytes, ...]) -> list[list[int]]:
    """Commands as the binding takes them, made once for each file and version."""
    return [list(command) for command in commands]


def slot_of(row: tuple[str, int, bytes]) -> Slot:
    """Read one row of `Pcsc.states`."""
    name, state, atr = row
    gone = bool(state & (pcsc.STATE_UNKNOWN | pcsc.STATE_UNAVAILABLE))
    present = bool(state & pcsc.STATE_PRESENT) and not gone
    return Slot(name, present, bool(state & pcsc.STATE_MUTE), gone, atr if present else b"", state >> 16)


def _check(result: int) -> None:
    if result & 0xFFFFFFFF != pcsc.SUCCESS:
        raise CardError(pcsc.code_of(result), hresult=result & 0xFFFFFFFF)
