"""The card reader of a terminal: news of cards, and readings that never make the caller wait.

Card I/O may block for as long as a driver likes, so every read has a thread of its own, and a guard that
answers in its stead. The reading's `Future` is always completed; nothing is thrown through it.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeAlias

from hw.card import _pcsc as pcsc
from hw.card.application import CardAuthenticator, read_application
from hw.card.events import CardEvent, CardSilent
from hw.card.failure import CardError, CardFailure, Code
from hw.card.one_card import OneCard
from hw.card.power import PowerSwitch
from hw.card.reading import CardReading
from hw.card.roles import Readers
from hw.card.transport import Pcsc, Slot
from hw.card.watcher import CardWatcher

_log = logging.getLogger(__name__)

ReadResult: TypeAlias = CardReading | CardFailure

READ_MAX_S = 5.0
"""Longest wait for one card. A full read takes about 0.35 s on a slow contact card (9,600 baud); a driver
gives up on a silent one after about 3 s."""

SILENT_WARN_S = 1.5
"""After so long without an answer the screen should say something; a good card takes a tenth of it."""

READ_ATTEMPTS_MAX = 3
READ_PAUSE_S = 0.1
CLOSE_MAX_S = 1.0

_WORTH_REPEATING = frozenset({Code.CARD_RESET, Code.CARD_MUTE, Code.TRANSMIT_FAILED})


@dataclass(slots=True)
class _Job:
    """One read: what the caller waits for, and whether anybody still does."""

    done: "Future[ReadResult]" = field(default_factory=Future)
    over: threading.Event = field(default_factory=threading.Event)
    began_s: float = field(default_factory=time.monotonic)
    asked_s: float = 0.0  # when the card was last asked something
    reader: str = ""

    def asked(self) -> bool:
        """Note that a command is about to be sent; True when nobody waits for its answer any more."""
        self.asked_s = time.monotonic()
        return self.over.is_set()


class CardReader:
    """Watches the readers and reads cards. All methods return at once, `close` within about 3 s.

    `readers` says by configuration which reader is for what; `reader` is short for a terminal with one, by
    its name, a part of it or a pattern. One visit has one card: the first that is put into any of them;
    another one is told as `SecondCard` and not read. Without `start`, the contact reader goes before the
    contactless one.
    """

    def __init__(
        self,
        reader: str | None = None,
        *,
        readers: Readers | None = None,
        authenticator: CardAuthenticator | None = None,
        power: PowerSwitch | None = None,
        read_max_s: float = READ_MAX_S,
        silent_warn_s: float = SILENT_WARN_S,
        scard: pcsc.Scard | None = None,
    ) -> None:
        self._readers = readers if readers is not None else Readers(contact=reader)
        self._authenticator = authenticator
        self._power = power
        self._read_max_s = read_max_s
        self._silent_warn_s = silent_warn_s
        self._scard = scard
        self._watcher: CardWatcher | None = None
        self._tell: Callable[[CardEvent], None] = _nobody
        self._one_card: OneCard | None = None
        self._lock = threading.Lock()  # guards the two fields below; never held across I/O
        self._job: _Job | None = None
        self._closed = False
        self._io = threading.Lock()  # held by the one thread that speaks to the card; owns `_pcsc`
        self._pcsc: Pcsc | None = None

    def start(self, on_event: Callable[[CardEvent], None]) -> None:
        """Begin to report events. At most once.

        `on_event` is called in threads of this room, sometimes in two at a time, and must hand over and
        return; see `CardWatcher`.
        """
        self._tell = on_event
        if self._power is not None:
            self._power.restore()
        self._one_card = OneCard(on_event)
        self._watcher = CardWatcher(self._one_card, self._readers, scard=self._scard)
        self._watcher.start()

    def read(self) -> "Future[ReadResult]":
        """Read the card that is in. Asking again while a read runs gives that read's future.

        Completed within `read_max_s` with a `CardReading`, or with a `CardFailure` (TIMEOUT from the
        guard, CANCELLED by `cancel` and `close`). A card that has not answered for `silent_warn_s` is told
        as `CardSilent`, once in a read.
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
        threading.Thread(target=self._guard, args=(job,), name="card-guard", daemon=True).start()
        threading.Thread(target=self._run, args=(job,), name="card-read", daemon=True).start()
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
        job.over.set()
        with self._lock:
            if self._job is not job:
                return
            self._job = None
        job.done.set_result(result)

    def _guard(self, job: _Job) -> None:
        """End the job at its limit, whatever the card does, and say before that it is silent."""
        ends_s = job.began_s + self._read_max_s
        warn_s = job.began_s + self._silent_warn_s
        while not job.over.wait(max(0.0, min(ends_s, warn_s) - time.monotonic())):
            now_s = time.monotonic()
            if now_s >= ends_s:
                self._settle(job, CardFailure(Code.TIMEOUT))
                break
            silent_s = now_s - max(job.asked_s, job.began_s)
            if silent_s >= self._silent_warn_s:
                warn_s = ends_s
                self._tell(CardSilent(job.reader, silent_s))
            else:
                warn_s = now_s + self._silent_warn_s - silent_s
        if self._power is not None and not self._closed:
            # Here, because the thread that reads may hang in the very reader that is to be freed.
            event = self._power.note(job.reader, job.done.result())
            if event is not None:
                self._tell(event)

    def _run(self, job: _Job) -> None:
        # An earlier read that was given up may still hang in its card; this one waits for its turn.
        if not self._io.acquire(timeout=self._read_max_s):
            return
        try:
            result = self._read_patiently(job)
            if self._closed:
                self._drop_context()
        finally:
            self._io.release()
        self._settle(job, result)

    def _read_patiently(self, job: _Job) -> ReadResult:
        failure = CardFailure(Code.CANCELLED)
        for _ in range(READ_ATTEMPTS_MAX):
            if job.over.is_set():
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
                job.over.wait(READ_PAUSE_S)
            else:
                break
        return failure

    def _read_once(self, service: Pcsc, job: _Job) -> CardReading:
        slots = service.slots(self._readers)
        visit = self._one_card.reader if self._one_card is not None else None
        slot = next((slot for slot in slots if slot.present and visit in (None, slot.reader)), None)
        if slot is None:
            gone = all(slot.gone for slot in slots)
            raise CardError(Code.READER_GONE if gone else Code.NO_CARD)
        job.reader = slot.reader
        return read_slot(service, slot, authenticator=self._authenticator, abandoned=job.asked)

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
            return read_application(card, authenticator=authenticator, atr=slot.atr, release=card.disconnect)
    except CardError as error:
        doubtful = error.code is Code.TRANSMIT_FAILED and not (abandoned is not None and abandoned())
        if error.code is Code.NO_CARD or (doubtful and service.card_left(slot)):
            raise CardError(Code.CARD_REMOVED, hresult=error.failure.hresult) from None
        raise


def _nobody(event: CardEvent) -> None:
    """Where events go before anybody listens."""
