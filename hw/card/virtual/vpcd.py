"""The link between a virtual card and vpcd, the reader driver of vsmartcard (reference: card, §3.1).

Frames both ways: length (16 bits, big-endian), body. A body of one byte is about power; others are
commands. The card connects to the reader; a closed connection is a card pulled out.
"""

import contextlib
import socket
import struct
import threading
import time

from hw.card.virtual.card import CardGone, VirtualCard
from hw.card.virtual.psam import VirtualPsam

_SEND_ATR = 0x04  # the other bodies of one byte are 00 power off, 01 power on, 02 reset

CONNECT_MAX_S = 1.0
RECONNECT_PAUSE_S = 0.005
"""Between looks for a reader whose service restarts; the card stays in meanwhile."""


class VirtualSlot:
    """A slot of vpcd at `host`:`port`. A card put in stays in, whatever the service does, until it is
    removed.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._inside: _Insertion | None = None

    @property
    def card(self) -> VirtualCard | VirtualPsam | None:
        """The card that is in, if any."""
        return self._inside.card if self._inside is not None else None

    def insert(self, card: VirtualCard | VirtualPsam) -> None:
        """Put a card in; one that is in already is pulled first. Readers that poll notice within 0.4 s."""
        self.remove()
        self._inside = _Insertion(self._address, card)

    def remove(self) -> None:
        """Pull the card; nothing happens in an empty slot."""
        inside, self._inside = self._inside, None
        if inside is not None:
            inside.end()


class _Insertion:
    """One stay of a card in a slot: a thread that answers until the card is pulled."""

    def __init__(self, address: tuple[str, int], card: VirtualCard | VirtualPsam) -> None:
        self.card = card
        self._address = address
        self._pulled = threading.Event()
        self._link: socket.socket | None = None
        self._thread = threading.Thread(target=self._stay, name="virtual-card", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._pulled.set()
        link = self._link
        if link is not None:
            with contextlib.suppress(OSError):  # already closed from the other side
                link.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _stay(self) -> None:
        while not self._pulled.is_set():
            # Whatever breaks the link, the card is still in: it tries again until the service is back.
            with contextlib.suppress(OSError), socket.create_connection(self._address, CONNECT_MAX_S) as link:
                link.settimeout(None)
                self._link = link
                try:
                    self._serve(link)
                except CardGone:
                    self._pulled.set()
            self._link = None
            self._pulled.wait(RECONNECT_PAUSE_S)

    def _serve(self, link: socket.socket) -> None:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.card.reset()
        while not self._pulled.is_set() and (head := _receive(link, 2)) is not None:
            body = _receive(link, struct.unpack(">H", head)[0])
            if body is None:
                return
            if len(body) != 1:
                answer = self._answer(body)
            elif body[0] == _SEND_ATR:
                answer = self.card.atr
            else:
                self.card.reset()  # none of them is answered
                continue
            if answer is not None:
                link.sendall(struct.pack(">H", len(answer)) + answer)

    def _answer(self, command: bytes) -> bytes | None:
        if self.card.profile.delay_s:
            time.sleep(self.card.profile.delay_s)
        return self.card.answer(command)


def _receive(link: socket.socket, size: int) -> bytes | None:
    """Exactly `size` bytes; None when the other side has closed.

    The driver sends length and body apart, with Nagle's algorithm on: without a quick acknowledgement,
    which the kernel forgets each time, every command costs 44 ms (reference: card, §3.3).
    """
    data = b""
    while len(data) < size:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        more = link.recv(size - len(data))
        if not more:
            return None
        data += more
    return data
