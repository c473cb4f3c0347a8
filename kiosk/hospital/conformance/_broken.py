"""C17 to C20 and C24: answers that do not come, requests that come late, a hospital that dies."""

from __future__ import annotations

import asyncio

from kiosk.hospital.conformance._api import new_key
from kiosk.hospital.conformance._bench import Bench, commit_body
from kiosk.hospital.conformance._check import Failed, check, expect


async def _ends_committed_once(bench: Bench, fault: str) -> None:
    """Commit, hear nothing usable, ask, commit again: one and the same receipt."""
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    lost = await terminal.commit(attempt, bill.total_fen, fault=fault)
    expect(not lost.done and not lost.refused, f"the fault {fault} was not obeyed: {lost.seen()}")
    shown = await terminal.attempt(attempt)
    expect(shown.body.get("state") == "committed", f"after the lost answer it is {shown.seen()}")
    again = await terminal.commit(attempt, bill.total_fen)
    expect(again.done, f"the same commit again: {again.seen()}")
    told = shown.body.get("result", {}).get("receipt_no")
    expect(told == again.body["receipt_no"], f"two receipts: {told}, {again.body['receipt_no']}")


@check("C17", "a commit whose answer was lost stands, and the same commit says so", feature="test_faults")
async def lost_answer(bench: Bench) -> None:
    await _ends_committed_once(bench, "drop")


@check("C17b", "a terminal that hangs up while it commits: the same commit ends it, once")
async def hang_up(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    path, body = f"/settlements/{attempt}:commit", commit_body(attempt, bill.total_fen)
    await bench.api.hang_up("POST", path, body, terminal.name, attempt)
    receipts = set()
    for _ in range(3):
        reply = await terminal.commit(attempt, bill.total_fen)
        expect(reply.done, f"the same commit after hanging up: {reply.seen()}")
        receipts.add(reply.body["receipt_no"])
    expect(len(receipts) == 1, f"receipts: {sorted(receipts)}")


@check("C18", "a commit whose answer was cut stands, and the same commit says so", feature="test_faults")
async def truncated_answer(bench: Bench) -> None:
    await _ends_committed_once(bench, "truncate")


@check("C19", "killed after the answer of a commit: it is still committed", phase=1, feature="test_faults")
async def killed_after(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    answer = await terminal.commit(attempt, bill.total_fen, fault="die_after")
    await bench.until_up()
    shown = await terminal.attempt(attempt)
    if answer.done:
        expect(shown.body.get("state") == "committed", f"answered committed, then shown {shown.seen()}")
        told = shown.body.get("result", {}).get("receipt_no")
        expect(told == answer.body["receipt_no"], f"two receipts: {told}, {answer.body['receipt_no']}")
    again = await terminal.commit(attempt, bill.total_fen)
    expect(again.done, f"the same commit after the restart: {again.seen()}")
    if answer.done:
        expect(again.body["receipt_no"] == answer.body["receipt_no"], "another receipt after the restart")


@check("C20", "killed before a commit: the same commit ends it", phase=1, feature="test_faults")
async def killed_before(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    answer = await terminal.commit(attempt, bill.total_fen, fault="die_before")
    if answer.done or answer.refused:
        raise Failed(f"the fault die_before was not obeyed: {answer.seen()}")
    await bench.until_up()
    shown = await terminal.attempt(attempt)
    expect(shown.body.get("state") == "begun", f"begun before the kill, then shown {shown.seen()}")
    again = await terminal.commit(attempt, bill.total_fen)
    expect(again.done, f"the same commit after the restart: {again.seen()}")


@check("C24", "a commit that arrives after the cancel dies", feature="test_faults")
async def late_arrival(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    late = asyncio.create_task(terminal.commit(attempt, bill.total_fen, fault="late"))
    await asyncio.sleep(0.2)
    ended = await terminal.cancel(attempt)
    expect(ended.body.get("state") == "cancelled", f"cancel while the commit is on its way: {ended.seen()}")
    reply = await late
    expect(reply.code == "ATTEMPT_CANCELLED", f"the late commit was told {reply.seen()}")
    shown = await terminal.attempt(attempt)
    expect(shown.body.get("state") == "cancelled", f"it is shown as {shown.seen()}")


@check("C24b", "a begin that arrives after the cancel dies", feature="test_faults")
async def late_begin(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    held, attempt = await terminal.held(bill), new_key()
    late = asyncio.create_task(
        terminal.change("PUT", f"/settlements/{attempt}", attempt, terminal.begin_body(held), fault="late")
    )
    await asyncio.sleep(0.2)
    ended = await terminal.cancel(attempt)
    expect(ended.body.get("state") == "cancelled", f"cancel while the begin is on its way: {ended.seen()}")
    reply = await late
    expect(reply.code == "ATTEMPT_CANCELLED", f"the late begin was told {reply.seen()}")
