"""The terminal's process is killed around every commit of a visit, and of an undo, and started again.

Whatever the moment: recovery brings the attempt to an outcome, a bill is settled at most once, what may be
sent once was received at most once, and journal, agency, wallet and hospital say the same to the cent.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.journal import verify

ONCE = ("2201", "2203", "2204", "2206", "2207")
"""Operations that one attempt sends once (design, §4)."""

VISIT_COMMITS = 12
"""Commits of a visit that nothing disturbs: started, eight answers, confirmed, paid, and the end."""

SHOWN_CODE_COMMITS = 14
"""As a visit, with the code that the patient shows and a phone that asks for its password."""

UNDO_COMMITS = 5
KILLED = -signal.SIGKILL
BALANCE_FEN = 3000
RECOVERY_COMMITS_MAX = 12


@dataclass
class Lives:
    """The fork server of one terminal, and the hospital that it visits."""

    hospital: Any
    process: asyncio.subprocess.Process
    folder: Path
    journals: Any

    async def live(self, **order: Any) -> int:
        """One life of the terminal; how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = json.dumps({"folder": str(self.folder), **order})
        self.process.stdin.write(f"{line}\n".encode())
        async with asyncio.timeout(60):
            return int(await self.process.stdout.readline())

    async def visit(self, **kill: int) -> int:
        """A new patient settles a new bill."""
        bill = self.hospital.bill_of("zhang")
        self.hospital.agency.set_balance_fen("zhang", BALANCE_FEN)
        return await self.live(job="visit", person="zhang", bills=[bill.bill_id], **kill)

    async def visit_by_code(self, code: str, **kill: int) -> int:
        """A new patient has the code on their phone scanned."""
        bill = self.hospital.bill_of("zhang")
        self.hospital.agency.set_balance_fen("zhang", BALANCE_FEN)
        return await self.live(job="visit", person="zhang", bills=[bill.bill_id], code=code, **kill)

    async def undo(self, **kill: int) -> int:
        """A settlement is declared due back, and its patient comes."""
        assert await self.visit() == 0
        newest = [row.attempt_id for row in self.hospital.his.ledger_rows() if row.kind == "settle"][-1]
        self.hospital.his.declare_refund_due(newest, "medicine not handed out")
        return await self.live(job="undo", person="zhang", **kill)

    async def recovered(self) -> None:
        """The terminal starts again and brings what is open to an outcome."""
        assert await self.live(job="recover") == 0

    def check(self) -> None:
        """Everything that must be true once nothing is on its way."""
        hospital, journal = self.hospital, self.folder / "journal.db"
        assert verify(journal).ok
        for name, entries in self.journals.attempts(journal).items():
            assert entries[-1].kind in ("settlement.ended", "undo.ended"), f"{name} has no outcome"
            assert self.journals.untrue(entries) == []
            end = entries[-1].data
            assert end["outcome"] in ("settled", "not_settled")
            if entries[-1].kind == "settlement.ended":
                assert len([row for row in hospital.agency.settlements() if row.batch == name]) <= 1
                if end["outcome"] == "not_settled":
                    assert hospital.paid_fen(name) == 0
                    assert hospital.standing(name) == []
        assert "begun" not in hospital.his.attempt_states().values()
        assert "settling" not in hospital.his.bill_states().values()
        assert self.journals.journal_sums(journal) == hospital.sums()


@pytest.fixture
async def lives(hospital: Any, seal: Any, phone: Any, journals: Any, tmp_path: Path) -> AsyncIterator[Lives]:
    public = seal.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("killed.py")),
        json.dumps(hospital.urls),
        str(hospital.area),
        public,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    yield Lives(hospital, process, tmp_path / "terminal1", journals)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


def kills(commits: int) -> list[dict[str, int]]:
    """Around every commit: just before it and just after it."""
    return [{how: n} for n in range(1, commits + 1) for how in ("before", "after")]


@pytest.mark.clause("S1-O.2", "S2-U.3")
async def test_a_visit_killed_around_any_commit_ends_right(lives):
    assert await lives.visit() == 0
    lives.check()
    for kill in kills(VISIT_COMMITS):
        before = {operation: lives.hospital.agency.received(operation) for operation in ONCE}
        assert await lives.visit(**kill) == KILLED, kill
        await lives.recovered()
        lives.check()
        for operation, count in before.items():
            assert lives.hospital.agency.received(operation) <= count + 1, f"{operation}, {kill}"
    assert await lives.visit(after=VISIT_COMMITS + 1) == 0, "a visit has more commits than were killed"


async def test_a_recovery_that_is_killed_again_and_again_is_itself_recovered(lives):
    """Each start gets one commit further than the last one, from each point of the visit."""
    for n in range(2, VISIT_COMMITS + 1):
        assert await lives.visit(before=n) == KILLED
        for step in range(1, RECOVERY_COMMITS_MAX):
            if await lives.live(job="recover", after=step) == 0:
                break
        lives.check()


async def test_an_undo_killed_around_any_commit_ends_right(lives):
    assert await lives.undo() == 0
    lives.check()
    for kill in kills(UNDO_COMMITS):
        assert await lives.undo(**kill) == KILLED, kill
        await lives.recovered()
        lives.check()
    assert await lives.undo(after=UNDO_COMMITS + 1) == 0


async def test_an_undo_whose_recovery_is_killed_again_and_again_ends_right(lives):
    for n in range(2, UNDO_COMMITS + 1):
        assert await lives.undo(before=n) == KILLED
        for step in range(1, RECOVERY_COMMITS_MAX):
            if await lives.live(job="recover", after=step) == 0:
                break
        lives.check()


@pytest.mark.clause("S1-O.2", "S3-8.1.12")
async def test_a_visit_paid_by_a_shown_code_and_killed_around_any_commit_charges_at_most_once(lives, phone):
    """Recovery never charges: it has no code. Whatever the phone has paid goes back."""
    phone.pays = False
    codes = []
    asking = asyncio.get_running_loop().create_task(enter_passwords(lives.hospital))
    try:
        for kill in [{}, *kills(SHOWN_CODE_COMMITS)]:
            before = lives.hospital.received("charge_code")
            codes.append(lives.hospital.wallet.pay_code("zhang", password=True))
            assert await lives.visit_by_code(codes[-1], **kill) == (KILLED if kill else 0), kill
            await lives.recovered()
            lives.check()
            assert lives.hospital.received("charge_code") <= before + 1, kill
        codes.append(lives.hospital.wallet.pay_code("zhang", password=True))
        assert await lives.visit_by_code(codes[-1], after=SHOWN_CODE_COMMITS + 1) == 0
    finally:
        asking.cancel()
    on_disk = b"".join(path.read_bytes() for path in lives.folder.rglob("*") if path.is_file())
    assert [code for code in codes if code.encode() in on_disk] == []


async def enter_passwords(hospital: Any) -> None:
    """The owner of the phone agrees to every charge, as soon as the phone asks."""
    plan, seen = hospital.faults["wallet"], 0
    while True:
        await plan.wait_handled("charge_code", seen + 1, limit_s=600.0)
        seen = plan.handled("charge_code")
        order = hospital.wallet.newest_waiting()
        if order is not None:
            hospital.wallet.approve(order)
