"""A PC/SC binding that takes the time of every command on its way."""

import time

from hw.card import _pcsc as pcsc


class TimedScard:
    """Passes all calls on. Keeps how long each command took and how it ended; never what it held."""

    def __init__(self, scard: pcsc.Scard) -> None:
        self._transmit = scard.SCardTransmit
        self._connect = scard.SCardConnect
        self.SCardEstablishContext = scard.SCardEstablishContext
        self.SCardReleaseContext = scard.SCardReleaseContext
        self.SCardListReaders = scard.SCardListReaders
        self.SCardDisconnect = scard.SCardDisconnect
        self.SCardBeginTransaction = scard.SCardBeginTransaction
        self.SCardEndTransaction = scard.SCardEndTransaction
        self.SCardStatus = scard.SCardStatus
        self.SCardGetStatusChange = scard.SCardGetStatusChange
        self.SCardCancel = scard.SCardCancel
        self.command_ms: list[float] = []
        self.wrong_length = 0  # answers 6Cxx: the command has to be sent again
        self.not_answered = 0
        self.attempts = 0

    def SCardConnect(self, context: int, reader: str, share: int, protocols: int, /) -> tuple[int, int, int]:
        self.attempts += share == pcsc.SHARE_EXCLUSIVE  # a second try to share the card is the same attempt
        return self._connect(context, reader, share, protocols)

    def SCardTransmit(self, card: int, protocol: int, command: list[int], /) -> tuple[int, list[int]]:
        began_s = time.perf_counter()
        result, answer = self._transmit(card, protocol, command)
        self.command_ms.append((time.perf_counter() - began_s) * 1000)
        self.not_answered += result != pcsc.SUCCESS
        self.wrong_length += answer[-2:-1] == [0x6C]
        return result, answer
