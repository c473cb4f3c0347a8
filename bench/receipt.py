"""From the terminal's commit to the hospital: how long, and what the agent costs while nothing happens.

Real parts on loopback: the journal in this process, `edge-agent run` and mosquitto as processes, a
subscriber in this process. Measured from before `append` (the durable commit is inside) to the arrival
of the batch. Reference: the same payload published by this process straight to the same broker after
the same commit, which is what no agent could beat.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import paho.mqtt.client as paho  # noqa: E402
from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402

from edge_agent.wire import Ack, pack_ack, pack_batch, unpack_batch  # noqa: E402
from kiosk.journal import Journal, Row  # noqa: E402

READY_WAIT_MAX_S = 30.0
BODY = {"state": "settling", "operation": "2207", "cash_fen": 1440, "note": "x" * 600}


def no_delay(client: object, _: object, sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Subscriber:
    """Notes when each entry arrives, and acknowledges as the collector would."""

    def __init__(self, port: int) -> None:
        self._arrived = threading.Condition()
        self._at_s: dict[bytes, float] = {}
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench")
        self.client.on_connect = lambda client, *_: client.subscribe("hospital/+/+/journal", 1)
        self.client.on_message = self._on_message
        self.client.on_socket_open = no_delay
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _on_message(self, client: paho.Client, _: object, message: paho.MQTTMessage) -> None:
        now_s = time.perf_counter()
        frames = unpack_batch(message.payload)
        with self._arrived:
            for frame in frames:
                self._at_s.setdefault(frame.hash, now_s)
            self._arrived.notify_all()
        header = json.loads(frames[-1].header)
        ack = Ack(header["epoch"], header["seq"], frames[-1].hash)
        client.publish("hospital/bench/kiosk/journal_ack", pack_ack(ack), qos=1)

    def arrival_s(self, digest: bytes) -> float:
        with self._arrived:
            if not self._arrived.wait_for(lambda: digest in self._at_s, READY_WAIT_MAX_S):
                raise SystemExit("an entry did not arrive")
            return self._at_s[digest]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def percentiles_ms(times_s: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * each for each in times_s)
    return {
        "p50_ms": round(statistics.median(ordered), 3),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 3),
    }


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextlib.contextmanager
def running(arguments: list[str]) -> Iterator[int]:
    with subprocess.Popen(
        arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def broker(directory: Path) -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    user = "user root\n" if os.geteuid() == 0 else ""
    config = (
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n{user}set_tcp_nodelay true\n"
    )
    (directory / "mosquitto.conf").write_text(config)
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with running([program, "-c", str(directory / "mosquitto.conf")]):
        by = time.monotonic() + READY_WAIT_MAX_S
        while time.monotonic() < by:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            select.select([], [], [], 0.02)
        yield port


@contextlib.contextmanager
def agent(directory: Path, port: int) -> Iterator[int]:
    config = directory / "edge-agent.toml"
    config.write_text(
        'environment = "demo"\n[place]\nsite = "bench"\ndevice = "kiosk"\n'
        f'[files]\njournal = "{directory}/journal/journal.db"\nwake = "{directory}/wake.sock"\n'
        f'state = "{directory}/state"\n[mqtt]\nhost = "127.0.0.1"\nport = {port}\nstart_jitter_max_s = 0\n'
    )
    with running([sys.executable, "-m", "edge_agent.cli", "run", "--config", str(config)]) as pid:
        yield pid


def idle_share(pid: int, seconds: float) -> float:
    before, begun = cpu_s(pid), time.monotonic()
    select.select([], [], [], seconds)
    return (cpu_s(pid) - before) / (time.monotonic() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    count, idle_s = (200, 20.0) if quick else (1500, 120.0)
    through_agent, straight = [], []
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as name,
        broker(Path(name)) as port,
        contextlib.closing(Subscriber(port)) as subscriber,
        agent(Path(name), port) as pid,
        Journal.open(
            Path(name) / "journal" / "journal.db", hospital_seal=None, wake=Path(name) / "wake.sock"
        ) as journal,
        Journal.open(Path(name) / "plain" / "journal.db", hospital_seal=None) as plain,
    ):
        subscriber.arrival_s(journal.append("bench.ready", {}).hash)
        for n in range(count):
            begun_s = time.perf_counter()
            entry = journal.append("bench.noted", BODY | {"n": n})
            through_agent.append(subscriber.arrival_s(entry.hash) - begun_s)
            begun_s = time.perf_counter()
            entry = plain.append("bench.noted", BODY | {"n": n})
            batch = pack_batch([Row(entry.seq, entry.header, entry.body, entry.hash)])
            subscriber.client.publish("hospital/bench/plain/journal", batch, qos=1)
            straight.append(subscriber.arrival_s(entry.hash) - begun_s)
        busy_rss = rss_mib(pid)
        idle = idle_share(pid, idle_s)
    ours, theirs = percentiles_ms(through_agent), percentiles_ms(straight)
    result = {
        "name": "receipt",
        "figures": {
            **ours,
            "straight_p50_ms": theirs["p50_ms"],
            "straight_p99_ms": theirs["p99_ms"],
            "agent_idle_cpu_percent": round(100 * idle, 4),
            "agent_rss_mib": round(busy_rss, 1),
            "entries": count,
            "idle_s": idle_s,
        },
        "reference": "commit, then publish from the same process to the same broker",
        "ratio": round(ours["p50_ms"] / theirs["p50_ms"], 3),
        "ratio_of": "p50 through the agent over p50 of the reference",
        "reach": "p50 <= 5 ms, p99 <= 20 ms, idle CPU < 0.1 %, RSS <= 40 MiB",
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
