"""The sandbox hospital as a process of its own, and a supervisor that brings it back when it dies.

The supervisor owns the listening socket, so the address stays the same over any number of deaths, and
requests sent meanwhile wait at the door.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from aiohttp import web

from kiosk.sandbox.his.app import his_app
from kiosk.sandbox.his.defects import DEFECTS
from kiosk.sandbox.his.store import HisStore

HOST = "127.0.0.1"
LIFE_MIN_S = 0.5
QUICK_DEATHS_MAX = 20
"""So many lives in a row shorter than `LIFE_MIN_S` without any progress, and the supervisor gives up."""


def main(argv: list[str] | None = None) -> int:
    """`python -m kiosk.sandbox.his --dir D [--port P] [--supervised] [--defect NAME]`."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.sandbox.his", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="where the books are kept")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--supervised", action="store_true", help="come back after a kill")
    parser.add_argument("--defect", choices=sorted(DEFECTS), help="plant a defect")
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)  # the supervisor's listening socket
    given = parser.parse_args(argv)
    if given.fd is not None:
        door = socket.socket(fileno=given.fd)
    else:
        door = socket.create_server((HOST, given.port), backlog=512)
        print(json.dumps({"url": f"http://{HOST}:{door.getsockname()[1]}"}), flush=True)
    given.dir.mkdir(parents=True, exist_ok=True)
    if given.supervised:
        return supervise(door, given.dir, given.defect)
    asyncio.run(_serve(door, given.dir / "his.db", given.defect))
    return 0


async def _serve(door: socket.socket, path: Path, defect: str | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    store = HisStore(path, defect=defect)
    runner = web.AppRunner(his_app(store, die=_die), shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, door, backlog=512).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await runner.cleanup()
    store.close()


def _die() -> None:
    """As a power cut: no handler runs, nothing is flushed."""
    os.kill(os.getpid(), signal.SIGKILL)


def supervise(door: socket.socket, folder: Path, defect: str | None) -> int:
    """Run the server as a child, again and again, until told to stop. 1 when it cannot stay alive."""
    os.set_inheritable(door.fileno(), True)
    command = [sys.executable, "-m", "kiosk.sandbox.his", "--dir", str(folder), "--fd", str(door.fileno())]
    if defect:
        command += ["--defect", defect]
    asked_to_stop = False
    child: subprocess.Popen[bytes] | None = None

    def stop(_number: int, _frame: object) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True
        if child is not None:
            child.terminate()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    quick_deaths = 0
    while not asked_to_stop and quick_deaths < QUICK_DEATHS_MAX:
        born = time.monotonic()
        child = subprocess.Popen(command, close_fds=False)
        if asked_to_stop:
            child.terminate()
        child.wait()
        lived_s = time.monotonic() - born
        quick_deaths = quick_deaths + 1 if lived_s < LIFE_MIN_S else 0
    return 0 if asked_to_stop else 1
