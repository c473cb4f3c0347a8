"""One visit, one card: of the cards in a terminal's readers, the first that came is the patient's."""

from collections.abc import Callable

from hw.card.events import CardEvent, CardInserted, CardRemoved, SecondCard, ServiceLost


class OneCard:
    """Passes a watcher's events on so that at most one card counts as inserted.

    A card in another reader is told as `SecondCard`, and becomes the visit's when the first one leaves.
    Called in the watcher's thread; `reader` may be looked at from any.
    """

    def __init__(self, tell: Callable[[CardEvent], None]) -> None:
        self._tell = tell
        self._waiting: dict[str, CardInserted] = {}  # in the order they came
        self.reader: str | None = None
        """Where the visit's card is."""

    def __call__(self, event: CardEvent) -> None:
        match event:
            case CardInserted(reader=reader) if self.reader not in (None, reader):
                self._waiting[reader] = event
                self._tell(SecondCard(reader))
            case CardInserted(reader=reader):
                self.reader = reader
                self._tell(event)
            case CardRemoved(reader=reader) if reader in self._waiting:
                del self._waiting[reader]
            case CardRemoved():
                self.reader = None
                self._tell(event)
                self._promote()
            case ServiceLost():
                self.reader = None
                self._waiting.clear()
                self._tell(event)
            case _:
                self._tell(event)

    def _promote(self) -> None:
        for reader, event in self._waiting.items():
            del self._waiting[reader]
            self.reader = reader
            self._tell(event)
            return
