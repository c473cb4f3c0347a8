"""17: a device is out of work. The staff hear of it once for each outage, the patient before money moves."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.journeys.desk import CardIn, DeviceNews
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import Terminal
from kiosk.journeys.views import DeviceTrouble

DEVICE_TROUBLE = "device.trouble"
"""A device is out of work: for the staff, through the collector."""

CODES = {"printer": "PR-13", "card_reader": "CD-10", "camera": "QR-06", "identity": "CD-10"}
"""What each is told under. `identity`: reader and camera both, so that nobody can say here who they are."""


def out_of_work(t: Terminal, device: str, reasons: Iterable[str]) -> str:
    """Note an outage, once; when the staff were told, for the screen."""
    if device not in t.troubles:
        t.troubles[device] = t.local_now().strftime("%H:%M")
        t.note(DEVICE_TROUBLE, {"device": device, "codes": list(reasons)})
    return t.troubles[device]


def at_work(t: Terminal, *devices: str) -> None:
    """An outage is over."""
    for device in devices:
        t.troubles.pop(device, None)


async def go_on_without(t: Terminal, device: str, reasons: Iterable[str]) -> bool:
    """Say so and let the patient choose: True to go on here. Raises Leave as `Desk.next`."""
    t.desk.show(DeviceTrouble(device, CODES[device], out_of_work(t, device, reasons)), stop=1)
    while True:
        match await t.desk.next():
            case CardIn():
                return True  # it speaks for itself; whoever identifies the patient finds it in
            case DeviceNews(failure="") if device != "printer":
                return True  # it works again
            case Intent(name="go_on") if device != "identity":
                return True
            case Intent(name="other"):
                return False
            case _:
                pass
