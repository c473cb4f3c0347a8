"""Readers that a kernel driver has taken: the card service never sees them (reference: card, §5 row 31).

Linux brings drivers of its own for the chips of some contactless readers. They bind when the reader is
plugged in, and to the service it is as if there were none.
"""

from pathlib import Path

USB_DRIVERS = Path("/sys/bus/usb/drivers")

NFC_DRIVERS = ("pn533_usb", "pn533", "port100")
"""Names under USB_DRIVERS: of the PN533 family (two kernels' names), and of the RC-S380."""


def held_by_kernel(drivers: Path = USB_DRIVERS) -> tuple[str, ...]:
    """Driver and port of each such reader, like "pn533_usb 1-1.3"; empty where there is no sysfs."""
    return tuple(
        f"{name} {port}"
        for name in NFC_DRIVERS
        for port in sorted({link.name.partition(":")[0] for link in (drivers / name).glob("*-*:*")})
    )
