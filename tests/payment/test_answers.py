"""What an answer proves: every fault at every operation, and answers that no gateway may give."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.payment._transport import GatewayLimits
from kiosk.payment.client import GatewayClient
from kiosk.payment.port import CodeToShow, Order
from kiosk.sandbox.wallet import wallet_app

ATTEMPT = AttemptId("ab" * 13)
REFUND = RefundId("cd" * 13)
ORDER = Order(ATTEMPT, 1440, "门诊费用", 180)

Ask = Callable[[GatewayClient], Awaitable[Outcome[Any]]]

CHANGES: dict[str, Ask] = {
    "create": lambda client: client.create(ORDER),
    "charge_code": lambda client: client.charge_code(ATTEMPT, 1440, "134567890123456789"),
    "close": lambda client: client.close(ATTEMPT),
    "refund": lambda client: client.refund(REFUND, ATTEMPT, 440),
}
READS: dict[str, Ask] = {
    "query": lambda client: client.query(ATTEMPT),
    "refund_query": lambda client: client.refund_query(REFUND),
    "bill": lambda client: client.bill(dt.date(2026, 11, 20)),
}


async def paid(gateway: Any) -> None:
    """The order exists and the phone has paid it; one refund is done."""
    assert isinstance(await gateway.client.create(ORDER), Done)
    assert gateway.store.approve(ATTEMPT)


# --- every fault, every operation ---------------------------------------------------------------

UNKNOWN_FAULTS = ("lost_before", "lost_after", "bad_gateway", "bad_gateway_after", "truncated", "garbled")


@pytest.mark.parametrize("fault", UNKNOWN_FAULTS)
@pytest.mark.parametrize("operation", [*CHANGES, *READS])
async def test_an_answer_that_proves_nothing_is_not_known(gateway: Any, operation: str, fault: str) -> None:
    await paid(gateway)
    await gateway.client.refund(REFUND, ATTEMPT, 440)
    before = gateway.faults.received(operation)
    gateway.faults.plan(operation, fault)
    outcome = await (CHANGES | READS)[operation](gateway.client)
    assert isinstance(outcome, Unknown)
    assert outcome.ask_after_s == 7
    assert outcome.why
    assert gateway.faults.received(operation) == before + 1  # never sent again by itself


@pytest.mark.parametrize("operation", [*CHANGES, *READS])
async def test_an_answer_that_takes_too_long_is_not_known(gateway: Any, operation: str) -> None:
    await paid(gateway)
    gateway.faults.plan(operation, "delay_s", seconds=60)
    async with gateway.impatient(0.1) as hasty:
        assert await (CHANGES | READS)[operation](hasty) == Unknown(7, "timeout")


@pytest.mark.parametrize("operation", [*CHANGES, *READS])
async def test_a_refusal_says_its_code(gateway: Any, operation: str) -> None:
    gateway.faults.plan(operation, "refuse", code="ROUTE_CLOSED")
    outcome = await (CHANGES | READS)[operation](gateway.client)
    assert outcome == Refused("ROUTE_CLOSED", "refused on request")


@pytest.mark.parametrize("fault", [*UNKNOWN_FAULTS, "duplicate"])
async def test_money_is_counted_once_whatever_is_lost_on_the_way(gateway: Any, fault: str) -> None:
    gateway.faults.plan("create", fault)
    await gateway.client.create(ORDER)
    assert isinstance(await gateway.client.create(ORDER), Done)
    assert gateway.store.approve(ATTEMPT)
    assert gateway.store.approve(ATTEMPT) is False
    gateway.faults.plan("refund", fault)
    await gateway.client.refund(REFUND, ATTEMPT, 440)
    assert isinstance(await gateway.client.refund(REFUND, ATTEMPT, 440), Done)
    gateway.faults.plan("close", fault)
    await gateway.client.close(ATTEMPT)
    assert isinstance(await gateway.client.close(ATTEMPT), Done)
    assert gateway.store.sums() == {
        "paid_fen": 1440,
        "returned_fen": 440,
        "net_fen": 1000,
        "payments": 1,
        "refunds": 1,
    }


async def test_nobody_at_the_address_is_not_known() -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    async with GatewayClient(url, "a/1", limits=GatewayLimits(connect_s=2)) as client:
        assert isinstance(await client.create(ORDER), Unknown)


# --- answers that a real gateway must not give ---------------------------------------------------

GOOD = {"out_trade_no": ATTEMPT, "state": "waiting", "amount_fen": 1440, "code_url": "weixin://x"}


def _problem(**more: object) -> dict[str, object]:
    return {"status": 409, "code": "ORDER_PAID", "effect": "none"} | more


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"null"),
        (200, b"[" * 100_000),
        (200, {**GOOD, "out_trade_no": "ef" * 13}),
        (200, {**GOOD, "amount_fen": 1441}),
        (200, {**GOOD, "amount_fen": 1440.0}),
        (200, {**GOOD, "amount_fen": "1440"}),
        (200, {**GOOD, "amount_fen": -1}),
        (200, {**GOOD, "state": "paid"}),
        (200, {**GOOD, "state": "gone"}),
        (200, {**GOOD, "code_url": ""}),
        (200, {**GOOD, "code_url": "x" * 513}),
        (200, {"state": "waiting"}),
        (200, b" " * (1 << 20) + b"{}"),
        (202, GOOD),
        (204, b""),
        (302, b""),
        (400, b"bad request"),
        (409, {}),
        (409, _problem(effect="done")),
        (409, _problem(effect="unknown")),
        (409, _problem(status=404)),
        (409, _problem(code="IN_PROGRESS")),
        (503, _problem(status=503)),
        (500, _problem(status=500)),
    ],
)
async def test_an_answer_outside_the_contract_is_not_known(
    status: int, body: bytes | dict[str, object]
) -> None:
    outcome = await _create_against(status, body)
    assert isinstance(outcome, Unknown)


async def test_an_answer_inside_the_contract_is_believed() -> None:
    assert await _create_against(201, GOOD | {"more": 1}) == Done(CodeToShow("weixin://x"))
    assert await _create_against(409, _problem(detail_zh="已付")) == Refused("ORDER_PAID", "已付")


async def test_an_order_that_waits_after_its_closing_is_not_known() -> None:
    async with _answering(200, GOOD) as server, GatewayClient(str(server.make_url("/")), "a/1") as client:
        assert isinstance(await client.close(ATTEMPT), Unknown)
        assert isinstance(await client.query(ATTEMPT), Done)


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "application/json"})
        await stream.prepare(request)  # no length: in chunks
        for _ in range(17):
            await stream.write(b" " * (1 << 16))
        await stream.write(msgspec.json.encode(GOOD))
        return stream

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with (
        TestServer(app, host="127.0.0.1") as server,
        GatewayClient(str(server.make_url("/")), "a/1") as client,
    ):
        assert await client.create(ORDER) == Unknown(60, "http 200: more than 1048576 bytes")


async def test_a_bill_of_another_day_is_not_known() -> None:
    page = {"date": "2026-11-20", "rows": [], "next_cursor": ""}
    async with _answering(200, page) as server, GatewayClient(str(server.make_url("/")), "a/1") as client:
        assert await client.bill(dt.date(2026, 11, 20)) == Done(())
        assert isinstance(await client.bill(dt.date(2026, 11, 21)), Unknown)


async def test_a_bill_without_end_is_not_known() -> None:
    page = {"date": "2026-11-20", "rows": [], "next_cursor": "again"}
    async with _answering(200, page) as server:
        limits = GatewayLimits(pages_max=3)
        async with GatewayClient(str(server.make_url("/")), "a/1", limits=limits) as client:
            assert isinstance(await client.bill(dt.date(2026, 11, 20)), Unknown)


async def test_every_change_carries_its_key_and_every_request_the_terminal() -> None:
    seen: list[tuple[str, str, str | None, str | None]] = []

    async def note(request: web.Request) -> web.Response:
        key = request.headers.get("Idempotency-Key")
        seen.append((request.method, request.path, key, request.headers.get("X-Terminal")))
        return web.json_response({})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", note)
    async with (
        TestServer(app, host="127.0.0.1") as server,
        GatewayClient(str(server.make_url("/")), "hall/k-01") as client,
    ):
        for ask in (CHANGES | READS).values():
            await ask(client)
    assert seen == [
        ("PUT", f"/pay/v1/orders/{ATTEMPT}", ATTEMPT, "hall/k-01"),
        ("POST", f"/pay/v1/orders/{ATTEMPT}:charge", ATTEMPT, "hall/k-01"),
        ("POST", f"/pay/v1/orders/{ATTEMPT}:close", ATTEMPT, "hall/k-01"),
        ("PUT", f"/pay/v1/refunds/{REFUND}", REFUND, "hall/k-01"),
        ("GET", f"/pay/v1/orders/{ATTEMPT}", None, "hall/k-01"),
        ("GET", f"/pay/v1/refunds/{REFUND}", None, "hall/k-01"),
        ("GET", "/pay/v1/bill", None, "hall/k-01"),
    ]


async def test_without_the_right_certificate_nothing_is_known_and_nothing_happens(
    gateway: Any, certificates: Any
) -> None:
    server = TestServer(wallet_app(gateway.store), host="127.0.0.1", scheme="https")
    await server.start_server(ssl=certificates.server_side())
    try:
        url = str(server.make_url("/")).replace("127.0.0.1", "localhost")
        async with GatewayClient(url, "a/1", tls=certificates.client_side(with_own=True)) as client:
            assert isinstance(await client.create(ORDER), Done)
        for stranger in (certificates.client_side(with_own=False), ssl.create_default_context()):
            async with GatewayClient(url, "a/1", tls=stranger) as client:
                assert isinstance(await client.close(ATTEMPT), Unknown)
    finally:
        await server.close()
    assert gateway.store.order(ATTEMPT).state == "waiting"


async def _create_against(status: int, body: bytes | dict[str, object]) -> Outcome[CodeToShow]:
    async with _answering(status, body) as server, GatewayClient(str(server.make_url("/")), "a/1") as client:
        return await client.create(ORDER)


def _answering(status: int, body: bytes | dict[str, object]) -> TestServer:
    async def answer(request: web.Request) -> web.Response:
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers={"Location": "/elsewhere"})
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return TestServer(app, host="127.0.0.1")
