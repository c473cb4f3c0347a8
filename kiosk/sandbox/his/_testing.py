"""What only a test hospital has: faults that a request asks for, and bills out of nothing.

A real hospital refuses `X-Test-Fault` and has no `/test`; the sandbox serves both so that the conformance
suite can run from outside.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from kiosk.sandbox.faults import Fault, make_fault
from kiosk.sandbox.his._bodies import make_bill
from kiosk.sandbox.his._headers import STORE
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his.store import HisError

LATE_S = 0.6
"""How late a `late` request is worked on: longer than a cancel takes, short for a suite."""

BILLS_MAX = 500  # in one request


def carried_fault(request: web.Request) -> Fault | None:
    """`X-Test-Fault` of a request, in the words of the sandbox's fault table. Raises Problem on nonsense."""
    match request.headers.get("X-Test-Fault"):
        case None | "die_after" | "die_before":
            return None
        case "drop":
            return make_fault("lost_after")
        case "truncate":
            return make_fault("truncated")
        case "late":
            return make_fault("arrive_late_s", seconds=LATE_S)
        case _:
            return make_fault("refuse", code="BAD_REQUEST", text="no such test fault")


def death_middleware(die: Callable[[], None]) -> Middleware:
    """`die_before`: end the process before the work. `die_after`: end it when the answer is on its way."""

    @web.middleware
    async def meet_death(request: web.Request, handler: Handler) -> web.StreamResponse:
        match request.headers.get("X-Test-Fault"):
            case "die_before":
                await request.read()
                _cut(request)
                die()
                return web.Response()
            case "die_after":
                answer = await handler(request)
                await answer.prepare(request)
                await answer.write_eof()
                die()
                return answer
            case _:
                return await handler(request)

    return meet_death


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def add_test_resources(router: web.UrlDispatcher) -> None:
    """Serve `/test/...`."""
    router.add_post("/ki/v1/test/bills", make_bills, name="test_bills")
    router.add_post("/ki/v1/test/bills/{bill_id}:change", change_bill, name="test_change")
    router.add_post("/ki/v1/test/refunds-due", make_refund_due, name="test_refund_due")
    router.add_post("/ki/v1/test/days:close", close_day, name="test_close_day")


async def _given(request: web.Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.read() or b"{}")
    except ValueError as exc:
        raise Problem("BAD_REQUEST", "the body is no JSON") from exc
    if not isinstance(given, dict):
        raise Problem("BAD_REQUEST", "the body is no object")
    return given


async def make_bills(request: web.Request) -> web.Response:
    """`{count, unit_price}`: so many open bills of one new patient, each of one line."""
    given = await _given(request)
    count = given.get("count", 1)
    if not isinstance(count, int) or not 1 <= count <= BILLS_MAX:
        raise Problem("BAD_REQUEST", f"count is 1 to {BILLS_MAX}")
    try:
        price = Decimal(str(given.get("unit_price", "12.34")))
    except InvalidOperation as exc:
        raise Problem("BAD_REQUEST", "unit_price is a decimal string") from exc
    store = request.app[STORE]
    patient_id = str(given.get("patient_id") or f"T{secrets.token_hex(6)}")
    store.add_patient(patient_id, "测试", psn_no=f"99{secrets.randbelow(10**10):010d}")
    made = []
    now = dt.datetime.fromisoformat(store.now_text())
    for _ in range(count):
        name = f"TB{secrets.token_hex(6)}"
        ref = store.add_bill(
            make_bill(name, patient_id, [("检查费", "1", price)], created_at=now, title="测试单")
        )
        made.append({"id": ref.bill_id, "version": ref.version, "total_fen": ref.total_fen})
    return web.json_response({"patient_id": patient_id, "bills": made})


async def change_bill(request: web.Request) -> web.Response:
    """A line more: the bill's version grows."""
    try:
        ref = request.app[STORE].raise_price(request.match_info["bill_id"])
    except HisError as exc:
        raise Problem("BAD_REQUEST", str(exc)) from exc
    return web.json_response({"id": ref.bill_id, "version": ref.version, "total_fen": ref.total_fen})


async def make_refund_due(request: web.Request) -> web.Response:
    """`{attempt_id, reason}`: the whole settlement is due back."""
    given = await _given(request)
    due = request.app[STORE].declare_refund_due(
        str(given.get("attempt_id", "")), str(given.get("reason", "测试退费"))
    )
    return web.json_response({"refund_due_id": due})


async def close_day(request: web.Request) -> web.Response:
    """End the business day now."""
    return web.json_response({"date": request.app[STORE].close_day().isoformat()})
