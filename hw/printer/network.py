"""A receipt printer on the network: its bytes over one TCP connection, port 9100 by custom.

The connection carries no name and no secret: the printer belongs on a network of its own
with the terminal.
"""

from __future__ import annotations

import ipaddress
import select
import socket
import time

PORT = 9100
CONNECT_WAIT_S = 3.0
"""A printer that is switched off answers nothing; one on the same network answers in milliseconds."""


class NetworkChannel:
    """One connection. Raises OSError when there is none within CONNECT_WAIT_S, ValueError for a name.

    An address, not a name: looking up a name has no deadline of ours.
    """

    RECEIVE_MAX_BYTES = 256

    def __init__(self, address: str, port: int = PORT) -> None:
        ipaddress.ip_address(address)
        self._socket = socket.create_connection((address, port), timeout=CONNECT_WAIT_S)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes, wait_s: float) -> bool:
        until_s = time.monotonic() + wait_s
        rest = memoryview(data)
        while rest:
            left_s = until_s - time.monotonic()
            if left_s <= 0 or not select.select([], [self._socket], [], left_s)[1]:
                return False
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                continue  # ready for fewer bytes than asked; select again
        return True

    def receive(self, wait_s: float) -> bytes:
        if not select.select([self._socket], [], [], max(0.0, wait_s))[0]:
            return b""
        try:
            said = self._socket.recv(self.RECEIVE_MAX_BYTES)
        except BlockingIOError:
            return b""
        if not said:
            raise ConnectionResetError("the printer closed the connection")
        return said

    def close(self) -> None:
        self._socket.close()
