"""`python -m hw.card.virtual`: put one virtual card into a vpcd reader, until interrupted."""

import argparse
import sys
import threading
from pathlib import Path

from hw.card.virtual.card import VirtualCard
from hw.card.virtual.person import CardPerson
from hw.card.virtual.profiles import PROFILES
from hw.card.virtual.vpcd import VirtualSlot


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hw.card.virtual", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where vpcd listens (default %(default)s)")
    parser.add_argument("--port", type=int, default=35963, help="port of the slot (default %(default)s)")
    parser.add_argument(
        "--person", type=Path, required=True, metavar="FILE", help="JSON object of one person"
    )
    parser.add_argument("--profile", choices=sorted(PROFILES), default="plain", help="how the card behaves")
    chosen = parser.parse_args(arguments)
    try:
        person = CardPerson.from_json(chosen.person.read_text("utf-8"))
    except (OSError, ValueError) as error:
        print(f"{chosen.person}: {error}", file=sys.stderr)
        return 2
    slot = VirtualSlot(chosen.host, chosen.port)
    slot.insert(VirtualCard(person, chosen.profile))
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        slot.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
