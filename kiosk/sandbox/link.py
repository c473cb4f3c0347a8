"""Broker and collector of the box: a real mosquitto and `edge-agent collect`, both on loopback, both ours."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

START_MAX_S = 15.0

ROOT = "demo"
"""The first level of every topic here."""


class LinkError(RuntimeError):
    """Broker or collector did not come up; the text says which and where its log is."""


class Link:
    """Starts mosquitto and the collector in `folder`, ends them with `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._http_port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        self.broker = f"127.0.0.1:{self._port}"
        self.collector = f"http://127.0.0.1:{self._http_port}"
        self.database = folder / "collector.db"

    def start(self) -> None:
        """Both processes, broker first. Raises LinkError."""
        mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        if not Path(mosquitto).exists():
            raise LinkError("mosquitto is not installed")
        self._folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"listener {self._port} 127.0.0.1",
            "allow_anonymous true",
            "persistence false",
            "set_tcp_nodelay true",
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        broker_file = self._folder / "mosquitto.conf"
        broker_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._spawn("broker", [mosquitto, "-c", str(broker_file)])
        self._until_listening("broker", self._port)
        collector_file = self._folder / "collector.toml"
        collector_file.write_text(self._collector_toml(), encoding="utf-8")
        self._spawn(
            "collector", [sys.executable, "-m", "edge_agent.cli", "collect", "--config", str(collector_file)]
        )
        self._until_listening("collector", self._http_port)

    def _collector_toml(self) -> str:
        return "\n".join(
            [
                'environment = "demo"',
                f'root = "{ROOT}"',
                f'db = "{self.database}"',
                "[mqtt]",
                'host = "127.0.0.1"',
                f"port = {self._port}",
                "start_jitter_max_s = 0.1",
                "[web]",
                f"port = {self._http_port}",
                "",
            ]
        )

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            )

    def _until_listening(self, name: str, port: int) -> None:
        end_s = time.monotonic() + START_MAX_S
        while time.monotonic() < end_s:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if self._processes[-1].poll() is not None:
                break
            time.sleep(0.05)
        raise LinkError(f"{name} did not start; see {self._folder / name}.log")

    def close(self) -> None:
        """End both, collector first."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self._processes.clear()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
