"""Nonsense from cards, modules and back ends: every input must end in a value or a typed failure.

Five kinds of input: a card's answers to a whole read (garbled, cut, swapped, with every status word), records
as they stand in its files, answers to VERIFY, lines in the layouts of back ends, and bodies of the
card-authentication service. Each is made from the seed and its own number, so a find can be run again alone.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hw.card import holder, issuer, public
from hw.card.apdu import OneByOne
from hw.card.application import read_application
from hw.card.authentication import Declined, HsmAuthenticator, Silent
from hw.card.authentication.service import CardSecurityService, Proofs, proofs_in, understood
from hw.card.failure import CardError
from hw.card.formats import (
    FormatError,
    HsmAnswer,
    HsmQuestion,
    Line,
    decode,
    encode,
    extended,
    issuing,
    national,
)
from hw.card.holder import EF06
from hw.card.issuer import EF05, VERSIONS
from hw.card.item_reader import select_application
from hw.card.pin import verify_pin
from hw.card.public import PUBLIC_FILES, read_public
from hw.card.reading import CardReading, ReadingWarning, build, fields_of
from hw.card.reading import decode as decode_records
from hw.card.virtual import IssuerKeys, VirtualCard, invent

EXCHANGES_MAX = 2_000
"""More commands than the longest honest read with every answer in sixteen pieces; beyond is a hang."""

STATUS_WORDS = (
    *(0x9000, 0x6100, 0x6110, 0x61FF, 0x6C00, 0x6C02, 0x6CFF, 0x6281, 0x6283, 0x6300, 0x63C0, 0x63C2),
    *(0x6700, 0x6881, 0x6981, 0x6982, 0x6983, 0x6985, 0x6986, 0x6999, 0x6A80, 0x6A81, 0x6A82, 0x6A83),
    *(0x6A86, 0x6A88, 0x6B00, 0x6D00, 0x6E00, 0x6F00, 0x9303, 0x0000, 0xFFFF),
)
ITEMS = (*EF05.items, *EF06.items, *(item for file in PUBLIC_FILES for item in file.items))
_KEYS = IssuerKeys.fresh()
_ATR = VirtualCard(invent(1)).atr


_GOOD = {
    name: bytes.fromhex(on_card)
    for vectors in (issuer.VECTORS, holder.VECTORS, public.VECTORS)
    for name, on_card, _ in reversed(vectors)
} | {"id_number": invent(1).id_number.encode("ascii")}


class Hung(Exception):
    """The room asks without end."""


def spoilt(chance: random.Random, raw: bytes) -> bytes:
    """`raw` with something wrong with it."""
    match chance.randrange(7):
        case 0:
            return raw[: chance.randrange(len(raw) + 1)]
        case 1:
            return chance.randbytes(chance.choice((0, 1, 2, 3, 8, 40, 258)))
        case 2:
            return raw[:-2] + chance.choice(STATUS_WORDS).to_bytes(2, "big")
        case 3:
            return chance.choice(STATUS_WORDS).to_bytes(2, "big")
        case 4 if raw:
            place = chance.randrange(len(raw))
            return raw[:place] + chance.randbytes(1) + raw[place + 1 :]
        case 5:
            return raw + chance.randbytes(chance.randrange(1, 20))
        case _:
            return chance.randbytes(len(raw))


class Nonsense(OneByOne):
    """A card whose answers are spoilt now and then, or always."""

    def __init__(self, chance: random.Random, card: VirtualCard, often: float | None = None) -> None:
        self._chance, self._card = chance, card
        self._often = chance.choice((0.01, 0.03, 0.1, 0.5, 1.0)) if often is None else often
        self.exchanges = 0

    def transmit(self, command: bytes) -> bytes:
        self.exchanges += 1
        if self.exchanges > EXCHANGES_MAX:
            raise Hung
        answer = self._card.answer(command) or b""
        return spoilt(self._chance, answer) if self._chance.random() < self._often else answer


class AnyService(CardSecurityService):
    """A service that answers anything."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__("http://127.0.0.1")
        self._chance = chance

    def prove(self, question: HsmQuestion) -> Proofs:
        encode(question)
        match self._chance.randrange(4):
            case 0:
                return Silent("deadline")
            case 1:
                return Declined("-1", "")
            case _:
                proof = self._chance.randbytes(16).hex().upper()
                return HsmAnswer(proof, self._chance.choice((proof, "")))


def one_read(chance: random.Random) -> str:
    """A whole read, with an authenticator half of the time."""
    version = chance.choice(("1.00", "2.00", "3.00", "9.99"))
    profile = chance.choice(("plain", "strict_t0", "by_number", "hides_dates", "no_extension"))
    card = VirtualCard(invent(chance.randrange(1000), ssc_version=version), profile, keys=_KEYS)
    authenticator = HsmAuthenticator(AnyService(chance)) if chance.random() < 0.5 else None
    reading = read_application(Nonsense(chance, card), authenticator=authenticator, atr=_ATR)
    repr(reading)
    fields_of(reading)
    for made in (national, issuing, extended):
        encode(made(reading))
    return "opened" if not reading.protected else "partial"


