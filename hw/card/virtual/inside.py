"""What runs inside the private namespaces of a `VirtualReader`: pcscd, the cards, and a control socket.

Started by `hw.card.virtual.pcscd` under `unshare`, as first process of its own PID namespace: when it ends,
for whatever reason, everything in there ends. It ends itself when its standard input is closed by its
owner's death.
"""

import fcntl
import json
import shutil
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hw.card import _pcsc as pcsc
from hw.card.failure import CardError, Code
from hw.card.transport import Pcsc, slot_of
from hw.card.virtual.card import VirtualCard
from hw.card.virtual.keys import IssuerKeys
from hw.card.virtual.person import CardPerson
from hw.card.virtual.psam import VirtualPsam
from hw.card.virtual.vpcd import VirtualSlot

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
FIRST_PORT = 0x8C7B
SLOTS = 2  # vpcd is built with two
READER_NAME = "Virtual PCD"

START_MAX_S = 10.0
SETTLE_MAX_S = 5.0
"""Longest wait for the service to see a card come or go; it looks every 0.4 s."""
LINE_MAX_BYTES = 65_536

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


class Refusal(Exception):
    """A request that cannot be met; the text goes back to who asked."""


class Box:
    """One pcscd with two slots. Requests come one at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._pcscd: subprocess.Popen[bytes] | None = None
        self._has_readers = False
        self._issuer = IssuerKeys.fresh()  # of all cards and modules in here
        self._slots = [VirtualSlot("127.0.0.1", FIRST_PORT + number) for number in range(SLOTS)]
        self._requests: dict[str, Callable[[dict[str, object]], object]] = {
            "insert": self._insert,
            "remove": self._remove,
            "commands": self._commands,
            "wait_for_commands": self._wait_for_commands,
            "insert_psam": self._insert_psam,
            "issuer_keys": lambda _: self._issuer.hex(),
            "reset": lambda _: self._reset(),
            "kill": lambda _: self.kill(),
            "start": lambda request: self.start(readers=request.get("readers") is not False),
        }

    def perform(self, request: dict[str, object]) -> object:
        """Carry out one request. Raises Refusal."""
        action = self._requests.get(str(request.get("do")))
        if action is None:
            raise Refusal(f"unknown request {request.get('do')!r}")
        with self._lock:
            try:
                return action(request)
            except CardError as error:
                raise Refusal(f"the private service answers {error.code}") from error

    def start(self, *, readers: bool = True) -> None:
        """Start pcscd, with its two readers or with none, and wait until clients are served."""
        if self._pcscd is not None:
            raise Refusal("pcscd runs already")
        config = self._directory / ("readers" if readers else "no_readers")
        config.mkdir(exist_ok=True)
        if readers:
            (config / "vpcd").write_text(
                f'FRIENDLYNAME "{READER_NAME}"\nDEVICENAME /dev/null:{FIRST_PORT:#x}\n'
                f"LIBPATH {DRIVER}\nCHANNELID {FIRST_PORT:#x}\n"
            )
        self._has_readers = readers
        # Version 2 asks polkit, which does not run in here.
        version = subprocess.run(["pcscd", "--version"], capture_output=True, text=True, check=True).stdout
        polkit = ["--disable-polkit"] if "polkit" in version else []
        with (self._directory / "pcscd.log").open("ab") as log:
            self._pcscd = subprocess.Popen(
                ["pcscd", "--foreground", "--config", str(config), *polkit],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_served(readers)

    def kill(self) -> None:
        """End pcscd as a crash would: no goodbye, socket and pid file left behind."""
        if self._pcscd is not None:
            self._pcscd.kill()
            self._pcscd.wait()
            self._pcscd = None

    def _wait_until_served(self, readers: bool) -> None:
        deadline = time.monotonic() + START_MAX_S
        while time.monotonic() < deadline:
            if self._pcscd is not None and self._pcscd.poll() is not None:
                raise Refusal(f"pcscd ended with {self._pcscd.returncode}")
            try:
                with Pcsc() as service:
                    if not readers or len(service.readers()) == SLOTS:
                        return
            except CardError as error:
                if error.code is not Code.NO_SERVICE:
                    raise
            time.sleep(0.002)
        raise Refusal("pcscd does not serve its readers")

    def _insert(self, request: dict[str, object]) -> None:
        person, number = request.get("person"), self._number(request)
        if not isinstance(person, dict):
            raise Refusal("insert needs a person")
        try:
            card = VirtualCard(
                CardPerson.from_fields(person),
                str(request.get("profile", "plain")),
                keys=self._issuer,
                pin=str(request["pin"]) if request.get("pin") else None,
            )
        except (ValueError, KeyError) as error:
            raise Refusal(f"no such card: {error}") from error
        self._put_in(number, card, bool(request.get("wait", True)))

    def _insert_psam(self, request: dict[str, object]) -> None:
        keys = IssuerKeys.fresh() if request.get("alien") else self._issuer
        self._put_in(self._number(request), VirtualPsam(keys), wait=True)

    def _put_in(self, number: int, card: VirtualCard | VirtualPsam, wait: bool) -> None:
        if wait and self._slots[number].card is not None:
            self._take_out(number, wait)  # else the driver may take the new card for the old one
        self._slots[number].insert(card)
        if wait:
            self._settle(number, present=True)

    def _remove(self, request: dict[str, object]) -> None:
        self._take_out(self._number(request), bool(request.get("wait", True)))

    def _take_out(self, number: int, wait: bool) -> None:
        self._slots[number].remove()
        if wait:
            self._settle(number, present=False)

    def _reset(self) -> None:
        if self._pcscd is None or not self._has_readers:
            self.kill()
            self.start()
        for number, slot in enumerate(self._slots):
            if slot.card is not None:
                self._take_out(number, wait=True)

    def _commands(self, request: dict[str, object]) -> list[str]:
        return [header.hex().upper() for header in self._card(request).received]

    def _wait_for_commands(self, request: dict[str, object]) -> None:
        card, deadline = self._card(request), time.monotonic() + SETTLE_MAX_S
        while len(card.received) < int(str(request.get("count"))):
            if time.monotonic() > deadline:
                raise Refusal("the card has not received so many commands")
            time.sleep(0.001)

    def _card(self, request: dict[str, object]) -> VirtualCard | VirtualPsam:
        card = self._slots[self._number(request)].card
        if card is None:
            raise Refusal("no card in this slot")
        return card

    def _number(self, request: dict[str, object]) -> int:
        number = request.get("slot", 0)
        if not isinstance(number, int) or not 0 <= number < SLOTS:
            raise Refusal(f"slots are 0 to {SLOTS - 1}")
        return number

    def _settle(self, number: int, *, present: bool) -> None:
        """Wait until the service has seen the card come or go."""
        if self._pcscd is None or not self._has_readers:
            return
        with Pcsc() as service:
            state, deadline = pcsc.STATE_UNAWARE, time.monotonic() + SETTLE_MAX_S
            while (left_s := deadline - time.monotonic()) > 0:
                rows = service.states([(f"{READER_NAME} 00 {number:02X}", state)], int(left_s * 1000))
                if rows is not None and slot_of(rows[0]).present == present:
                    return
                state = rows[0][1] & ~pcsc.STATE_CHANGED if rows is not None else state
        raise Refusal("pcscd has not noticed the card")


class _Control(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, box: Box) -> None:
        self.box = box
        super().__init__(str(path), _Requests)


class _Requests(socketserver.StreamRequestHandler):
    """One JSON object a line, one answer a line: `{"ok": true, "value": ...}` or `{"ok": false, "why":
    ...}`.
    """

    def handle(self) -> None:
        assert isinstance(self.server, _Control)
        while line := self.rfile.readline(LINE_MAX_BYTES):
            try:
                request = json.loads(line)
                if not isinstance(request, dict):
                    raise Refusal("a request is a JSON object")
                answer = {"ok": True, "value": self.server.box.perform(request)}
            except (Refusal, ValueError) as refusal:
                answer = {"ok": False, "why": str(refusal)}
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, name))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _mount(directory: Path) -> None:
    # /run as a whole, for the directory pcscd is built to use may not exist on the machine, and nobody may
    # make it.
    (directory / "run" / "pcscd").mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", str(directory / "run"), "/run"], check=True)
    usb = Path("/dev/bus/usb")
    if usb.is_dir():  # real readers belong to the machine's own service
        (directory / "no_usb").mkdir(exist_ok=True)
        subprocess.run(["mount", "--bind", str(directory / "no_usb"), str(usb)], check=True)


def main() -> int:
    directory = Path(sys.argv[1])
    _loopback_up()
    _mount(directory)
    box = Box(directory)
    try:
        box.start()
    except Refusal as refusal:
        print(json.dumps({"ready": False, "why": str(refusal)}), flush=True)
        return 1
    with _Control(directory / "control", box) as control:
        threading.Thread(target=control.serve_forever, daemon=True).start()
        print(json.dumps({"ready": True}), flush=True)
        sys.stdin.buffer.read()  # until the owner closes it, or dies
    box.kill()
    shutil.rmtree(directory, ignore_errors=True)  # an owner that died cannot
    return 0


if __name__ == "__main__":
    sys.exit(main())
