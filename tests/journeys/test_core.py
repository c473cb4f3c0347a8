"""The real core as a process, against the hospital: it serves, is killed in the middle, and goes on."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from settlement_journal import attempts, journal_sums, untrue

from kiosk.journal import verify

SEEN_MAX_S = 120.0


class CoreProcess:
    """One terminal, from power-on to power-off."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.process: asyncio.subprocess.Process | None = None

    async def power_on(self) -> None:
        """Start the process."""
        script = Path(__file__).with_name("core_process.py")
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            str(self.config),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(script.parents[2])},
        )

    async def see(self, screen: str) -> None:
        """Wait until this screen is shown."""
        assert self.process is not None
        assert self.process.stdout is not None
        async with asyncio.timeout(SEEN_MAX_S):
            while line := await self.process.stdout.readline():
                view = json.loads(line)
                assert "failed" not in view, view
                if view["screen"] == screen:
                    return
        raise AssertionError(f"{screen} was never shown")

    def do(self, **told: str) -> None:
        """A touch, or a code held up."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told).encode() + b"\n")

    async def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def power_off(self) -> int:
        """Stop as a service is stopped; the exit code."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        return await asyncio.wait_for(self.process.wait(), SEEN_MAX_S)


@pytest.fixture
async def core(hospital, tmp_path):
    seal = tmp_path / "hospital_seal.pub"
    seal.write_bytes(X25519PrivateKey.generate().public_key().public_bytes_raw())
    config = tmp_path / "kiosk.toml"
    config.write_text(
        f"""
[terminal]
site = "990100"
device = "K03"
institution_code = "H99010000001"
hospital = "示例医院"
hospital_en = "Example Hospital"
place = "门诊一楼"
environment = "demo"
msgid_block = [30, 39]

[screen]
finish_after_s = 0.3

[hospital]
url = "{hospital.urls["his"]}"

[payment]
url = "{hospital.urls["wallet"]}"

[insurance]
profile = "{hospital.area}"
url = "{hospital.urls["agency"]}"

[journal]
path = "{tmp_path / "journal" / "journal.db"}"
hospital_seal_file = "{seal}"
reserve_bytes = 65536

[settlement]
repeat_pause_first_s = 0.05

[card]
enabled = false
""",
        encoding="utf-8",
    )
    made = CoreProcess(config)
    await made.power_on()
    yield made
    if made.process is not None and made.process.returncode is None:
        await made.kill()


async def at_the_code(core, hospital, person):
    """From the first screen to the code that the phone pays."""
    await core.see("Attract")
    core.do(touch="start")
    await core.see("Home")
    core.do(touch="settle")
    await core.see("Identify")
    core.do(code=hospital.agency.issue_code(person))
    await core.see("Who")
    core.do(touch="yes")
    await core.see("Bills")
    core.do(touch="next")
    await core.see("WhoPays")
    core.do(touch="pay")
    await core.see("Pay")


def books_agree(hospital, tmp_path) -> bool:
    """Nothing open, every phrase true, all sums equal."""
    journal = tmp_path / "journal" / "journal.db"
    assert verify(journal).ok
    for entries in attempts(journal).values():
        assert entries[-1].kind == "settlement.ended"
        assert untrue(entries) == []
    assert journal_sums(journal) == hospital.sums()
    return True


async def test_a_visit_with_a_code_runs_through_the_core(core, hospital, phone, tmp_path):
    hospital.bill_of("zhang")
    await at_the_code(core, hospital, "zhang")
    assert phone.pay()
    await core.see("Finished")
    await core.see("Attract")
    assert await core.power_off() == 0
    assert hospital.sums()["his total"] > 0
    assert books_agree(hospital, tmp_path)


@pytest.mark.clause("S1-O.2", "S1-L.11")
async def test_a_core_that_is_killed_while_the_agency_settles_adopts_it_and_serves_the_next(
    core, hospital, phone, tmp_path
):
    hospital.bill_of("zhang")
    hospital.plan("2207", "delay_s", seconds=60)
    await at_the_code(core, hospital, "zhang")
    assert phone.pay()
    await hospital.faults["agency"].wait_handled("2207", 1)
    await core.kill()
    await core.power_on()
    await core.see("Attract")
    assert len(hospital.his.ledger_rows()) == 1, "settled before the first patient is served"
    hospital.bill_of("chen")
    core.do(touch="start")
    await core.see("Home")
    core.do(touch="settle")
    await core.see("Identify")
    core.do(code=hospital.agency.issue_code("chen"))
    await core.see("Who")
    core.do(touch="yes")
    await core.see("Bills")
    core.do(touch="next")
    await core.see("WhoPays")
    core.do(touch="pay")
    await core.see("Finished")
    await core.see("Attract")
    assert await core.power_off() == 0
    assert hospital.agency.received("2207") == 2
    assert books_agree(hospital, tmp_path)


async def test_a_core_that_is_killed_while_the_code_is_shown_gives_back_what_was_paid(
    core, hospital, phone, tmp_path
):
    bill = hospital.bill_of("zhang")
    await at_the_code(core, hospital, "zhang")
    await core.kill()
    assert phone.pay()
    await core.power_on()
    await core.see("Attract")
    assert await core.power_off() == 0
    assert hospital.wallet.sums()["net_fen"] == 0
    assert hospital.bill_states()[bill.bill_id] == "open"
    assert books_agree(hospital, tmp_path)
