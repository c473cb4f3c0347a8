"""The card reader of a terminal: news of cards, and readings that never make the caller wait.

Card I/O may block for as long as a driver likes, so every read has a thread of its own and a watchdog that
answers in its stead. The reading's `Future` is always completed; nothing is thrown through it.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

from hw.card import _pcsc as pcsc
from hw.card.application import CardAuthenticator, read_application
from hw.card.failure import CardError, CardFailure, Code
from hw.card.reading import CardReading
from hw.card.transport import Pcsc, Slot
from hw.card.watcher import CardEvent, CardWatcher

_log = logging.getLogger(__name__)

ReadResult: TypeAlias = CardReading | CardFailure

READ_MAX_S = 5.0
"""Longest wait for one card. A full read takes about 0.35 s on a slow contact card (9,600 baud); a driver
gives up on a silent one after about 3 s."""

READ_ATTEMPTS_MAX = 3
READ_PAUSE_S = 0.1
CLOSE_MAX_S = 1.0

_WORTH_REPEATING = frozenset({Code.CARD_RESET, Code.CARD_MUTE, Code.TRANSMIT_FAILED})


@dataclass(slots=True)
class _Job:
    """One read: what the caller waits for, and whether anybody still does."""

    done: "Future[ReadResult]" = field(default_factory=Future)
    abandoned: threading.Event = field(default_factory=threading.Event)


class CardReader:
    """Watches the readers and reads cards. All methods return at once, `close` within about 3 s.

    `reader` names one by its whole name or a part of it; without it the first reader that holds a card is
    read.
    """

    def __init__(
        self,
        reader: str | None = None,
        *,
        authenticator: CardAuthenticator | None = None,
        read_max_s: float = READ_MAX_S,
        scard: pcsc.Scard | None = None,
    ) -> None:
        self._wanted = reader
        self._authenticator = authenticator
        self._read_max_s = read_max_s
        self._scard = scard
        self._watcher: CardWatcher | None = None
        self._lock = threading.Lock()  # guards the two fields below; never held across I/O
        self._job: _Job | None = None
        self._closed = False
        self._io = threading.Lock()  # held by the one thread that speaks to the card; owns `_pcsc`
        self._pcsc: Pcsc | None = None

    def start(self, on_event: Callable[[CardEvent], None]) -> None:
        """Begin to report events; see `CardWatcher` for what `on_event` may do. At most once."""
        self._watcher = CardWatcher(on_event, self._wanted, scard=self._scard)
        self._watcher.start()

    def read(self) -> "Future[ReadResult]":
        """Read the card that is in. Asking again while a read runs gives that read's future.

        Completed within `read_max_s` with a `CardReading`, or with a `CardFailure` (TIMEOUT from the
        watchdog, CANCELLED by `cancel` and `close`).
        """
        with self._lock:
            if self._job is not None:
                return self._job.done
            job = _Job()
            job.done.set_running_or_notify_cancel()  # nobody but this reader may end it
            if self._closed:
                job.done.set_result(CardFailure(Code.CANCELLED))
                return job.done
            self._job = job
        watchdog = threading.Timer(self._read_max_s, self._settle, (job, CardFailure(Code.TIMEOUT)))
        watchdog.daemon = True
        watchdog.start()
        threading.Thread(target=self._run, args=(job, watchdog), name="card-read", daemon=True).start()
        return job.done

    def cancel(self) -> None:
        """Complete a running read with CANCELLED, now; the card is let go after its present command."""
        with self._lock:
            job = self._job
        if job is not None:
            self._settle(job, CardFailure(Code.CANCELLED))

    def close(self) -> None:
        """Cancel, stop the watcher, give the context back. Safe to call twice."""
        with self._lock:
            self._closed = True
        self.cancel()
        if self._watcher is not None:
            self._watcher.close()
        # A thread that a silent card holds gives the context back itself, when the card is pulled.
        if self._io.acquire(timeout=CLOSE_MAX_S):
            self._drop_context()
            self._io.release()

    def _settle(self, job: _Job, result: ReadResult) -> None:
        job.abandoned.set()
        with self._lock:
            if self._job is not job:
                return
            self._job = None
        job.done.set_result(result)

    def _run(self, job: _Job, watchdog: threading.Timer) -> None:
        # An earlier read that was given up may still hang in its card; this one waits for its turn.
        if not self._io.acquire(timeout=self._read_max_s):
            return
        try:
            result = self._read_patiently(job)
            if self._closed:
                self._drop_context()
        finally:
            self._io.release()
        watchdog.cancel()
        self._settle(job, result)

    def _read_patiently(self, job: _Job) -> ReadResult:
        failure = CardFailure(Code.CANCELLED)
        for _ in range(READ_ATTEMPTS_MAX):
            if job.abandoned.is_set():
                break
            kept = self._pcsc is not None
            try:
                self._pcsc = self._pcsc or Pcsc(self._scard)
                return self._read_once(self._pcsc, job)
            except CardError as error:
                failure = error.failure
                _log.debug("card read failed: %s", failure)
            if failure.code in (Code.NO_SERVICE, Code.READER_FAULT):
                self._drop_context()
                if not kept:
                    break  # not the kept context's fault: the service is really gone
            elif failure.code in _WORTH_REPEATING:
                job.abandoned.wait(READ_PAUSE_S)
            else:
                break
        return failure

    def _read_once(self, service: Pcsc, job: _Job) -> CardReading:
        slots = service.slots(self._wanted)
        slot = next((slot for slot in slots if slot.present), None)
        if slot is None:
            gone = all(slot.gone for slot in slots)
            raise CardError(Code.READER_GONE if gone else Code.NO_CARD)
        return read_slot(service, slot, authenticator=self._authenticator, abandoned=job.abandoned.is_set)

    def _drop_context(self) -> None:
        if self._pcsc is not None:
            self._pcsc.close()
            self._pcsc = None


def read_slot(
    service: Pcsc,
    slot: Slot,
    *,
    authenticator: CardAuthenticator | None = None,
    abandoned: Callable[[], bool] | None = None,
) -> CardReading:
    """Connect, read, disconnect; blocks. Raises CardError, with CARD_REMOVED for a card that left meanwhile.

    The first command after a card was pulled fails like a card that does not answer; only the reader's state,
    a poll later, tells the two apart (reference: card, §5 row 9).
    """
    try:
        with service.connect(slot.reader) as card:
            card.reset_when_done = authenticator is not None
            card.abandoned = abandoned
            return read_application(card, authenticator=authenticator, atr=slot.atr)
    except CardError as error:
        doubtful = error.code is Code.TRANSMIT_FAILED and not (abandoned is not None and abandoned())
        if error.code is Code.NO_CARD or (doubtful and service.card_left(slot)):
            raise CardError(Code.CARD_REMOVED, hresult=error.failure.hresult) from None
        raise
