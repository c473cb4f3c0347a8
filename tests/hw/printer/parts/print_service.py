"""A print service (cupsd) of our own: one socket, no network, and a printer that is a script."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

QUEUE = "ward"
HELPERS = Path("/usr/lib/cups")

_FILES = """
ServerRoot {root}/etc
CacheDir {root}/cache
StateDir {root}/state
RequestRoot {root}/spool
TempDir {root}/tmp
ServerBin {root}/bin
ErrorLog {root}/error_log
AccessLog {root}/access_log
PageLog {root}/page_log
SystemGroup root
"""
_SERVICE = """
LogLevel warn
Listen {root}/cups.sock
Browsing No
WebInterface No
DefaultAuthType Basic
PreserveJobFiles No
PreserveJobHistory 300
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
JobPrivateAccess default
JobPrivateValues default
SubscriptionPrivateAccess default
SubscriptionPrivateValues default
<Limit Create-Job Print-Job Print-URI Validate-Job>
Order deny,allow
</Limit>
<Limit Send-Document Send-URI Cancel-Job Get-Job-Attributes>
Require user @OWNER @SYSTEM
Order deny,allow
</Limit>
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""
_QUEUE = """
<Printer {name}>
DeviceURI paper:/{name}
State {state}
Type 4
Accepting {accepting}
Shared No
JobSheets none none
ErrorPolicy {policy}
OpPolicy default
</Printer>
"""
_PRINTER = """#!/bin/sh
[ $# -eq 0 ] && exit 0
root={root}
. $root/manner
"""
PRINTS = 'cat "$6" > $root/out/$1.pdf; exit 0'
JAMS = "echo 'STATE: +media-jam-error' >&2; exit 1"
FORGETS_ITS_STATE = "echo 'STATE: -media-jam-error,media-empty-error' >&2; "
WAITS = "echo 'STATE: +media-empty-error' >&2; read go < $root/gate; " + FORGETS_ITS_STATE + PRINTS
NEARLY_EMPTY = "echo 'STATE: +media-low-warning,toner-low-warning' >&2; " + PRINTS


class Service:
    """A cupsd of our own with one socket, no network and two queues."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in (
            "etc",
            "cache",
            "state",
            "state/certs",
            "spool",
            "tmp",
            "bin/backend",
            "bin/filter",
            "out",
        ):
            (root / name).mkdir(parents=True)
        for name in ("daemon", "monitor", "notifier"):
            (root / "bin" / name).symlink_to(HELPERS / name)
        (root / "files.conf").write_text(_FILES.format(root=root))
        (root / "cupsd.conf").write_text(_SERVICE.format(root=root))
        queues = (
            (QUEUE, "Idle", "Yes", "abort-job"),
            ("stops", "Idle", "Yes", "stop-printer"),
            ("stopped", "Stopped", "Yes", "abort-job"),
            ("closed", "Idle", "No", "abort-job"),
        )
        text = [_QUEUE.format(name=n, state=s, accepting=a, policy=p) for n, s, a, p in queues]
        (root / "etc" / "printers.conf").write_text("".join(text))
        backend = root / "bin" / "backend" / "paper"
        backend.write_text(_PRINTER.format(root=root))
        backend.chmod(0o700)
        os.mkfifo(root / "gate")
        self.manner(PRINTS)
        self.start()

    def manner(self, script: str) -> None:
        """How the printer treats its jobs from now on."""
        (self.root / "manner").write_text(script + "\n")

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["cupsd", "-f", "-c", self.root / "cupsd.conf", "-s", self.root / "files.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(lambda: self._answers() or self._process.poll() is not None)
        assert self._process.poll() is None, (self.root / "error_log").read_text()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def printed(self) -> list[Path]:
        return sorted((self.root / "out").iterdir())

    def waiting(self) -> str:
        """The jobs that the service has not ended, as its own tool lists them."""
        command = ["lpstat", "-h", self.root / "cups.sock", "-o"]
        return subprocess.run(command, capture_output=True, text=True, timeout=200, check=True).stdout

    def leave_a_job(self, queue: str) -> None:
        """What a process leaves that died after handing over."""
        command = ["lp", "-h", self.root / "cups.sock", "-d", queue, self.root / "cupsd.conf"]
        subprocess.run(command, capture_output=True, timeout=200, check=True)

    def resume(self, queue: str) -> None:
        """What staff do with a queue that has stopped."""
        subprocess.run(["cupsenable", "-h", self.root / "cups.sock", queue], timeout=200, check=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as trial:
            return trial.connect_ex(str(self.root / "cups.sock")) == 0


def wait_for(happened: Callable[[], bool], wait_s: float = 30.0) -> None:
    waiting = threading.Event()
    for _ in range(int(wait_s / 0.05)):
        if happened():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not happen")
