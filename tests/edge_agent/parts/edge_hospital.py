"""A real broker, and agent and collector as the processes they are, on loopback and free ports."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_agent.collector.database import DatabaseFailure
from edge_agent.collector.store import Store
from kiosk.journal import Journal

DEADLINE_S = 120.0
ROOT = Path(__file__).resolve().parents[3]


def wait_until(condition: Callable[[], Any], what: str = "", deadline_s: float = DEADLINE_S) -> Any:
    """What `condition` returns as soon as it is true. Fails after the deadline."""
    pause = threading.Event()
    by = time.monotonic() + deadline_s
    while not (value := condition()):
        assert time.monotonic() < by, f"not within {deadline_s} s: {what or condition}"
        pause.wait(0.01)
    return value


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Program:
    """A child process that can be killed and started again; its output goes to a file."""

    def __init__(self, name: str, directory: Path, arguments: list[str]) -> None:
        self.output = directory / f"{name}.log"
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, **environment: str) -> None:
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                self._arguments,
                cwd=ROOT,
                env=os.environ | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    def send(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self, number: int = signal.SIGKILL) -> int:
        """Send a signal and wait for the end; the exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(DEADLINE_S)
        self._process = None
        return code

    def text(self) -> str:
        return self.output.read_text(errors="replace") if self.output.exists() else ""


class Broker(Program):
    """mosquitto without persistence: everything it holds is gone with a kill."""

    def __init__(self, directory: Path, extra: str = "") -> None:
        self.port = free_port()
        config = directory / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_dest stdout", extra]
        if "require_certificate" not in extra:
            lines.append("allow_anonymous true")
        if os.geteuid() == 0:
            lines.append("user root")
        config.write_text("\n".join(lines) + "\n")
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        super().__init__("mosquitto", directory, [program, "-c", str(config)])

    def start(self, **environment: str) -> None:
        super().start(**environment)
        wait_until(self._answers, "broker listens")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class Hospital:
    """One terminal's journal, its agent, a broker and the collector."""

    def __init__(self, directory: Path, broker: Broker, db: str = "") -> None:
        self.directory = directory
        self.broker = broker
        self.journal_path = directory / "journal" / "journal.db"
        self.wake = directory / "run" / "wake.sock"
        self.state = directory / "state"
        self.db = db or str(directory / "collector" / "collector.db")
        self._journal: Journal | None = None
        self.agent = self._program("run", self._agent_config())
        self.collector = self._program("collect", self._collector_config())

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            self._journal = Journal.open(
                self.journal_path, hospital_seal=None, wake=self.wake, reserve_bytes=64 * 1024
            )
        return self._journal

    def replace_journal(self) -> None:
        """As after a new installation: the old files are put aside, a new epoch begins."""
        self.journal.close()
        self._journal = None
        for path in list(self.journal_path.parent.iterdir()):
            path.rename(path.with_name("old-" + path.name))

    def received(self, stream: str = "kiosk") -> list[tuple[int, bytes, bytes, bytes]]:
        """What the collector has of a stream's newest epoch: seq, header, body, hash, in order of arrival."""
        try:
            store = Store(self.db, read_only=True)
        except DatabaseFailure:  # not made yet
            return []
        try:
            rows = store._database.rows(
                "SELECT seq, header, body, hash FROM entry JOIN stream USING (device, epoch)"
                " WHERE stream.stream = ? AND epoch = (SELECT epoch FROM entry"
                " JOIN stream USING (device, epoch) WHERE stream.stream = ? ORDER BY id DESC LIMIT 1)"
                " ORDER BY id",
                (stream, stream),
            )
        except DatabaseFailure:  # the collector is about to make its tables
            return []
        finally:
            store.close()
        return [tuple(row.values()) for row in rows]

    def written(self) -> list[tuple[int, bytes, bytes, bytes]]:
        return [(entry.seq, entry.header, entry.body, entry.hash) for entry in self.journal.entries()]

    def wait_delivered(self) -> None:
        head = self.journal.head
        assert head is not None
        wait_until(
            lambda: [row[0] for row in self.received()][-1:] == [head.seq], f"entry {head.seq} delivered"
        )

    def page(self, path: str) -> bytes:
        """The collector's page, once it is up."""

        def address() -> str | None:
            lines = [line for line in self.collector.text().splitlines() if '"page"' in line]
            return json.loads(lines[-1])["page"] if lines else None

        with urllib.request.urlopen(wait_until(address, "page") + path.lstrip("/"), timeout=200) as answer:
            return bytes(answer.read())

    def close(self) -> None:
        self.agent.end()
        self.collector.end()
        if self._journal is not None:
            self._journal.close()

    def _program(self, command: str, config: str) -> Program:
        path = self.directory / f"{command}.toml"
        path.write_text(config)
        arguments = [sys.executable, "-m", "edge_agent.cli", command, "--config", str(path)]
        return Program(command, self.directory, arguments)

    def _mqtt(self) -> str:
        return (
            f'[mqtt]\nhost = "127.0.0.1"\nport = {self.broker.port}\nretry_base_s = 0.05\n'
            "retry_max_s = 0.3\nstart_jitter_max_s = 0\n"
        )

    def _agent_config(self) -> str:
        return (
            'environment = "demo"\n'
            '[place]\nsite = "main"\ndevice = "kiosk-a01"\n'
            f'[files]\njournal = "{self.journal_path}"\nwake = "{self.wake}"\nstate = "{self.state}"\n'
            "[uplink]\nbatch_entries_max = 20\nwindow_entries = 60\n"
            "resend_after_s = 0.3\nresend_max_s = 1.0\npoll_s = 0.5\n" + self._mqtt()
        )

    def _collector_config(self) -> str:
        return f'environment = "demo"\ndb = "{self.db}"\n[web]\nport = 0\n' + self._mqtt()
