"""From the address in a configuration to the thing that opens a connection to the printer.

`/dev/usb/lp0` or another device file; `usb:04b8:0e15` or `usb:04b8:0e15:SERIAL`, found again after
replugging; `serial:/dev/serial/by-id/...,115200,rtscts`; `tcp:192.0.2.7` or `tcp:192.0.2.7:9100`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from hw.printer.channel import Channel, DeviceChannel
from hw.printer.network import PORT, NetworkChannel
from hw.printer.serial_line import FLOWS, SPEEDS, SerialChannel
from hw.printer.usb import check_name, usb_device

Connect = Callable[[], Channel]
"""Opens one connection, for one job. Raises OSError."""


def connector(address: str) -> Connect:
    """What opens a connection to the receipt printer at `address`. Raises ValueError; opens nothing yet."""
    kind, _, rest = address.partition(":")
    match kind:
        case "usb":
            check_name(rest)
            return lambda: DeviceChannel(usb_device(rest))
        case "serial":
            return _serial(rest)
        case "tcp":
            return _tcp(rest)
        case _ if address.startswith("/"):
            return lambda: DeviceChannel(address)
        case _:
            raise ValueError(f"a printer is at a device file, usb:, serial: or tcp:, not at {address!r}")


def _serial(rest: str) -> Connect:
    path, _, settings = rest.partition(",")
    speed, _, flow_text = settings.partition(",")
    flow = next((flow for flow in FLOWS if flow == flow_text), None)
    if not path.startswith("/") or flow is None or not speed.isdecimal() or int(speed) not in SPEEDS:
        speeds, flows = ", ".join(map(str, SPEEDS)), ", ".join(FLOWS)
        raise ValueError(f"a serial printer is at serial:PATH,SPEED,FLOW with {speeds} and {flows}")
    return lambda: SerialChannel(path, int(speed), flow)


def _tcp(rest: str) -> Connect:
    host, _, port = rest.partition("]:") if rest.startswith("[") else rest.partition(":")
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
        number = int(port) if port else PORT
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise ValueError(f"a network printer is at tcp:ADDRESS or tcp:ADDRESS:PORT in numbers, not {rest!r}")
    return lambda: NetworkChannel(host, number)
