"""Full read of a 2.0 card through pcscd, against the same 17 commands as bare `smartcard.scard` calls.

Both sides keep their context, connect exclusively, and leave the card powered. Rounds are interleaved in
an order drawn each time; a block's figure is the lowest tenth of each side, for neighbours on the
machine only ever add. Each block has a service, a card and contexts of its own, for where the kernel
happens to place them moves a figure by several per cent; the ratio is the median over blocks. `service`
is the same read through `CardReader`: two threads, a watchdog, and a look for the slot that holds the
card.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable

import smartcard.scard as scard

from hw.card import CardReader, CardReading, Readers
from hw.card.application import APPLICATION_NAME
from hw.card.holder import EF06
from hw.card.issuer import EF05
from hw.card.reader import read_slot
from hw.card.transport import Pcsc
from hw.card.virtual import VirtualReader, invent

GATE = 1.10
TARGET = 1.05


def commands() -> list[list[int]]:
    """The 17 commands of a full read, as the raw calls take them."""
    chain = [[0x00, 0xA4, 0x04, 0x00, len(APPLICATION_NAME), *APPLICATION_NAME]]
    for file in (EF05, EF06):
        chain.append([0x00, 0xA4, 0x02, 0x00, 0x02, *file.identifier.to_bytes(2, "big")])
        chain.extend([0x00, 0xB2, item.tag, 0x00, item.size + 2] for item in file.items)
    return chain


def raw_read(context: int, reader: str, chain: list[list[int]]) -> None:
    either = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    result, card, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_EXCLUSIVE, either)
    assert result == 0
    for command in chain:
        result, answer = scard.SCardTransmit(card, protocol, command)
        assert result == 0
        assert answer[-2:] == [0x90, 0x00]
    scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)


def timed_ms(call: Callable[[], object]) -> float:
    began_ns = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - began_ns) / 1e6


def block(rounds: int) -> dict[str, float]:
    """Milliseconds of each side over interleaved rounds, on a fresh service."""
    with VirtualReader() as virtual:
        virtual.serve_this_process()
        person = invent(1)
        virtual.insert(person)
        reader = virtual.reader_name()
        chain = commands()
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        with Pcsc() as service:
            (slot,) = service.slots(Readers(contact=reader))
            assert read_slot(service, slot).id_number == person.id_number
            card_reader = CardReader(reader)
            assert isinstance(card_reader.read().result(), CardReading)
            sides: dict[str, Callable[[], object]] = {
                "raw": lambda: raw_read(context, reader, chain),
                "read": lambda: read_slot(service, slot),
                "service": lambda: card_reader.read().result(),
            }
            pair = interleaved(rounds, {name: sides[name] for name in ("raw", "read")})
            # Apart, for its threads end a little later than it does, in what comes next.
            service_ms = interleaved(rounds // 4, sides)["service"]
            card_reader.close()
        scard.SCardReleaseContext(context)
    return {**pair, "service": service_ms}


def interleaved(rounds: int, sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The lowest tenth of each side, in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name in random.sample(list(sides), len(sides)):
            times[name].append(timed_ms(sides[name]))
    return {name: statistics.quantiles(values, n=10)[0] for name, values in times.items()}


def measure(blocks: int, rounds: int) -> dict[str, object]:
    block(rounds)  # once for the caches
    rows = [block(rounds) for _ in range(blocks)]
    ratios = [row["read"] / row["raw"] for row in rows]
    return {
        "name": "card_read",
        "reference": "the same 17 commands as raw smartcard.scard calls",
        "ratio": round(statistics.median(ratios), 3),
        "target": TARGET,
        "gate": GATE,
        "passed": statistics.median(ratios) <= GATE,
        "figures": {
            "blocks": blocks,
            "rounds": rounds,
            "commands": len(commands()),
            "ratios": [round(ratio, 3) for ratio in ratios],
            **{f"{name}_ms": round(statistics.median(row[name] for row in rows), 3) for name in rows[0]},
            "service_ratio": round(statistics.median(row["service"] / row["raw"] for row in rows), 3),
        },
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="7 blocks of 40 rounds instead of 15 of 120")
    chosen = parser.parse_args()
    result = measure(*((7, 40) if chosen.quick else (15, 120)))
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
