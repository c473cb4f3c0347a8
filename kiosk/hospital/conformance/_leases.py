"""C03 to C08: what a lease gives, and what an old one does not."""

from __future__ import annotations

import asyncio
import dataclasses

from kiosk.hospital.conformance._api import new_key
from kiosk.hospital.conformance._bench import Bench, Held, lease_over
from kiosk.hospital.conformance._check import check, expect


@check("C03", "a settled bill cannot be leased")
async def settled_not_leasable(bench: Bench) -> None:
    bill = await bench.bill()
    await bench.terminal().settled(bill)
    reply = await bench.terminal().lease(bill)
    expect(reply.code == "BILL_SETTLED", f"BILL_SETTLED expected: {reply.seen()}")


@check("C04", "a leased bill cannot be leased by another terminal")
async def leased_not_leasable(bench: Bench) -> None:
    bill = await bench.bill()
    await bench.terminal().held(bill)
    reply = await bench.terminal().lease(bill)
    expect(reply.code == "BILL_LEASED", f"BILL_LEASED expected: {reply.seen()}")


@check("C05", "an expired lease can be taken by another terminal")
async def expired_can_be_taken(bench: Bench) -> None:
    bill = await bench.bill()
    first = await bench.terminal().held(bill, ttl_s=1)
    await lease_over(1)
    second = await bench.terminal().held(bill)
    expect(second.token > first.token, f"the fencing token did not grow: {first.token}, {second.token}")


@check("C06", "begin by the old holder of a bill taken over is refused")
async def old_holder(bench: Bench) -> None:
    bill, old = await bench.bill(), bench.terminal()
    held = await old.held(bill, ttl_s=1)
    await lease_over(1)
    await bench.terminal().held(bill)
    reply = await old.begin(held)
    expect(reply.refused, f"a refusal expected: {reply.seen()}")


@check("C06b", "begin with the terminal's own expired lease is refused")
async def own_expired(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    held = await terminal.held(bill, ttl_s=1)
    await lease_over(1)
    reply = await terminal.begin(held)
    expect(reply.code in ("LEASE_EXPIRED", "LEASE_UNKNOWN"), f"LEASE_EXPIRED expected: {reply.seen()}")


@check("C06c", "begin with an older lease of the same terminal is refused")
async def older_lease(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    old = await terminal.held(bill)
    await terminal.held(bill)
    reply = await terminal.begin(old)
    expect(reply.refused, f"a refusal expected: {reply.seen()}")


@check("C06d", "begin with the newest lease and a stale fencing number is refused")
async def stale_token(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    old = await terminal.held(bill)
    new = await terminal.held(bill)
    reply = await terminal.begin(dataclasses.replace(new, token=old.token))
    expect(reply.code == "LEASE_FENCED", f"LEASE_FENCED expected: {reply.seen()}")


@check("C06e", "begin with a released lease is refused")
async def released_lease(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    held = await terminal.held(bill)
    path = f"/leases/{held.lease_id}?fencing_token={held.token}"
    for _ in range(2):
        reply = await terminal.change("DELETE", path, new_key())
        expect(reply.done, f"release of a lease (twice): {reply.seen()}")
    reply = await terminal.begin(held)
    expect(reply.refused, f"a refusal expected: {reply.seen()}")


@check("C06f", "begin with the lease of another bill is refused")
async def lease_of_another_bill(bench: Bench) -> None:
    mine, other, terminal = await bench.bill(), await bench.bill(), bench.terminal()
    held = await terminal.held(mine)
    reply = await terminal.begin(Held(held.lease_id, held.token, (other,)))
    expect(reply.refused, f"a refusal expected: {reply.seen()}")


@check("C07", "a lease at another version than the bill's is refused")
async def changed_before_lease(bench: Bench) -> None:
    bill = await bench.bill()
    stale = bill
    if "test_resources" in bench.features and bench.fixtures is None:
        await bench.api.call("POST", f"/test/bills/{bill.id}:change")
    else:
        stale = dataclasses.replace(bill, version=bill.version + 1)
    reply = await bench.terminal().lease(stale)
    expect(reply.code == "BILL_CHANGED" and reply.status == 412, f"412 BILL_CHANGED: {reply.seen()}")


@check("C07b", "begin at another version than the bill's is refused")
async def changed_before_begin(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    held = await terminal.held(bill)
    stale = dataclasses.replace(bill, version=bill.version + 1)
    reply = await terminal.begin(dataclasses.replace(held, bills=(stale,)))
    expect(reply.code == "BILL_CHANGED", f"BILL_CHANGED expected: {reply.seen()}")


@check("C08", "begin with another amount than the bills' is refused")
async def wrong_amount(bench: Bench) -> None:
    bill, terminal, attempt = await bench.bill(), bench.terminal(), new_key()
    held = await terminal.held(bill)
    reply = await terminal.begin(held, attempt, total_fen=bill.total_fen - 1)
    expect(reply.code == "AMOUNT_MISMATCH", f"AMOUNT_MISMATCH expected: {reply.seen()}")
    right = await terminal.begin(held, attempt)
    expect(right.done, f"the refused attempt must be free to begin rightly: {right.seen()}")


@check("C22", "50 terminals race for one bill: one lease", phase=1)
async def lease_race(bench: Bench) -> None:
    bill = await bench.bill()
    replies = await asyncio.gather(*(bench.terminal().lease(bill) for _ in range(50)))
    won = sum(reply.done for reply in replies)
    expect(won == 1, f"{won} leases were given")
    others = {reply.code for reply in replies if not reply.done}
    expect(others == {"BILL_LEASED"}, f"the others were told {sorted(others)}")


@check("C39", "a lease is renewed by its newest number alone, and not after its end")
async def renewal(bench: Bench) -> None:
    bill, terminal = await bench.bill(), bench.terminal()
    held = await terminal.held(bill, ttl_s=2)
    path = f"/leases/{held.lease_id}:renew"
    stale = await terminal.change("POST", path, new_key(), {"fencing_token": held.token - 1})
    expect(stale.refused, f"renewed with a stale number: {stale.seen()}")
    good = await terminal.change("POST", path, new_key(), {"fencing_token": held.token})
    expect(good.done, f"renewal in time: {good.seen()}")
    await lease_over(2)
    late = await terminal.change("POST", path, new_key(), {"fencing_token": held.token})
    expect(late.code in ("LEASE_EXPIRED", "LEASE_UNKNOWN"), f"renewed after its end: {late.seen()}")
