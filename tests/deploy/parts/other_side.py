"""The other side of a fleet's terminals, on its controller: hospital in a box, broker with TLS, collector.

The box listens on the loopback of the fleet's own network; what stands before it lets the terminals in, as a
hospital's front server does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from booted import CONTROLLER, Fleet, Host
from hospital_keys import HospitalKeys, make_client, make_server

AGENCY, HIS, WALLET, TABLE, BROKER, COLLECTOR_WEB = 8101, 8102, 8103, 8104, 8883, 8105
START_MAX_S = 60.0
LOOK_AGAIN_S = 0.3
INSTITUTION = "H99010000001"

_PROGRAMS = Path(__file__).with_name("programs")


class OtherSide:
    """Starts all of it inside the fleet's network; it ends with the fleet."""

    def __init__(self, fleet: Fleet, keys: HospitalKeys) -> None:
        self._fleet = fleet
        self.folder = fleet.folder / "other-side"
        self.folder.mkdir()
        self.film = self.folder / "camera" / "film.avi"
        self.film.parent.mkdir()
        self.database = self.folder / "collector" / "collector.db"
        self._broker(keys)
        self._collector(keys)
        self._box()
        for port in (AGENCY, HIS, WALLET, TABLE, COLLECTOR_WEB):
            self._until_listening("127.0.0.1", port)
        fleet.start_process(
            [sys.executable, str(_PROGRAMS / "front.py"), CONTROLLER, *map(str, (AGENCY, HIS, WALLET))]
        )
        for port in (AGENCY, HIS, WALLET, BROKER):
            self._until_listening(CONTROLLER, port)

    # What a test makes happen, and what it looks at

    def at_the_table(self, path: str, **values: object) -> dict[str, Any]:
        """One wish at the control port of the box."""
        return self._ask(TABLE, path, json.dumps(values))

    def ledgers(self) -> dict[str, Any]:
        return self._ask(TABLE, "ledgers", "")

    def devices(self) -> dict[str, Any]:
        """What the collector knows of terminals and their streams."""
        return self._ask(COLLECTOR_WEB, "api/devices", "")

    def transactions(self) -> list[dict[str, Any]]:
        return list(self._ask(COLLECTOR_WEB, "api/transactions", "")["transactions"])

    def insert_card(self, host: Host, person: str) -> subprocess.Popen[bytes]:
        """A person's card in the first slot of a terminal's reader; killing the process pulls it."""
        program = str(_PROGRAMS / "card_in.py")
        return self._fleet.start_process(host.networked([sys.executable, program, person]))

    def _ask(self, port: int, path: str, body: str) -> dict[str, Any]:
        asked = [sys.executable, str(_PROGRAMS / "ask.py"), f"http://127.0.0.1:{port}/{path}", body]
        return dict(json.loads(self._fleet.run(asked).stdout))

    # Its parts

    def _broker(self, keys: HospitalKeys) -> None:
        folder = self.folder / "broker"
        folder.mkdir()
        make_server(keys, folder, CONTROLLER)
        lines = [
            f"listener {BROKER} {CONTROLLER}",
            f"cafile {keys.ca}",
            f"certfile {folder / 'server.crt'}",
            f"keyfile {folder / 'server.key'}",
            "require_certificate true",
            "use_identity_as_username true",
            "set_tcp_nodelay true",
            "persistence false",
            *(["user root"] if os.geteuid() == 0 else []),
        ]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._start("broker", ["mosquitto", "-c", str(folder / "mosquitto.conf")])
        self._until_listening(CONTROLLER, BROKER)

    def _collector(self, keys: HospitalKeys) -> None:
        make_client(keys, self.folder / "collector", "collector")
        own = self.folder / "collector"
        text = f"""environment = "production"
db = "{self.database}"
[mqtt]
host = "{CONTROLLER}"
port = {BROKER}
ca = "{own / "ca.pem"}"
cert = "{own / "collector.crt"}"
key = "{own / "collector.key"}"
start_jitter_max_s = 0.1
[web]
port = {COLLECTOR_WEB}
"""
        (own / "collector.toml").write_text(text, encoding="utf-8")
        config = str(own / "collector.toml")
        self._start("collector", [sys.executable, "-m", "edge_agent.cli", "collect", "--config", config])

    def _box(self) -> None:
        text = f"""[sandbox]
folder = "{self.folder / "books"}"
institution_code = "{INSTITUTION}"
agency_port = {AGENCY}
his_port = {HIS}
wallet_port = {WALLET}
table_port = {TABLE}
code_film = "{self.film}"
"""
        (self.folder / "sandbox.toml").write_text(text, encoding="utf-8")
        config = str(self.folder / "sandbox.toml")
        self._start("box", [sys.executable, "-m", "kiosk.cli", "sandbox", "--config", config])

    def _start(self, name: str, argv: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._fleet.start_process(argv, output=log)

    def _until_listening(self, address: str, port: int) -> None:
        probe = f"import socket; socket.create_connection(('{address}', {port}), 1).close()"
        deadline = time.monotonic() + START_MAX_S
        while self._fleet.run([sys.executable, "-c", probe], check=False).returncode != 0:
            said = "\n".join(log.read_text(errors="replace")[-2000:] for log in self.folder.glob("*.log"))
            assert time.monotonic() < deadline, f"nobody listens on port {port}:\n{said}"
            threading.Event().wait(LOOK_AGAIN_S)
