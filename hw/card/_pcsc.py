"""The numbers of PC/SC (PC/SC Workgroup part 5; pcsc-lite `pcsclite.h`), and what each result means here.

Kept apart from pyscard so that importing this room does not load it (20 ms), and so that decisions rest on
the 32-bit result: pyscard's classes and texts differ between versions, and some results come back negative.
"""

import os
import socket
from collections.abc import Sequence
from typing import Protocol

from hw.card.failure import Code

SUCCESS = 0x00000000
CANCELLED = 0x80100002
INVALID_HANDLE = 0x80100003
TIMEOUT = 0x8010000A
NO_READERS = 0x8010002E
UNKNOWN_READER = 0x80100009
READER_UNAVAILABLE = 0x80100017
NOT_TRANSACTED = 0x80100016
SHARING_VIOLATION = 0x8010000B
COMM_ERROR = 0x80100013
SECURITY_VIOLATION = 0x8010006A
NO_SERVICE = 0x8010001D

SCOPE_SYSTEM = 2
SHARE_EXCLUSIVE = 1
SHARE_SHARED = 2
PROTOCOL_T0 = 1
PROTOCOL_T1 = 2
LEAVE_CARD = 0
RESET_CARD = 1
INFINITE_MS = 0x7FFFFFFF

STATE_UNAWARE = 0x0000
STATE_CHANGED = 0x0002
STATE_UNKNOWN = 0x0004
STATE_UNAVAILABLE = 0x0008
STATE_EMPTY = 0x0010
STATE_PRESENT = 0x0020
STATE_MUTE = 0x0200

PNP_NOTIFICATION = "\\\\?PnP?\\Notification"
"""The name under which pcsc-lite reports that readers came or went."""

CODE_OF_HRESULT = {
    CANCELLED: Code.CANCELLED,
    INVALID_HANDLE: Code.NO_SERVICE,  # a context or card handle of a service that is gone
    UNKNOWN_READER: Code.READER_GONE,
    SHARING_VIOLATION: Code.CARD_BUSY,
    0x8010000C: Code.NO_CARD,
    0x8010000F: Code.PROTOCOL,
    COMM_ERROR: Code.NO_SERVICE,  # the service died during the call
    SECURITY_VIOLATION: Code.NO_SERVICE,  # likewise: pcsc-lite's name for a connection that was closed
    NOT_TRANSACTED: Code.TRANSMIT_FAILED,
    READER_UNAVAILABLE: Code.READER_GONE,
    NO_SERVICE: Code.NO_SERVICE,
    0x8010001E: Code.NO_SERVICE,  # SERVICE_STOPPED
    0x80100027: Code.SERVICE_REFUSED,  # NO_ACCESS: polkit
    0x80100006: Code.SERVICE_REFUSED,  # NO_MEMORY: contexts used up
    NO_READERS: Code.NO_READER,
    0x80100065: Code.PROTOCOL,  # UNSUPPORTED_CARD
    0x80100066: Code.CARD_MUTE,  # UNRESPONSIVE_CARD
    0x80100067: Code.CARD_MUTE,  # UNPOWERED_CARD
    0x80100068: Code.CARD_RESET,
    0x80100069: Code.CARD_REMOVED,
}


def code_of(hresult: int) -> Code:
    """The failure behind a PC/SC result; `READER_FAULT` for one this table does not know."""
    return CODE_OF_HRESULT.get(hresult & 0xFFFFFFFF, Code.READER_FAULT)


SERVICE_SOCKET = "/run/pcscd/pcscd.comm"
SERVICE_SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
LISTENS_MAX_S = 0.5


def service_listens() -> bool:
    """Whether somebody takes connections at the service's socket, whatever becomes of them."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(LISTENS_MAX_S)
        try:
            probe.connect(os.environ.get(SERVICE_SOCKET_VARIABLE, SERVICE_SOCKET))
        except OSError:
            return False
    return True


ReaderState = tuple[str, int, Sequence[int]]


class Scard(Protocol):
    """The part of `smartcard.scard` this room uses; results come first, as 32-bit numbers of either sign."""

    def SCardEstablishContext(self, scope: int, /) -> tuple[int, int]: ...
    def SCardReleaseContext(self, context: int, /) -> int: ...
    def SCardListReaders(self, context: int, groups: Sequence[str], /) -> tuple[int, list[str]]: ...
    def SCardConnect(
        self, context: int, reader: str, share: int, protocols: int, /
    ) -> tuple[int, int, int]: ...
    def SCardDisconnect(self, card: int, disposition: int, /) -> int: ...
    def SCardBeginTransaction(self, card: int, /) -> int: ...
    def SCardEndTransaction(self, card: int, disposition: int, /) -> int: ...
    def SCardStatus(self, card: int, /) -> tuple[int, str, int, int, list[int]]: ...
    def SCardTransmit(self, card: int, protocol: int, command: list[int], /) -> tuple[int, list[int]]: ...
    def SCardGetStatusChange(
        self, context: int, timeout_ms: int, states: Sequence[tuple[str, int]], /
    ) -> tuple[int, list[ReaderState]]: ...
    def SCardCancel(self, context: int, /) -> int: ...


def system_scard() -> Scard:
    """The PC/SC binding of this machine. Raises ImportError where pyscard is not installed.

    The compiled module, not `smartcard.scard` around it, whose functions only pass their arguments on: a
    frame less for each command.
    """
    import smartcard.scard._scard

    module: Scard = smartcard.scard._scard
    return module
