"""Traps of the virtual reader and of the usual binding, paid for once (reference: card, §3, §5 row 32)."""

import subprocess
import sys
import time
from collections.abc import Callable

from hw.card import CardReading, ReadResult
from hw.card.virtual import VirtualReader, invent

DELAYED_ACK_S = 0.04
"""What each message costs when the kernel holds back its acknowledgement."""
COMMANDS = 17

WATCH = """
import sys
from hw.card import CardReader, Readers, ReaderFound
import threading
found = threading.Event()
reader = CardReader(readers=Readers(contact="*00 00"))
reader.start(lambda event: found.set() if isinstance(event, ReaderFound) else None)
assert found.wait(20)
reader.close()
print("smartcard.scard" in sys.modules, "smartcard.CardMonitoring" in sys.modules)
"""


def test_no_message_of_the_virtual_card_waits_for_an_acknowledgement(
    virtual: VirtualReader, read: Callable[[], ReadResult]
) -> None:
    virtual.insert(invent(1))
    took_s = []
    for _ in range(5):
        began_s = time.monotonic()
        assert isinstance(read(), CardReading)
        took_s.append(time.monotonic() - began_s)
    assert min(took_s) < COMMANDS * DELAYED_ACK_S


def test_the_monitor_that_dies_with_its_service_is_not_even_loaded(virtual: VirtualReader) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WATCH],
        env={"PYTHONPATH": ":".join(sys.path), **virtual.env()},
        capture_output=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == ("True False\n", "")
