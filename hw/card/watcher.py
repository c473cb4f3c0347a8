"""News of cards and readers, from one thread that blocks in the PC/SC service and survives its restarts.

The usual monitor classes die for good with the service (reference: card, §4.4, §5 row 32); this one does
not. It wakes only when something changed.
"""

import threading
from collections.abc import Callable

from hw.card import _pcsc as pcsc
from hw.card.events import (
    CardEvent,
    CardInserted,
    CardRemoved,
    ReaderFound,
    ReaderGone,
    ReadersNotChosen,
    ServiceBack,
    ServiceLost,
)
from hw.card.failure import CardError, Code
from hw.card.roles import THE_ONLY_READER, Readers, for_patients
from hw.card.transport import Pcsc, Slot, slot_of

SERVICE_RETRY_S = 0.1
"""Pause before looking for a lost service again; one look costs 0.1 ms, and 0.5 s is the longest a patient
waits.
"""

CLOSE_MAX_S = 2.0
CANCEL_RETRY_S = 0.02
"""A cancel is lost when the thread is just about to block, so `close` repeats it."""


class CardWatcher:
    """Reports every event of the readers that `Readers` chooses for patients, in order, to `on_event`.

    `on_event` is called in the watcher's thread and must hand over and return: a queue's `put_nowait`, a
    loop's `call_soon_threadsafe`. A card that is in when the watcher starts counts as inserted. A card
    swapped faster than anyone looks gives a removal and an insertion: the service counts both.
    """

    def __init__(
        self,
        on_event: Callable[[CardEvent], None],
        readers: Readers = THE_ONLY_READER,
        *,
        scard: pcsc.Scard | None = None,
    ) -> None:
        self._tell = on_event
        self._readers = readers
        self._scard = scard
        self._stop = threading.Event()
        self._pcsc: Pcsc | None = None
        self._lost = False
        self._unchosen: str | None = None  # readers that the configuration does not tell apart, when told
        self._thread = threading.Thread(target=self._run, name="card-watcher", daemon=True)

    def start(self) -> None:
        """Begin to watch. At most once."""
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop, within CLOSE_MAX_S. No event is told after that. Safe to call twice."""
        self._stop.set()
        for _ in range(round(CLOSE_MAX_S / CANCEL_RETRY_S)):
            if not self._thread.is_alive():
                return
            watched = self._pcsc
            if watched is not None:
                watched.cancel()
            self._thread.join(CANCEL_RETRY_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with Pcsc(self._scard) as watched:
                    self._pcsc = watched
                    self._back()
                    self._watch(watched)
            except CardError as error:
                if error.code is not Code.CANCELLED:
                    self._note_lost(error.code)
            finally:
                self._pcsc = None
            self._stop.wait(SERVICE_RETRY_S)

    def _back(self) -> None:
        if self._lost:
            self._lost = False
            self._tell(ServiceBack())

    def _note_lost(self, code: Code) -> None:
        if not self._lost:
            self._lost = True
            self._unchosen = None
            self._tell(ServiceLost(code))

    def _watch(self, watched: Pcsc) -> None:
        slots: dict[str, Slot] = {}
        known: dict[str, int] = {}
        plugged = pcsc.STATE_UNAWARE
        self._find_readers(watched, slots, known)
        while not self._stop.is_set():
            try:
                rows = watched.states([*known.items(), (pcsc.PNP_NOTIFICATION, plugged)], pcsc.INFINITE_MS)
            except CardError as error:
                if error.code is not Code.READER_GONE:
                    raise
                self._stop.wait(SERVICE_RETRY_S)  # the list may name a reader a little longer than it lives
                self._find_readers(watched, slots, known)
                continue
            relist = False
            for name, state, atr in () if self._stop.is_set() else rows or ():
                if name == pcsc.PNP_NOTIFICATION:
                    relist = relist or bool(state & pcsc.STATE_CHANGED)
                    plugged = state & ~pcsc.STATE_CHANGED
                    continue
                now = slot_of((name, state, atr))
                self._compare(slots[name], now)
                slots[name], known[name] = now, state & ~pcsc.STATE_CHANGED
                if now.gone:
                    relist = True
                    self._stop.wait(SERVICE_RETRY_S)
            if relist:
                self._find_readers(watched, slots, known)

    def _find_readers(self, watched: Pcsc, slots: dict[str, Slot], known: dict[str, int]) -> None:
        names = self._chosen(watched.readers())
        for name in [name for name in slots if name not in names]:
            if slots.pop(name).present:
                self._tell(CardRemoved(name))
            del known[name]
            self._tell(ReaderGone(name))
        for name in names:
            if name not in slots:
                slots[name], known[name] = Slot(name), pcsc.STATE_UNAWARE
                self._tell(ReaderFound(name))

    def _chosen(self, names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            chosen, unchosen = for_patients(names, self._readers), None
        except CardError as error:
            chosen, unchosen = (), error.failure.item
        if unchosen is not None and unchosen != self._unchosen:
            self._tell(ReadersNotChosen(unchosen))
        self._unchosen = unchosen
        return chosen

    def _compare(self, before: Slot, now: Slot) -> None:
        swapped = before.present and now.present and before.changes != now.changes
        if before.present and (swapped or not now.present):
            self._tell(CardRemoved(now.reader))
        if now.present and (swapped or not before.present):
            self._tell(CardInserted(now.reader, now.mute, now.atr))
