"""Which device file a USB printer has now: its number changes when it is plugged in again.

Debian makes no lasting names for /dev/usb/lp*, so the printer is named by what it says of
itself, vendor, product and serial number, and looked up in sysfs each time it is opened.
"""

from __future__ import annotations

import errno
import re
from pathlib import Path

SYS_CLASS = Path("/sys/class/usbmisc")
DEVICES = Path("/dev/usb")

_NAME = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?", re.IGNORECASE)


def check_name(name: str) -> None:
    """Raises ValueError unless `name` is `vendor:product` in hexadecimal, or `vendor:product:serial`."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a USB printer is named like 04b8:0e15 or 04b8:0e15:SERIAL, not {name!r}")


def usb_device(name: str, sys_class: Path = SYS_CLASS, devices: Path = DEVICES) -> str:
    """The path of the one printer with this name. Raises OSError when there is none, or more than one."""
    found = [entry.name for entry in sorted(sys_class.glob("lp*")) if _matches(entry, name)]
    if not found:
        raise FileNotFoundError(errno.ENODEV, "no such USB printer", name)
    if len(found) > 1:
        raise OSError(errno.ENOTUNIQ, f"{len(found)} USB printers of that name; add the serial number", name)
    return str(devices / found[0])


def _matches(entry: Path, name: str) -> bool:
    """The entry's `device` is the interface; vendor, product and serial stand one level above."""
    wanted = _NAME.fullmatch(name)
    if wanted is None:
        return False
    device = (entry / "device").resolve().parent
    vendor, product, serial = wanted.groups()
    return (
        _said(device, "idVendor") == vendor.lower()
        and _said(device, "idProduct") == product.lower()
        and (serial is None or _said(device, "serial") == serial)
    )


def _said(device: Path, attribute: str) -> str:
    try:
        return (device / attribute).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""  # unplugged while we look, or a device that has none
