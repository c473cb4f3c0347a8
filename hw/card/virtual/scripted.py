"""A PC/SC binding without a service: one reader, one virtual card, and results that are dictated.

For what no virtual reader can show: mute chips, unplugged readers, drivers that give up, handles gone bad.
The numbers dictated are those that real services were seen to give, or are documented to (reference: card,
§5).
"""

from collections.abc import Callable, Sequence

from hw.card import _pcsc as pcsc
from hw.card.virtual.card import VirtualCard
from hw.card.virtual.person import invent

READER = "Scripted Reader 00 00"

BAD_HANDLE = -1
"""Dictated in place of a result: the binding raises SystemError, as it does when handed a dead handle."""


class ScriptedScard:
    """Gives good results, but for those in `dictated`: a list for each function, used up from the front."""

    def __init__(self, state: int = pcsc.STATE_PRESENT, card: VirtualCard | None = None) -> None:
        self.card = card or VirtualCard(invent(1))
        self.names = [READER]
        self.state = state
        self.dictated: dict[str, list[int]] = {}
        self.open_contexts = 0
        self.open_cards = 0
        self.calls: list[str] = []
        self.disposition: int | None = None  # of the last disconnect

    def result_of(self, function: str) -> int:
        """The next result of `function`, noted as called. Raises SystemError where BAD_HANDLE is dictated."""
        self.calls.append(function)
        dictated = self.dictated.get(function)
        result = dictated.pop(0) if dictated else pcsc.SUCCESS
        if result == BAD_HANDLE:
            raise SystemError("returned NULL without setting an exception")
        return result

    def SCardEstablishContext(self, scope: int, /) -> tuple[int, int]:
        result = self.result_of("SCardEstablishContext")
        self.open_contexts += result == pcsc.SUCCESS
        return result, 7

    def SCardReleaseContext(self, context: int, /) -> int:
        self.open_contexts -= 1
        return self.result_of("SCardReleaseContext")

    def SCardListReaders(self, context: int, groups: Sequence[str], /) -> tuple[int, list[str]]:
        return self.result_of("SCardListReaders"), self.names

    def SCardGetStatusChange(
        self, context: int, timeout_ms: int, states: Sequence[tuple[str, int]], /
    ) -> tuple[int, list[pcsc.ReaderState]]:
        rows: list[pcsc.ReaderState] = [
            (name, self.state | pcsc.STATE_CHANGED, list(self.card.atr)) for name, _ in states
        ]
        return self.result_of("SCardGetStatusChange"), rows

    def SCardConnect(self, context: int, reader: str, share: int, protocols: int, /) -> tuple[int, int, int]:
        result = self.result_of("SCardConnect")
        self.open_cards += result == pcsc.SUCCESS
        return result, 9, pcsc.PROTOCOL_T0

    def SCardDisconnect(self, card: int, disposition: int, /) -> int:
        self.open_cards -= 1
        self.disposition = disposition
        return self.result_of("SCardDisconnect")

    def SCardTransmit(self, card: int, protocol: int, command: list[int], /) -> tuple[int, list[int]]:
        result = self.result_of("SCardTransmit")
        return result, [] if result else list(self.card.answer(bytes(command)) or b"")

    def SCardStatus(self, card: int, /) -> tuple[int, str, int, int, list[int]]:
        return self.result_of("SCardStatus"), self.names[0], self.state, pcsc.PROTOCOL_T0, list(self.card.atr)

    def SCardBeginTransaction(self, card: int, /) -> int:
        return self.result_of("SCardBeginTransaction")

    def SCardEndTransaction(self, card: int, disposition: int, /) -> int:
        return self.result_of("SCardEndTransaction")

    def SCardCancel(self, context: int, /) -> int:
        return self.result_of("SCardCancel")


class Play(ScriptedScard):
    """States one after another, for a watcher: each look at the readers plays one act, until none is left."""

    def __init__(self, *acts: Callable[["Play"], None]) -> None:
        super().__init__(pcsc.STATE_EMPTY)
        self.acts = list(acts)

    def SCardGetStatusChange(
        self, context: int, timeout_ms: int, states: Sequence[tuple[str, int]], /
    ) -> tuple[int, list[pcsc.ReaderState]]:
        if not self.acts:
            return pcsc.CANCELLED, []
        self.acts.pop(0)(self)
        rows: list[pcsc.ReaderState] = []
        for name, _ in states:
            state = 0 if name == pcsc.PNP_NOTIFICATION else self.state
            rows.append((name, state | pcsc.STATE_CHANGED, list(self.card.atr)))
        return self.result_of("SCardGetStatusChange"), rows
