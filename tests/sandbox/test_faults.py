"""Each planned fault, met by a real client over a real connection: was there an effect, and what was seen?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kiosk.sandbox.faults import ANY, FaultError, FaultPlan, fault_middleware, make_fault

BOOKED = b'{"booked": true, "padding": "0123456789012345678901234567890123456789"}'


@dataclass
class Peer:
    """A server whose one effect is a row in `booked`."""

    faults: FaultPlan = field(default_factory=FaultPlan)
    booked: list[bytes] = field(default_factory=list)
    url: str = ""
    session: aiohttp.ClientSession | None = None

    async def book(self, request: web.Request) -> web.Response:
        self.booked.append(await request.read())
        return web.Response(body=BOOKED, content_type="application/json")

    async def send(self, path: str = "/book", limit_s: float = 5.0, **headers: str) -> tuple[int, bytes]:
        assert self.session is not None
        limit = aiohttp.ClientTimeout(total=limit_s)
        async with self.session.post(self.url + path, data=b"one", headers=headers, timeout=limit) as answer:
            return answer.status, await answer.read()


async def operation_of(request: web.Request) -> str | None:
    return None if request.path == "/health" else request.path.strip("/")


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    made = Peer()
    middleware = fault_middleware(
        made.faults,
        operation_of,
        fault_of=lambda request: make_fault("lost_before") if "X-Test-Fault" in request.headers else None,
    )
    app = web.Application(middlewares=[middleware])
    app.router.add_post("/book", made.book)
    app.router.add_post("/health", made.book)
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as session:
        made.url = str(server.make_url("/")).rstrip("/")
        made.session = session
        yield made


@pytest.mark.parametrize(("fault", "effects"), [("lost_before", 0), ("lost_after", 1), ("truncated", 1)])
async def test_a_cut_answer_leaves_exactly_the_effect_its_name_says(
    peer: Peer, fault: str, effects: int
) -> None:
    peer.faults.plan("book", fault)
    with pytest.raises(aiohttp.ClientError):
        await peer.send()
    assert len(peer.booked) == effects
    assert peer.faults.received("book") == 1


@pytest.mark.parametrize(
    ("fault", "status", "effects"),
    [("bad_gateway", 502, 0), ("bad_gateway_after", 502, 1), ("garbled", 200, 1)],
)
async def test_a_page_in_place_of_the_answer_is_no_json(
    peer: Peer, fault: str, status: int, effects: int
) -> None:
    peer.faults.plan("book", fault)
    seen, body = await peer.send()
    assert (seen, body.startswith(b"<html>"), len(peer.booked)) == (status, True, effects)


async def test_a_refusal_has_no_effect_and_carries_the_code_asked_for(peer: Peer) -> None:
    peer.faults.plan("book", "refuse", code="BILL_SETTLED")
    status, body = await peer.send()
    assert status == 409
    assert b'"BILL_SETTLED"' in body
    assert b'"effect": "none"' in body
    assert peer.booked == []


async def test_a_duplicate_delivery_reaches_the_handler_twice_with_the_same_body(peer: Peer) -> None:
    peer.faults.plan("book", "duplicate")
    assert await peer.send() == (200, BOOKED)
    assert peer.booked == [b"one", b"one"]
    assert (peer.faults.received("book"), peer.faults.handled("book")) == (1, 2)


async def test_a_delayed_answer_is_already_booked_while_the_client_waits(peer: Peer) -> None:
    peer.faults.plan("book", "delay_s", seconds=60)
    with pytest.raises(TimeoutError):
        await peer.send(limit_s=0.1)
    assert peer.booked == [b"one"]


async def test_a_late_request_is_booked_after_the_client_gave_up(peer: Peer) -> None:
    peer.faults.plan("book", "arrive_late_s", seconds=60)
    with pytest.raises(TimeoutError):
        await peer.send(limit_s=0.1)
    assert await peer.send("/health") == (200, BOOKED)  # by now the server has seen the client go
    peer.booked.clear()
    peer.faults.release()
    await peer.faults.wait_handled("book", 1)
    assert peer.booked == [b"one"]


async def test_faults_are_used_up_in_order_and_then_the_peer_is_polite(peer: Peer) -> None:
    peer.faults.plan("book", "bad_gateway", times=2)
    peer.faults.plan("book", "garbled")
    seen = [await peer.send() for _ in range(4)]
    assert [status for status, _ in seen] == [502, 502, 200, 200]
    assert seen[3][1] == BOOKED
    assert peer.faults.planned() == {}


async def test_a_fault_for_any_operation_waits_behind_one_for_the_operation_itself(peer: Peer) -> None:
    peer.faults.plan(ANY, "bad_gateway")
    peer.faults.plan("book", "refuse")
    assert [(await peer.send())[0] for _ in range(3)] == [409, 502, 200]


async def test_a_request_without_an_operation_meets_no_fault(peer: Peer) -> None:
    peer.faults.plan(ANY, "bad_gateway")
    assert await peer.send("/health") == (200, BOOKED)
    assert peer.faults.planned() == {ANY: (("bad_gateway", 1),)}


async def test_a_fault_carried_by_the_request_itself_is_met(peer: Peer) -> None:
    with pytest.raises(aiohttp.ClientError):
        await peer.send(**{"X-Test-Fault": "drop"})
    assert peer.booked == []


async def test_a_cleared_plan_is_forgotten(peer: Peer) -> None:
    peer.faults.plan("book", "lost_after", times=5)
    peer.faults.clear("book")
    assert (await peer.send())[0] == 200


@pytest.mark.parametrize(
    ("operation", "fault", "times", "seconds", "named"),
    [
        ("book", "explode", 1, 0.0, "explode"),
        ("", "refuse", 1, 0.0, "operation"),
        ("book", "refuse", 0, 0.0, "times = 0"),
        ("book", "delay_s", 1, 0.0, "delay_s needs seconds"),
        ("book", "arrive_late_s", 1, 9e9, "arrive_late_s needs seconds"),
        ("book", "lost_after", 1, 3.0, "lost_after takes no seconds"),
        ("book", "deviate", 1, 0.0, "no deviation of this server"),
    ],
)
def test_a_fault_that_cannot_be_is_an_error_that_names_the_bad_part(
    operation: str, fault: str, times: int, seconds: float, named: str
) -> None:
    with pytest.raises(FaultError, match=named):
        FaultPlan().plan(operation, fault, times, seconds=seconds)
