"""C25 to C28, C34, C36, C40, C41: lists, clocks, the books, and the form of every refusal."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kiosk.hospital.conformance._api import DEADLINE_S, new_key
from kiosk.hospital.conformance._bench import Bench
from kiosk.hospital.conformance._check import check, expect

NAMED_MAX = 3  # offenders named in a failure's text


@check(
    "C25", "one ledger entry for each committed attempt, none for a cancelled one", phase=2, feature="ledger"
)
async def one_entry_each(bench: Bench) -> None:
    rows: Counter[str] = Counter()
    receipts: dict[str, str] = {}
    for day in sorted(bench.days):
        for entry in await bench.entries(day):
            if entry["kind"] == "settle":
                rows[entry["attempt_id"]] += 1
                receipts[entry["attempt_id"]] = entry["receipt_no"]
    wrong = [f"{attempt[:8]} has {rows[attempt]}" for attempt in bench.committed if rows[attempt] != 1]
    expect(not wrong, f"{len(wrong)} committed attempts: {', '.join(wrong[:NAMED_MAX])}")
    odd = [attempt[:8] for attempt, receipt in bench.committed.items() if receipts[attempt] != receipt]
    expect(not odd, f"another receipt in the ledger than in the answer: {', '.join(odd[:NAMED_MAX])}")
    ghosts = [attempt[:8] for attempt in bench.cancelled if rows[attempt]]
    expect(not ghosts, f"cancelled attempts with an entry: {', '.join(ghosts[:NAMED_MAX])}")


@check("C26", "deadlines are moments: any offset, whatever the terminal's own clock says")
async def deadline_offsets(bench: Bench) -> None:
    terminal = bench.terminal()
    for hours in (0, 8, -5):
        bill = await bench.bill()
        zone = dt.timezone(dt.timedelta(hours=hours))
        moment = (bench.api.server_now() + dt.timedelta(seconds=DEADLINE_S)).astimezone(zone)
        body = {"bills": [bill.at()], "ttl_s": 30}
        reply = await bench.api.call(
            "POST",
            "/leases",
            body,
            terminal=terminal.name,
            key=new_key(),
            headers={"X-Deadline": moment.isoformat(timespec="milliseconds")},
        )
        expect(reply.done, f"a deadline in time, written with {hours:+d} h: {reply.seen()}")


@check("C26b", "every answer tells the hospital's time", phase=2)
async def server_time(bench: Bench) -> None:
    missing = sorted(set(bench.api.timeless))
    expect(not missing, f"{len(missing)} kinds of answer without it: {'; '.join(missing[:NAMED_MAX])}")


@check("C27", "the pages of a list are of one moment", feature="test_resources")
async def paging(bench: Bench) -> None:
    bills = await bench.new_patient(7)
    path = f"/patients/{bills[0].patient_id}/bills?state=open&limit=3"
    first = await bench.api.call("GET", path)
    expect(first.done and len(first.body["bills"]) == 3, f"a page of 3: {first.seen()}")
    seen = [bill["bill_id"] for bill in first.body["bills"]]
    gone = next(bill for bill in bills if bill.id == seen[0])
    await bench.terminal().settled(gone)
    cursor = first.body["next_cursor"]
    while cursor:
        page = await bench.api.call("GET", f"{path}&cursor={cursor}")
        expect(page.done, f"a later page: {page.seen()}")
        seen += [bill["bill_id"] for bill in page.body["bills"]]
        cursor = page.body["next_cursor"]
    expect(sorted(seen) == sorted(bill.id for bill in bills), f"{len(set(seen))} of 7 bills were seen")


def _digest(entries: list[dict[str, Any]]) -> str:
    """The hash as the document describes it, made here by hand."""
    digest = hashlib.sha256()
    for entry in entries:
        tenders = ",".join(
            f"{one['kind']}:{one['amount_fen']}:{one.get('out_trade_no', '')}" for one in entry["tenders"]
        )
        line = (
            f"{entry['n']}|{entry['attempt_id']}|{entry['kind']}|{entry['at']}|{entry['total_fen']}|{tenders}"
            f"|{entry['setl_id']}|{entry['receipt_no']}\n"
        )
        digest.update(line.encode())
    return digest.hexdigest()


@check("C28", "the close of a day is the sum and the hash of its entries", phase=2, feature="ledger")
async def day_close(bench: Bench) -> None:
    today = bench.api.server_now().date()
    day = (today - dt.timedelta(days=1)).isoformat()
    if "test_resources" in bench.features:
        closed = await bench.api.call("POST", "/test/days:close", {})
        expect(closed.done, f"POST /test/days:close: {closed.seen()}")
        day = str(closed.body["date"])
    reply = await bench.api.call("GET", f"/ledger/{day}/close")
    expect(reply.done, f"close of {day}: {reply.seen()}")
    entries = await bench.entries(day)
    numbers = [entry["n"] for entry in entries]
    expect(numbers == list(range(1, len(entries) + 1)), "n is not 1, 2, 3 ... without gaps")
    expect(reply.body["count"] == len(entries), f"count {reply.body['count']} of {len(entries)} entries")
    total = sum(entry["total_fen"] for entry in entries)
    expect(reply.body["total_fen"] == total, f"total {reply.body['total_fen']} of {total}")
    expect(reply.body["sha256"] == _digest(entries), "sha256 is not of the entries in their order")


@check("C28b", "a day that is not over is not closed", feature="ledger")
async def day_open(bench: Bench) -> None:
    # Far ahead: each run may have had the hospital end a day early, so that tomorrow is over, too.
    far = bench.api.server_now().date() + dt.timedelta(days=366)
    reply = await bench.api.call("GET", f"/ledger/{far.isoformat()}/close")
    expect(reply.code == "DAY_OPEN", f"DAY_OPEN expected: {reply.seen()}")


@check("C34", "who waits for changes is told of one at once", feature="changes")
async def changes(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    start = await bench.api.call("GET", "/changes")
    expect(start.done, f"changes: {start.seen()}")
    cursor, seen = start.body["next_cursor"], False
    waiting = asyncio.create_task(bench.api.call("GET", f"/changes?cursor={cursor}&wait_s=10"))
    await terminal.held(bill)
    async with asyncio.timeout(10):
        while not seen:
            reply = await waiting
            expect(reply.done, f"changes: {reply.seen()}")
            seen = any(one["id"] == bill.id for one in reply.body["changes"])
            cursor = reply.body["next_cursor"]
            waiting = asyncio.create_task(bench.api.call("GET", f"/changes?cursor={cursor}&wait_s=2"))
    waiting.cancel()


@check("C36", "every refusal has a valid problem body", phase=2)
async def problem_bodies(bench: Bench) -> None:
    wrong = sorted(set(bench.api.malformed))
    expect(not wrong, f"{len(wrong)} kinds of refusal without one: {'; '.join(wrong[:NAMED_MAX])}")


@check("C40", "a bill adds up, and its ETag is its version", feature="bills")
async def bill_adds_up(bench: Bench) -> None:
    bill = await bench.bill()
    reply = await bench.api.call("GET", f"/bills/{bill.id}")
    expect(reply.done, f"an open bill: {reply.seen()}")
    given = reply.body
    for line in given["lines"]:
        exact = Decimal(line["quantity"]) * Decimal(line["unit_price"]) * 100
        amount_fen = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        expect(amount_fen == line["amount_fen"], f"line {line['line_id']} is {line['amount_fen']} fen")
    total = sum(line["amount_fen"] for line in given["lines"])
    expect(total == given["total_fen"], f"lines of {total} fen, a total of {given['total_fen']}")
    expect(given["line_count"] == len(given["lines"]), "line_count is not the number of lines")
    etag = reply.headers.get("ETag", "")
    expect(etag == f'"{given["bill_version"]}"', f"ETag {etag} of version {given['bill_version']}")


@check("C41", "an invoice is of the settlement's amount, and none before it", feature="invoices")
async def invoice(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    attempt = await terminal.begun(bill)
    path = f"/settlements/{attempt}/invoice"
    before = await bench.api.call("GET", path, terminal=terminal.name)
    expect(before.body.get("state") == "none", f"before the commit: {before.seen()}")
    await terminal.commit(attempt, bill.total_fen)
    after = await bench.api.call("GET", path, terminal=terminal.name)
    expect(after.body.get("state") in ("pending", "issued"), f"after the commit: {after.seen()}")
    if after.body["state"] == "issued":
        expect(after.body["amount_fen"] == bill.total_fen, f"an invoice of {after.body['amount_fen']} fen")
