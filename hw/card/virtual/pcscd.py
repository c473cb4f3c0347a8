"""A real pcscd of one's own, with virtual cards, that nobody outside can reach.

pcscd and vpcd run in private network, mount and PID namespaces (`unshare`, with `-r` when not root), so
several stand side by side, vpcd's listening port exists nowhere else, and all of it ends with its owner.
Only two sockets in a private directory lead in: the service's, for PC/SC clients, and the control socket,
for hands that insert and remove cards.
"""

import atexit
import contextlib
import functools
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import hw.card
from hw.card.virtual.inside import DRIVER, READER_NAME
from hw.card.virtual.keys import IssuerKeys
from hw.card.virtual.person import CardPerson

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
"""Where clients of pcsc-lite look for the service's socket; read once in the life of a process."""

START_MAX_S = 20.0
ANSWER_MAX_S = 10.0
STOP_MAX_S = 3.0


class VirtualReaderUnavailable(RuntimeError):
    """This machine cannot run one; the text says what is missing."""


class VirtualReaderHand:
    """Inserts and removes cards of a virtual reader that may belong to another process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def socket_path(self) -> Path:
        """The service's socket, for SOCKET_VARIABLE."""
        return self.directory / "run" / "pcscd" / "pcscd.comm"

    def env(self) -> dict[str, str]:
        """Environment that makes a child process use this reader."""
        return {SOCKET_VARIABLE: str(self.socket_path)}

    @staticmethod
    def reader_name(slot: int = 0) -> str:
        return f"{READER_NAME} 00 {slot:02X}"

    def insert(
        self,
        person: CardPerson,
        profile: str = "plain",
        *,
        slot: int = 0,
        wait: bool = True,
        pin: str | None = None,
    ) -> None:
        """Put a card in; one that is in already is pulled first. Waits until the service has noticed."""
        self._ask("insert", person=person.to_fields(), profile=profile, slot=slot, wait=wait, pin=pin)

    def remove(self, *, slot: int = 0, wait: bool = True) -> None:
        """Pull the card. Waits until the service has noticed, at most about 0.4 s."""
        self._ask("remove", slot=slot, wait=wait)

    def commands(self, *, slot: int = 0) -> list[str]:
        """Headers (CLA INS P1 P2, hexadecimal) of the commands the card in the slot has received so far."""
        value = self._ask("commands", slot=slot)
        assert isinstance(value, list)
        return value

    def wait_for_commands(self, count: int, *, slot: int = 0) -> None:
        """Wait until the card in the slot has received so many commands; RuntimeError when it does not."""
        self._ask("wait_for_commands", count=count, slot=slot)

    def insert_psam(self, *, slot: int = 1, alien: bool = False) -> None:
        """Put a security module in, of the issuer whose cards this reader gets, or of an `alien` one."""
        self._ask("insert_psam", slot=slot, alien=alien)

    def issuer_keys(self) -> IssuerKeys:
        """The throw-away keys of the issuer of all cards in here: an HSM that stands for it needs them."""
        return IssuerKeys.from_hex(str(self._ask("issuer_keys")))

    def kill_pcscd(self) -> None:
        """End the service as a crash would."""
        self._ask("kill")

    def start_pcscd(self, *, readers: bool = True) -> None:
        """Start it again, with its readers or with none; cards that are in stay in. Waits until it serves."""
        self._ask("start", readers=readers)

    def reset(self) -> None:
        """Both slots empty, the service running with its readers: as just started."""
        self._ask("reset")

    def restart_pcscd(self, *, readers: bool = True) -> None:
        self.kill_pcscd()
        self.start_pcscd(readers=readers)

    def _ask(self, do: str, **fields: object) -> object:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(ANSWER_MAX_S)
            link.connect(str(self.directory / "control"))
            link.sendall(json.dumps({"do": do, **fields}).encode() + b"\n")
            with link.makefile("rb") as lines:
                answer = json.loads(lines.readline())
        if not answer["ok"]:
            raise RuntimeError(answer["why"])
        value: object = answer["value"]
        return value


class VirtualReader(VirtualReaderHand):
    """Owns one pcscd with two empty slots, from `start` (or `with`) to `close`."""

    def __init__(self) -> None:
        # Not under TMPDIR: a socket's path has room for 107 bytes.
        super().__init__(Path(tempfile.mkdtemp(prefix="card-", dir="/tmp")))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Raises VirtualReaderUnavailable where a package or a permission is missing."""
        missing = [name for name in ("pcscd", "unshare", "mount") if shutil.which(name, path=_PATH) is None]
        missing += [] if Path(DRIVER).exists() else ["vsmartcard-vpcd"]
        if missing:
            self.close()
            raise VirtualReaderUnavailable(f"not installed: {', '.join(missing)}")
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        unshare = ["unshare", *as_root, "--net", "--mount", "--pid", "--fork", "--kill-child"]
        places = [str(Path(hw.card.__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        env = {**os.environ, "PATH": _PATH, "PYTHONPATH": os.pathsep.join(filter(None, places))}
        env.pop(SOCKET_VARIABLE, None)
        with (self.directory / "inside.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*unshare, sys.executable, "-m", "hw.card.virtual.inside", str(self.directory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=env,
                cwd="/",
            )
        assert self._process.stdout is not None
        line = _first_line(self._process.stdout)
        if not line or not json.loads(line)["ready"]:
            why = line.decode() or (self.directory / "inside.log").read_text("utf-8", "replace")[-2000:]
            self.close()
            raise VirtualReaderUnavailable(f"the private service did not start: {why.strip()}")
        return self

    def serve_this_process(self) -> None:
        """Make PC/SC in this very process use this reader.

        The library reads the socket's name once, so the name is a link that always leads to the reader chosen
        last: a second reader can be used after the first one. Contexts made before keep their service.
        """
        link = _link_of_this_process()
        if os.environ.setdefault(SOCKET_VARIABLE, str(link)) != str(link):
            raise RuntimeError(f"{SOCKET_VARIABLE} already names a service of its own")
        fresh = link.with_name(f"next-{os.getpid()}")
        fresh.symlink_to(self.socket_path)
        fresh.replace(link)

    def close(self) -> None:
        """Stop everything and remove the directory. Safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_MAX_S)
            process.kill()
            process.wait()
            process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_PATH = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


@functools.cache
def _link_of_this_process() -> Path:
    directory = tempfile.mkdtemp(prefix="card-", dir="/tmp")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(directory) / "pcscd.comm"


def _first_line(stream: IO[bytes]) -> bytes:
    """One line, or nothing when it does not come within START_MAX_S or the stream ends."""
    ready, _, _ = select.select([stream], [], [], START_MAX_S)
    return stream.readline() if ready else b""
