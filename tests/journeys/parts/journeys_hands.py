"""Devices in a test's hand: a reader that is given cards, a camera that is shown codes, a tray of papers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from hw.card import CardFailure, CardInserted, CardReading, CardRemoved, CardSilent, ReaderFound, ReaderGone
from hw.printer.document import Document
from hw.printer.port import Printed, PrinterOk, PrinterState, PrintOutcome
from hw.scanner.classify import Code, CodeKind, classify
from hw.scanner.hint import Hint
from hw.scanner.port import Failure, Phase, ScannerState
from kiosk.sandbox.persons import BY_ID


@dataclass
class HandReader:
    """A card reader in a test's hand: what is put in is read at once."""

    result: CardReading | CardFailure | None = None
    tell: Callable[[Any], None] = print
    plugged_in: bool = True
    held: Future[CardReading | CardFailure] | None = None

    def start(self, tell: Callable[[Any], None]) -> None:
        self.tell = tell
        if self.plugged_in:
            tell(ReaderFound("hand"))

    def goes_quiet(self) -> None:
        """The card in it does not answer for a while."""
        self.tell(CardSilent("hand", 1.5))

    def unplug(self) -> None:
        """Pull the reader's cable."""
        self.tell(ReaderGone("hand"))

    def plug_in(self) -> None:
        """Put it back."""
        self.tell(ReaderFound("hand"))

    def insert(self, result: CardReading | CardFailure, *, mute: bool = False) -> None:
        """Put a card in."""
        self.result = result
        self.tell(CardInserted("hand", mute))

    def remove(self) -> None:
        """Pull it."""
        self.result = None
        self.tell(CardRemoved("hand"))

    def read(self) -> Future[CardReading | CardFailure]:
        assert self.result is not None, "read without a card"
        if self.held is not None:
            return self.held
        done: Future[CardReading | CardFailure] = Future()
        done.set_result(self.result)
        return done

    def hold(self) -> Future[CardReading | CardFailure]:
        """From now on a reading ends only when the test ends it."""
        self.held = Future()
        return self.held

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class HandScanner:
    """A camera in a test's hand. `looking`: it is open. `failure`: it gives no pictures."""

    looking: bool = False
    failure: Failure | None = None
    on_code: Callable[[Code], None] | None = None
    on_state: Callable[[ScannerState], None] | None = None
    on_hint: Callable[[Hint | None], None] | None = None
    wanted: frozenset[CodeKind] | None = None

    def start(
        self,
        on_code: Callable[[Code], None],
        on_state: Callable[[ScannerState], None] | None = None,
        *,
        on_hint: Callable[[Hint | None], None] | None = None,
        wanted: frozenset[CodeKind] | None = None,
    ) -> None:
        self.looking, self.on_code, self.on_state, self.on_hint = True, on_code, on_state, on_hint
        self.wanted = wanted
        self._tell()

    def would_help(self, hint: Hint | None) -> None:
        """A code is seen and not read; this would help."""
        assert self.on_hint is not None
        self.on_hint(hint)

    def breaks(self, failure: Failure | None) -> None:
        """The camera fails, or with None gives pictures again."""
        self.failure = failure
        if self.looking:
            self._tell()

    def _tell(self) -> None:
        assert self.on_state is not None
        phase = Phase.WATCHING if self.failure is None else Phase.FAILED
        self.on_state(ScannerState(phase, self.failure))

    def show(self, text: str) -> None:
        """Hold a code up."""
        assert self.looking, "the camera is closed"
        assert self.on_code is not None
        self.on_code(classify(text))

    def stop(self) -> None:
        self.looking = False

    def close(self) -> None:
        self.looking = False


@dataclass
class Tray:
    """A printer that keeps what it printed."""

    papers: list[Document] = field(default_factory=list)
    outcome: PrintOutcome = field(default_factory=lambda: Printed("1"))
    condition: PrinterState = field(default_factory=PrinterOk)

    def state(self) -> PrinterState:
        return self.condition

    def print(self, document: Document, copy: int = 0) -> PrintOutcome:
        self.papers.append(document)
        return self.outcome

    def words(self) -> str:
        """All that stands on the papers."""
        return "\n".join(str(item) for paper in self.papers for item in paper.lines)


def card_of(person_id: str, **changed: Any) -> CardReading:
    """What the card of a person gives."""
    person = BY_ID[person_id]
    card = person.card
    assert card is not None
    fields: dict[str, Any] = {
        "version": card.version,
        "card_id": card.card_id,
        "region": card.card_id[:6],
        "card_class": "1",
        "issuer": None,
        "issued_on": card.issued_on,
        "expires_on": card.expires_on,
        "card_no": card.card_no,
        "id_number": person.cert_no,
        "name": person.name,
        "sex": person.sex,
        "ethnic_group": person.ethnicity,
        "birth_region": None,
        "born_on": person.birth_date,
    }
    return CardReading(**(fields | changed))