def one_record(chance: random.Random) -> str:
    """Records of random tags, lengths and values, as a reading."""
    answers = []
    often = chance.choice((0.0, 0.02, 0.3))
    for item in chance.sample(ITEMS, len(ITEMS) - chance.choice((0, 0, 1, 4))):
        odd = chance.random() < often
        size = chance.randrange(256) if odd else item.size
        value = _GOOD[item.name].ljust(size, b"\x00")
        if chance.random() < often:
            value = chance.choice((chance.randbytes(size), b"\xff" * size, bytes(size), b"1" * size))
        record = bytes([item.tag, size]) + value[:size]
        answers.append((item, (spoilt(chance, record) if odd else record) + b"\x90\x00"))
    warnings: list[ReadingWarning] = []
    values = decode_records(answers, warnings)
    known = {name: value for name, value in values.items() if name in CardReading.__slots__}
    known.setdefault("card_id", "990101D1560000050000000000000001")
    build({**known, "name_extension": values.get("name_extension")}, (), warnings)
    return "reading"


def one_pin(chance: random.Random) -> str:
    """A PIN sent to a card that answers anything; the buffer must be wiped."""
    digits = f"{chance.randrange(10**6):06d}"
    card = VirtualCard(invent(1), pin=digits)
    given = bytearray(chance.choice((digits, "000000", digits[:5])).encode())
    channel = Nonsense(chance, card)
    try:
        select_application(channel)
        result = verify_pin(channel, given, use_last_try=chance.random() < 0.5)
        read_public(channel, chance.choice(list(VERSIONS.values())))
    finally:
        # A buffer that was never handed over is not this room's to wipe.
        assert not any(given) or card.received[-1][1] != 0x20, "a PIN was left in its buffer"
    return type(result).__name__


def one_line(chance: random.Random) -> str:
    """A line in one of the layouts, spoilt; what is read must be written again as it is understood."""
    line = chance.choice(_LINES)
    separator = line.separator.encode("ascii")
    parts = encode(line).split(separator)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        parts[chance.randrange(len(parts))] = chance.choice(_PARTS)
    raw = separator.join(parts)
    read = decode(type(line), spoilt(chance, raw) if chance.random() < 0.4 else raw)
    assert decode(type(read), encode(read)) == read
    return type(line).__name__


_READING = read_application(Nonsense(random.Random(1), VirtualCard(invent(1)), often=0.0), atr=_ATR)
_LINES: tuple[Line, ...] = (
    national(_READING, "990000000001", "KIOSK-1"),
    issuing(_READING),
    extended(_READING),
    HsmQuestion("990101", "00995A", "03", _READING.card_id, *["1F" * 8] * 4),
    HsmAnswer("AB" * 16, "CD" * 16),
)
_PARTS = (
    *(b"", b"990101", b"1", b"01", b"2.00", b"20210304", b"03", b"990101195003070017", b"Y00000001"),
    *(b"990101D1560000050000000000000001", b"991100000000", b"1F" * 8, b"22" * 16, b"\xb2\xe2\xca\xd4"),
    *(b"\xb2", b"\xcc|", b"\xcc", b"\xe2:\xca", b"00995A5A0186990000000000FF", b"\xff", b" ", b"1F" * 16),
)


def one_body(chance: random.Random) -> str:
    """What a card-authentication service might answer."""
    values: tuple[object, ...] = ("0", 0, -1, "-1", "x", None, [], {}, "AB" * 16, "ab" * 16, 1e400, True)
    output: dict[str, object] = {"aaa315": "AB" * 16, "aaa316": "CD" * 16}
    answer: dict[str, object] = {"errorcode": "0", "errormsg": "", "output": output}
    for _ in range(chance.choice((0, 0, 1, 2, 4))):
        part = chance.choice((answer, output))
        part[chance.choice(sorted(part))] = chance.choice(values)
    raw = json.dumps(answer).encode()
    if chance.random() < 0.4:
        raw = spoilt(chance, raw)
    told = understood(chance.choice((200, 200, 200, 500)), raw)
    return type(proofs_in(told) if isinstance(told, dict) else told).__name__


KINDS: dict[str, Callable[[random.Random], str]] = {
    "answers": one_read,
    "records": one_record,
    "pins": one_pin,
    "lines": one_line,
    "bodies": one_body,
}


@dataclass
class Found:
    """What became of the inputs of one kind."""

    inputs: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    untyped: list[str] = field(default_factory=list)


def fuzz(kind: str, seed: int, first: int, count: int) -> Found:
    """Inputs `first` to `first + count` of one kind. Never raises: what should not be is in `untyped`."""
    found = Found(count)
    for number in range(first, first + count):
        chance = random.Random(f"{kind} {seed} {number}")
        try:
            found.ended[KINDS[kind](chance)] += 1
        except CardError as error:
            found.ended[error.code] += 1
        except FormatError as error:
            found.ended[error.reason] += 1
        except Exception as error:
            found.untyped.append(f"{kind} {seed} {number}: {type(error).__name__}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 inputs of each kind instead of 100,000")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    count = 2_000 if chosen.quick else 100_000
    figures: dict[str, object] = {"inputs_of_each": count, "seed": chosen.seed}
    untyped: list[str] = []
    for kind in KINDS:
        began_s = time.perf_counter()
        found = fuzz(kind, chosen.seed, 0, count)
        per_s = round(count / (time.perf_counter() - began_s))
        figures[kind] = {"per_s": per_s, "ended": dict(found.ended.most_common())}
        untyped += found.untyped
    figures["untyped"] = untyped[:20]
    figures["untyped_count"] = len(untyped)
    print(json.dumps({"name": "fuzz_card", "reference": "no input ends untyped", "figures": figures}))
    return 1 if untyped else 0


if __name__ == "__main__":
    sys.exit(main())
