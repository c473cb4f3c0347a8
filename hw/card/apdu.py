"""Commands and status words: bytes in, `(bytes, sw)` out (ISO/IEC 7816-3 §12, 7816-4 §5)."""

import logging
from abc import ABC, abstractmethod
from typing import Protocol

from hw.card.failure import CardError, Code

_log = logging.getLogger(__name__)

OK = 0x9000
SW_OK = b"\x90\x00"
GET_RESPONSES_MAX = 16
"""Pieces of one answer; 16 pieces are 4 KiB, and no file here has more than 100 bytes."""


class Channel(Protocol):
    """Anything that carries commands to a card and brings answers back."""

    def transmit(self, command: bytes) -> bytes:
        """One command, one answer with its status word."""
        ...

    def transmit_all(self, commands: tuple[bytes, ...]) -> list[bytes]:
        """One after another, as long as each is answered by 9000. The last answer given may be another."""
        ...


class OneByOne(ABC):
    """A channel that has no better way to send many commands than one at a time."""

    @abstractmethod
    def transmit(self, command: bytes) -> bytes: ...

    def transmit_all(self, commands: tuple[bytes, ...]) -> list[bytes]:
        answers: list[bytes] = []
        for command in commands:
            answers.append(self.transmit(command))
            if not answers[-1].endswith(SW_OK):
                break
        return answers


def exchange(channel: Channel, command: bytes) -> tuple[bytes, int]:
    """Send `command`; return the data and the status word.

    Raises TRANSMIT_FAILED for an answer without a status word, and whatever the channel raises.
    """
    return complete(channel, command, channel.transmit(command))


def complete(channel: Channel, command: bytes, answer: bytes) -> tuple[bytes, int]:
    """Make the first `answer` to `command` a whole one, and split it into data and status word.

    T=0 leaves two chores to the program on readers that pass plain TPDUs, and T=1 never shows them: `6Cxx`
    asks for the command again with the right length, `61xx` for GET RESPONSE.
    """
    data, sw = _split(answer)
    if sw >> 8 == 0x6C and len(command) == 5:
        data, sw = _split(channel.transmit(command[:4] + bytes([sw & 0xFF])))
    for _ in range(GET_RESPONSES_MAX):
        if sw >> 8 != 0x61:
            break
        more, sw = _split(channel.transmit(bytes([command[0] & 0x03, 0xC0, 0x00, 0x00, sw & 0xFF])))
        data += more
    return data, sw


def traced(channel: Channel) -> Channel:
    """`channel` with a trace of its traffic, when debugging is on.

    The trace shows header, length and status word: never data, for the data is the person.
    """
    return _Traced(channel) if _log.isEnabledFor(logging.DEBUG) else channel


class _Traced(OneByOne):
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def transmit(self, command: bytes) -> bytes:
        answer = self._channel.transmit(command)
        _log.debug("%s -> %d bytes, %s", command[:4].hex(), max(0, len(answer) - 2), answer[-2:].hex())
        return answer


def _split(answer: bytes) -> tuple[bytes, int]:
    if len(answer) < 2:
        raise CardError(Code.TRANSMIT_FAILED)
    return answer[:-2], answer[-2] << 8 | answer[-1]
