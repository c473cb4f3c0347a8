"""C29 to C33: money that goes back, once and not more than was paid."""

from __future__ import annotations

from typing import Any

from kiosk.hospital.conformance._api import Reply, new_key
from kiosk.hospital.conformance._attempts import insured_body
from kiosk.hospital.conformance._bench import Bench, Terminal, TestBill
from kiosk.hospital.conformance._check import check, expect


async def _reverse(terminal: Terminal, attempt: str, **more: Any) -> Reply:
    reverse_id = new_key()
    body = {"reverse_id": reverse_id, "reason": "conformance", "all": True, **more}
    return await terminal.change("POST", f"/settlements/{attempt}:reverse", reverse_id, body)


async def _due(bench: Bench, terminal: Terminal) -> tuple[TestBill, dict[str, Any]]:
    """A settlement reversed; the refund that is due for it."""
    bench.needs("reverse")
    bill = await bench.bill()
    attempt, _ = await terminal.settled(bill)
    reply = await _reverse(terminal, attempt)
    expect(reply.done and reply.body["refund_due_ids"], f"reverse of a settlement: {reply.seen()}")
    listed = await bench.api.call("GET", f"/patients/{bill.patient_id}/refunds-due", terminal=terminal.name)
    expect(listed.done, f"refunds-due: {listed.seen()}")
    wanted = reply.body["refund_due_ids"][0]
    found = [due for due in listed.body["refunds"] if due["refund_due_id"] == wanted]
    expect(found, "the refund due of the reversal is not listed")
    return bill, found[0]


async def _begin(terminal: Terminal, refund: str, due: dict[str, Any], more_fen: int = 0) -> Reply:
    tenders = [{"kind": one["kind"], "amount_fen": one["max_fen"] + more_fen} for one in due["tenders"]]
    body = {
        "refund_due_id": due["refund_due_id"],
        "version": due["version"],
        "amount_fen": sum(one["amount_fen"] for one in tenders),
        "tenders": tenders,
    }
    return await terminal.change("PUT", f"/refunds/{refund}", refund, body)


async def _commit(terminal: Terminal, refund: str, due: dict[str, Any], fault: str = "") -> Reply:
    tenders = [{"kind": one["kind"], "amount_fen": one["max_fen"]} for one in due["tenders"]]
    body = {"insurance_reversal": None, "tenders": tenders}
    return await terminal.change("POST", f"/refunds/{refund}:commit", refund, body, fault=fault)


@check("C29", "money due back is given by one refund alone, and once", feature="refunds")
async def one_refund(bench: Bench) -> None:
    terminal = bench.terminal()
    _, due = await _due(bench, terminal)
    first, second = new_key(), new_key()
    expect((await _begin(terminal, first, due)).done, "begin of a refund")
    other = await _begin(bench.terminal(), second, due)
    expect(other.code == "REFUND_CHANGED", f"a second refund of the same money: {other.seen()}")
    done = await _commit(terminal, first, due)
    expect(done.done, f"commit of a refund: {done.seen()}")
    again = await _commit(terminal, first, due)
    expect(again.done and again.body["receipt_no"] == done.body["receipt_no"], f"again: {again.seen()}")
    late = await _begin(terminal, new_key(), due)
    expect(late.refused, f"a refund after it was given: {late.seen()}")


@check("C30", "more than is due is refused", feature="refunds")
async def refund_exceeds(bench: Bench) -> None:
    terminal = bench.terminal()
    _, due = await _due(bench, terminal)
    reply = await _begin(terminal, new_key(), due, more_fen=1)
    expect(reply.code == "REFUND_EXCEEDS", f"REFUND_EXCEEDS expected: {reply.seen()}")


@check("C31", "cancel of a refund never seen leaves a tombstone; the money stays due", feature="refunds")
async def refund_tombstone(bench: Bench) -> None:
    terminal, refund = bench.terminal(), new_key()
    _, due = await _due(bench, terminal)
    ended = await terminal.change("POST", f"/refunds/{refund}:cancel", refund, {"reason": "conformance"})
    expect(ended.body.get("state") == "cancelled", f"cancel of a refund never seen: {ended.seen()}")
    late = await _begin(terminal, refund, due)
    expect(late.code == "ATTEMPT_CANCELLED", f"a begin after it: {late.seen()}")
    fresh = await _begin(terminal, new_key(), due)
    expect(fresh.done, f"another refund of the money still due: {fresh.seen()}")


@check("C32", "a refund whose answer was lost is committed, once", feature="refunds")
async def refund_lost(bench: Bench) -> None:
    bench.needs("test_faults")
    terminal, refund = bench.terminal(), new_key()
    _, due = await _due(bench, terminal)
    await _begin(terminal, refund, due)
    lost = await _commit(terminal, refund, due, fault="drop")
    expect(not lost.done and not lost.refused, f"the fault was not obeyed: {lost.seen()}")
    shown = await bench.api.call("GET", f"/refunds/{refund}", terminal=terminal.name)
    expect(shown.body.get("state") == "committed", f"it is shown as {shown.seen()}")
    again = await _commit(terminal, refund, due)
    expect(again.body.get("receipt_no") == shown.body.get("receipt_no"), f"again: {again.seen()}")


@check("C33", "a settlement is reversed once, and an insured one only after its insurance", feature="reverse")
async def reversal(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill, mode="insured")
    body = insured_body(attempt, bill.total_fen, bill.total_fen // 2, bill.total_fen // 2)
    done = await terminal.change("POST", f"/settlements/{attempt}:commit", attempt, body)
    expect(done.done, f"an insured commit: {done.seen()}")
    bench.note_committed(attempt, done)
    early = await _reverse(terminal, attempt)
    expect(early.code == "REVERSE_MISMATCH", f"reversed without its insurance: {early.seen()}")
    other = await _reverse(terminal, attempt, insurance_reversal={"infno": "2208", "setl_id": "S-other"})
    expect(other.code == "REVERSE_MISMATCH", f"reversed with another settlement's: {other.seen()}")
    undone = {"infno": "2208", "setl_id": body["insurance"]["setl_id"]}
    good = await _reverse(terminal, attempt, insurance_reversal=undone)
    expect(good.done, f"reverse: {good.seen()}")
    twice = await _reverse(terminal, attempt, insurance_reversal=undone)
    expect(twice.code == "NOT_REVERSIBLE", f"reversed twice: {twice.seen()}")
