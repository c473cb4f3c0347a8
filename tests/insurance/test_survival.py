"""An agency that is killed the moment it has answered still has what it answered."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.insurance import MsgidClock, load_profile, profile_path
from kiosk.insurance.client import InsuranceClient

SERVE = """
import asyncio, sys
from aiohttp import web
from kiosk.insurance import load_profile, profile_path
from kiosk.sandbox.agency import AgencyStore, agency_app
from kiosk.sandbox.faults import FaultPlan

async def serve():
    store = AgencyStore(sys.argv[1])
    runner = web.AppRunner(agency_app(store, FaultPlan(), load_profile(profile_path("990100"))))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], store.issue_code("zhang"), flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


@contextmanager
def agency(path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A process of its own: (process, address, the digits on a phone)."""
    command = [sys.executable, "-c", SERVE, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port, digits = process.stdout.readline().split()
        try:
            yield process, f"127.0.0.1:{port}", digits
        finally:
            process.kill()


async def test_a_settlement_that_was_answered_outlives_a_kill(open_counter, tmp_path):
    counter = await open_counter("zhang")  # lends its bills and its way through the chain
    counter.clock = lambda: dt.datetime.now(dt.UTC)
    counter.msgids = MsgidClock("H99010000001", (0, 9), counter.profile.area.zone)

    def before(address: str) -> InsuranceClient:
        return InsuranceClient(
            load_profile(profile_path("990100")),
            counter.terminal,
            f"http://{address}",
            spare_msgid=counter.msgid,
        )

    with agency(tmp_path / "agency.db") as (process, address, digits):
        counter.client = before(address)
        counter.store.issue_code = lambda who: digits
        settled = await counter.settled()
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=200)
        asked = await counter.client.find_settlement(await counter.msgid(), counter.case, settled.msgid)
        assert isinstance(asked, Unknown | Refused)
        await counter.client.close()
    with agency(tmp_path / "agency.db") as (_, address, _digits):
        counter.client = before(address)
        found = await counter.client.find_settlement(await counter.msgid(), counter.case, settled.msgid)
        assert found == Done(settled)
        await counter.client.close()
