"""The agent tells the service manager that it is ready, and again and again that it lives."""

from __future__ import annotations

import signal
import socket

HEARD_MAX_S = 120.0


def test_the_agent_is_ready_and_lives_and_a_stopped_one_falls_silent(hospital, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(HEARD_MAX_S)
        hospital.agent.start(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="300000")
        assert listening.recv(100) == b"READY=1"
        assert [listening.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        hospital.agent.send(signal.SIGSTOP)
        listening.settimeout(1.0)
        assert falls_silent(listening)
        hospital.agent.send(signal.SIGCONT)
        listening.settimeout(HEARD_MAX_S)
        assert listening.recv(100) == b"WATCHDOG=1"


def falls_silent(listening: socket.socket) -> bool:
    """Whether, after what was under way, nothing comes for five times the beat."""
    for _ in range(100):
        try:
            listening.recv(100)
        except TimeoutError:
            return True
    return False
