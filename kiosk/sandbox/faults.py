"""Rudeness on request: what a network does to a request, chosen before it arrives.

Each server of the sandbox owns one `FaultPlan` and puts `fault_middleware` in front of its handlers.
A fault is planned for the next requests of one operation ("2207", "commit"); it says exactly whether
the effect happens, so a test or a person at the table page knows what the peer's books must show.

| fault              | effect at the peer | what the client gets                                  |
|--------------------|--------------------|-------------------------------------------------------|
| `delay_s`          | at once            | the answer, `seconds` later                           |
| `arrive_late_s`    | `seconds` later, also when the client has given up | the answer after that |
| `lost_before`      | none               | a cut connection                                      |
| `lost_after`       | yes                | a cut connection                                      |
| `bad_gateway`      | none               | 502 with a page that is no answer                     |
| `bad_gateway_after`| yes                | 502 with a page that is no answer                     |
| `truncated`        | yes                | the first half of the answer, then a closed connection|
| `garbled`          | yes                | 200 with a page that is no answer (a captive portal)  |
| `refuse`           | none               | the peer's own form of a refusal                      |
| `duplicate`        | delivered twice    | the answer to the second delivery                     |
| `deviate`          | yes                | the answer, spelled as some areas do (`code` says how)|
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from kiosk.sandbox._fault_plan import ANY, KINDS, Fault, FaultError, FaultPlan, Kind, make_fault

__all__ = [
    "ANY",
    "DEVIATION",
    "KINDS",
    "Fault",
    "FaultError",
    "FaultPlan",
    "Kind",
    "fault_middleware",
    "make_fault",
    "problem_refusal",
]

NO_ANSWER = "<html><body><h1>502 Bad Gateway</h1></body></html>"

OperationOf: TypeAlias = Callable[[web.Request], Awaitable[str | None]]
"""Names the operation of a request; None for pages that no fault may meet (health, the approval page)."""

RefusalOf: TypeAlias = Callable[[web.Request, Fault], Awaitable[web.StreamResponse]]
"""The peer's own form of a refusal without effect."""

DEVIATION = web.RequestKey("deviation", str)
"""How this one answer is to be spelled otherwise; for the handler, which knows its own answers."""

FaultOf: TypeAlias = Callable[[web.Request], Fault | None]
"""A fault that the request itself carries (the conformance suite's X-Test-Fault); it goes before the plan."""


def fault_middleware(
    plan: FaultPlan,
    operation_of: OperationOf,
    refusal_of: RefusalOf | None = None,
    fault_of: FaultOf | None = None,
) -> Middleware:
    """The door of a sandbox server: counts each request in `plan` and treats it as planned.

    Put it first in `middlewares`, so that what it delivers twice or late passes all other middlewares as a
    real request would. Handlers must read bodies with `read`, `text` or `json`: aiohttp keeps these bytes,
    and a second delivery sees them again.
    """
    refuse = refusal_of or problem_refusal
    under_way: set[asyncio.Future[web.StreamResponse]] = set()

    @web.middleware
    async def meet(request: web.Request, handler: Handler) -> web.StreamResponse:
        operation = await operation_of(request)
        if operation is None:
            return await handler(request)
        # Read before anything can cut the connection: an effect that comes late needs the whole request.
        await request.read()
        planned = plan.arrived(operation)
        fault = (fault_of(request) if fault_of else None) or planned

        async def deliver() -> web.StreamResponse:
            try:
                return await handler(request)
            finally:
                plan.finished(operation)

        # A peer that has a request carries it out, whoever hangs up: a server may cancel a handler then.
        work = asyncio.ensure_future(
            deliver() if fault is None else _meet(plan, fault, request, deliver, refuse)
        )
        under_way.add(work)
        work.add_done_callback(under_way.discard)
        return await asyncio.shield(work)

    return meet


async def _meet(
    plan: FaultPlan,
    fault: Fault,
    request: web.Request,
    deliver: Callable[[], Awaitable[web.StreamResponse]],
    refuse: RefusalOf,
) -> web.StreamResponse:
    match fault.kind:
        case "delay_s":
            answer = await deliver()
            await plan.hold(fault.seconds)
            return answer
        case "arrive_late_s":
            await plan.hold(fault.seconds)
            return await deliver()
        case "lost_before":
            return _cut(request)
        case "lost_after":
            await deliver()
            return _cut(request)
        case "bad_gateway":
            return _page(502)
        case "bad_gateway_after":
            await deliver()
            return _page(502)
        case "truncated":
            return await _half(request, await deliver())
        case "garbled":
            await deliver()
            return _page(200)
        case "refuse":
            return await refuse(request, fault)
        case "duplicate":
            await deliver()
            return await deliver()
        case "deviate":
            request[DEVIATION] = fault.code
            return await deliver()


async def problem_refusal(request: web.Request, fault: Fault) -> web.StreamResponse:
    """A refusal as the hospital interface writes it: 409, problem JSON, effect none."""
    body = {
        "type": "about:blank",
        "status": 409,
        "code": fault.code or "GATE_BLOCKED",
        "effect": "none",
        "retry": "never",
        "detail_zh": fault.text or "演示用的拒绝",
        "detail_en": fault.text or "refused on request",
    }
    return web.json_response(body, status=409, content_type="application/problem+json")


def _page(status: int) -> web.Response:
    return web.Response(status=status, text=NO_ANSWER, content_type="text/html")


def _cut(request: web.Request) -> web.Response:
    """Drop the connection without a byte. The response returned is never written."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Announce the whole answer, send its first half, close.

    `close`, not `abort`: a reset could overtake the half that is on its way.
    """
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes) or not answer.body:
        return _cut(request)
    cut = web.StreamResponse(status=answer.status, headers=answer.headers)
    cut.content_length = len(answer.body)
    cut.force_close()
    await cut.prepare(request)
    await cut.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut
