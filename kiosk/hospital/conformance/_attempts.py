"""C01, C02, C09 to C16, C21, C23, C37: begin, commit, cancel, and their keys."""

from __future__ import annotations

import asyncio
from typing import Any

from kiosk.hospital.conformance._api import new_key
from kiosk.hospital.conformance._bench import Bench, commit_body, lease_over
from kiosk.hospital.conformance._check import check, expect

IDENTICAL = 200
AT_ONCE = 50


@check("C01", "the same commit again: the same receipt, marked as replayed")
async def replay(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt, first = await terminal.settled(bill)
    again = await terminal.commit(attempt, bill.total_fen)
    expect(again.done, f"the same commit again: {again.seen()}")
    expect(again.body == first.body, "another answer than the first time")
    expect(again.replayed, "the answer is not marked Idempotent-Replayed: true")
    expect(not first.replayed, "the first answer is marked as replayed")


@check("C01b", "the same begin, lease and cancel again: the same answers")
async def replay_others(bench: Bench) -> None:
    bill, terminal, key, attempt = await bench.bill(), bench.terminal(), new_key(), new_key()
    first, again = await terminal.lease(bill, key=key), await terminal.lease(bill, key=key)
    expect(again.done and again.replayed and first.body == again.body, f"lease: {again.seen()}")
    body = {"lease_id": first.body["lease_id"], "fencing_token": first.body["fencing_token"]}
    body |= {"bills": [bill.at()], "total_fen": bill.total_fen, "mode": "self_pay"}
    for _ in range(2):
        begun = await terminal.change("PUT", f"/settlements/{attempt}", attempt, body)
        expect(begun.done, f"begin: {begun.seen()}")
    for _ in range(2):
        ended = await terminal.cancel(attempt)
        expect(ended.body.get("state") == "cancelled", f"cancel: {ended.seen()}")


@check("C02", "the same key with another body is refused, and what was done stands")
async def mismatch(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt, first = await terminal.settled(bill)
    other = commit_body(attempt, bill.total_fen, evidence_digest="other")
    reply = await terminal.change("POST", f"/settlements/{attempt}:commit", attempt, other)
    expect(
        reply.status == 422 and reply.code == "IDEMPOTENCY_MISMATCH",
        f"422 IDEMPOTENCY_MISMATCH expected: {reply.seen()}",
    )
    expect(reply.body.get("effect") != "none", "effect must say that the first body was done")
    shown = await terminal.attempt(attempt)
    expect(shown.body.get("result", {}).get("receipt_no") == first.body["receipt_no"], shown.seen())


@check("C09", "a begun bill stays closed after its lease is over")
async def begun_stays_closed(bench: Bench) -> None:
    bill = await bench.bill()
    await bench.terminal().begun(bill, ttl_s=2)
    await lease_over(2)
    reply = await bench.terminal().lease(bill)
    expect(reply.code in ("BILL_UNKNOWN_ATTEMPT", "BILL_LEASED"), f"still closed expected: {reply.seen()}")


@check("C10", "a begun attempt commits after its lease is over")
async def commit_after_lease(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill, ttl_s=2)
    await lease_over(2)
    reply = await terminal.commit(attempt, bill.total_fen)
    expect(reply.done, f"commit: {reply.seen()}")


@check("C11", "cancel frees the bill and ends the lease at once")
async def cancel_frees(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    reply = await terminal.cancel(attempt)
    expect(reply.body.get("state") == "cancelled", f"cancel of a begun attempt: {reply.seen()}")
    other = await bench.terminal().lease(bill)
    expect(other.done, f"another terminal finds the bill closed: {other.seen()}")


@check("C12", "a commit after the cancel is refused")
async def commit_after_cancel(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    await terminal.cancel(attempt)
    late = await terminal.commit(attempt, bill.total_fen)
    expect(late.code == "ATTEMPT_CANCELLED", f"ATTEMPT_CANCELLED expected: {late.seen()}")
    shown = await terminal.attempt(attempt)
    expect(shown.body.get("state") == "cancelled", f"it is shown as {shown.seen()}")


@check("C13", "cancel of an attempt never seen leaves a tombstone")
async def tombstone(bench: Bench) -> None:
    bill, terminal, attempt = await bench.bill(), bench.terminal(), new_key()
    held = await terminal.held(bill)
    reply = await terminal.cancel(attempt)
    expect(reply.body.get("state") == "cancelled", f"cancel of an attempt never seen: {reply.seen()}")
    shown = await terminal.attempt(attempt)
    expect(shown.body.get("state") == "cancelled", f"it is shown as {shown.seen()}")
    late = await terminal.begin(held, attempt)
    expect(late.code == "ATTEMPT_CANCELLED", f"a begin after it: {late.seen()}")
    commit = await terminal.commit(attempt, bill.total_fen)
    expect(commit.code == "ATTEMPT_CANCELLED", f"a commit after it: {commit.seen()}")


@check("C14", "cancel after the commit answers committed and undoes nothing")
async def cancel_after_commit(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt, first = await terminal.settled(bill)
    reply = await terminal.cancel(attempt)
    expect(reply.body.get("state") == "committed", f"committed expected: {reply.seen()}")
    expect(reply.body.get("receipt_no") == first.body["receipt_no"], "another receipt than the commit's")
    lease = await bench.terminal().lease(bill)
    expect(lease.code == "BILL_SETTLED", f"the bill: {lease.seen()}")


@check("C15", "tenders that do not sum to the total are refused")
async def tender_sum(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    reply = await terminal.commit(attempt, bill.total_fen - 1)
    expect(reply.code == "TENDER_SUM_MISMATCH", f"TENDER_SUM_MISMATCH expected: {reply.seen()}")
    right = await terminal.commit(attempt, bill.total_fen)
    expect(right.done, f"the right commit after the refused one: {right.seen()}")


def insured_body(attempt: str, total_fen: int, fund_fen: int, tender_fund_fen: int) -> dict[str, Any]:
    """A commit whose fund tender may differ from what the insurance said."""
    return {
        "insurance": {
            "infno": "2207",
            "msgid": f"H99010000001{attempt[:18]}",
            "setl_id": f"S{attempt[:12]}",
            "mdtrt_id": f"M{attempt[:12]}",
            "setl_time": "2026-10-20 09:00:00",
            "setlinfo": {
                "medfee_sumamt_fen": total_fen,
                "fund_pay_sumamt_fen": fund_fen,
                "acct_pay_fen": 0,
                "psn_cash_pay_fen": total_fen - fund_fen,
            },
            "setldetail": [],
            "fund_includes_account": False,
            "pre_settle_digest": "0" * 64,
        },
        "tenders": [
            {"kind": "fund", "amount_fen": tender_fund_fen},
            {"kind": "wechat", "amount_fen": total_fen - tender_fund_fen, "out_trade_no": attempt},
        ],
    }


@check("C15b", "tenders that are not the insurance's split are refused")
async def split(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill, mode="insured")
    path, fund_fen = f"/settlements/{attempt}:commit", bill.total_fen // 2
    wrong = insured_body(attempt, bill.total_fen, fund_fen, fund_fen + 1)
    reply = await terminal.change("POST", path, attempt, wrong)
    expect(reply.code == "SPLIT_MISMATCH", f"SPLIT_MISMATCH expected: {reply.seen()}")
    right = insured_body(attempt, bill.total_fen, fund_fen, fund_fen)
    good = await terminal.change("POST", path, attempt, right)
    expect(good.done, f"the right split: {good.seen()}")
    bench.note_committed(attempt, good)


@check("C16", "a request past its deadline is refused and does nothing")
async def past_deadline(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    path, body = f"/settlements/{attempt}:commit", commit_body(attempt, bill.total_fen)
    late = await bench.api.call("POST", path, body, terminal=terminal.name, key=attempt, deadline_s=-1)
    expect(late.code == "DEADLINE_PASSED", f"DEADLINE_PASSED expected: {late.seen()}")
    shown = await terminal.attempt(attempt)
    expect(shown.body.get("state") == "begun", f"it is shown as {shown.seen()}")


@check("C16b", "a change without a deadline is refused")
async def no_deadline(bench: Bench) -> None:
    bill = await bench.bill()
    body = {"bills": [bill.at()], "ttl_s": 30}
    reply = await bench.api.call("POST", "/leases", body, key=new_key(), deadline_s=None)
    expect(reply.refused, f"a refusal expected: {reply.seen()}")


@check("C21", f"{IDENTICAL} identical commits, {AT_ONCE} at once: one receipt", phase=1)
async def identical_commits(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt, gate = await terminal.begun(bill), asyncio.Semaphore(AT_ONCE)

    async def one() -> str:
        async with gate:
            reply = await terminal.commit(attempt, bill.total_fen)
            if reply.code == "IN_PROGRESS":
                return ""
            return str(reply.body.get("receipt_no", reply.seen()))

    receipts = set(await asyncio.gather(*(one() for _ in range(IDENTICAL)))) - {""}
    expect(len(receipts) == 1, f"{len(receipts)} different answers, such as {sorted(receipts)[:3]}")


@check("C23", "commit racing cancel: both are told the same end", phase=1)
async def commit_races_cancel(bench: Bench) -> None:
    for number in range(bench.rounds):
        bill, terminal = await bench.bill(), bench.terminal()
        attempt = await terminal.begun(bill)
        racers = [terminal.commit(attempt, bill.total_fen), terminal.cancel(attempt)]
        if number % 2:
            cancel, commit = await asyncio.gather(*reversed(racers))
        else:
            commit, cancel = await asyncio.gather(*racers)
        end = cancel.body.get("state")
        expect(end in ("committed", "cancelled"), f"cancel: {cancel.seen()}")
        fits = commit.done if end == "committed" else commit.code == "ATTEMPT_CANCELLED"
        expect(fits, f"cancel said {end}, commit was told {commit.seen()}")
        shown = await terminal.attempt(attempt)
        expect(shown.body.get("state") == end, f"told {end}, shown {shown.seen()}")


@check("C35", "fields that the hospital does not know are ignored")
async def unknown_fields(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill, a_later_field={"x": [1]})
    reply = await terminal.commit(attempt, bill.total_fen, another_later_field="x")
    expect(reply.done, f"commit with a field of a later version: {reply.seen()}")


@check("C37", "an attempt never seen is 404 ATTEMPT_NOT_FOUND")
async def not_found(bench: Bench) -> None:
    reply = await bench.terminal().attempt(new_key())
    expect(reply.status == 404 and reply.code == "ATTEMPT_NOT_FOUND", f"seen: {reply.seen()}")
