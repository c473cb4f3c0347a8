"""Charging the payment code that a patient shows: at most once for each order, and taken back for certain."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hw.scanner.classify import CodeKind, classify
from kiosk.domain.attempt import AttemptId
from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.payment.client import GatewayClient
from kiosk.payment.port import CodeToShow, Order, Payment, PaymentState

ATTEMPT = AttemptId("ab" * 13)
OTHER = AttemptId("cd" * 13)
ORDER = Order(ATTEMPT, 1440, "门诊费用", 180)


async def ordered(gateway: Any, attempt: AttemptId = ATTEMPT) -> str:
    """An order that waits; the text of its own code."""
    code = await gateway.client.create(Order(attempt, 1440, "门诊费用", 180))
    assert isinstance(code, Done)
    assert isinstance(code.value, CodeToShow)
    return code.value.text


async def charge(gateway: Any, code: str, attempt: AttemptId = ATTEMPT) -> Any:
    """Charge the order by a code."""
    return await gateway.client.charge_code(attempt, 1440, code)


@pytest.mark.parametrize("channel", ["wechat", "alipay", "unionpay"])
async def test_the_wallet_whose_code_is_shown_pays_by_its_channel(gateway: Any, channel: str) -> None:
    await ordered(gateway)
    charged = await charge(gateway, gateway.store.pay_code("zhang", channel))
    assert isinstance(charged, Done)
    assert (charged.value.state, charged.value.channel) == (PaymentState.PAID, channel)
    assert await gateway.client.query(ATTEMPT) == charged
    bill = await gateway.client.bill(dt.date(2026, 11, 20))
    assert [(row.kind, row.channel, row.amount_fen) for row in bill.value] == [("pay", channel, 1440)]
    assert gateway.store.sums()["net_fen"] == 1440


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        ("wechat", CodeKind.WECHAT_PAY),
        ("alipay", CodeKind.ALIPAY),
        ("unionpay", CodeKind.OTHER_PAYMENT),
    ],
)
async def test_codes_are_told_apart_as_the_camera_tells_them(
    gateway: Any, channel: str, kind: CodeKind
) -> None:
    code = gateway.store.pay_code("zhang", channel)
    assert classify(code).kind is kind
    assert gateway.store.pay_code("zhang", channel) != code


async def test_a_phone_that_asks_for_the_password_pays_when_it_has_it(gateway: Any) -> None:
    await ordered(gateway)
    charged = await charge(gateway, gateway.store.pay_code("zhang", password=True))
    assert charged == Done(Payment(PaymentState.WAITING, 1440))
    assert gateway.store.sums()["paid_fen"] == 0
    assert gateway.store.newest_waiting() == ATTEMPT
    gateway.clock.pass_s(300)
    assert gateway.store.approve(ATTEMPT), "a charge that was begun in time may end later"
    assert (await gateway.client.query(ATTEMPT)).value.state is PaymentState.PAID
    assert gateway.store.approve(ATTEMPT) is False
    assert gateway.store.sums()["paid_fen"] == 1440


async def test_an_owner_who_refuses_on_the_phone_closes_the_order(gateway: Any) -> None:
    await ordered(gateway)
    await charge(gateway, gateway.store.pay_code("zhang", password=True))
    assert gateway.store.decline(ATTEMPT)
    assert (await gateway.client.query(ATTEMPT)).value.state is PaymentState.CLOSED
    assert gateway.store.approve(ATTEMPT) is False
    assert gateway.store.sums()["paid_fen"] == 0


async def code_of(gateway: Any, fault: str) -> str:
    """A code that cannot be charged."""
    match fault:
        case "CODE_INVALID":
            return "130000000000000000"
        case "CODE_EXPIRED":
            code = gateway.store.pay_code("zhang")
            gateway.clock.pass_s(60)
        case "BALANCE_LOW":
            code = gateway.store.pay_code("zhang", balance_fen=1439)
        case _:
            code = gateway.store.pay_code("zhang")
            await ordered(gateway, OTHER)
            assert isinstance(await charge(gateway, code, OTHER), Done)
    return str(code)


@pytest.mark.parametrize("fault", ["CODE_INVALID", "CODE_EXPIRED", "BALANCE_LOW", "CODE_USED"])
async def test_a_code_that_cannot_be_charged_takes_nothing_and_the_order_waits_on(
    gateway: Any, fault: str
) -> None:
    first = await ordered(gateway)
    code = await code_of(gateway, fault)
    before = gateway.store.sums()
    assert await charge(gateway, code) == Refused(fault, "nothing was taken")
    assert await charge(gateway, code) == Refused(fault, "nothing was taken")
    assert gateway.store.sums() == before
    gateway.clock.pass_s(170)
    again = await ordered(gateway)
    assert again != first, "the code that was on the screen is dead"
    assert gateway.store.approve(ATTEMPT)
    assert gateway.store.sums()["paid_fen"] == before["paid_fen"] + 1440


async def test_the_same_charge_again_is_answered_as_before_and_another_code_is_never_charged(
    gateway: Any,
) -> None:
    await ordered(gateway)
    code = gateway.store.pay_code("zhang")
    assert await charge(gateway, code) == await charge(gateway, code)
    await ordered(gateway, OTHER)
    asking = gateway.store.pay_code("zhang", password=True)
    assert await charge(gateway, asking, OTHER) == await charge(gateway, asking, OTHER)
    another = await charge(gateway, gateway.store.pay_code("zhao"), OTHER)
    assert another == Refused("ORDER_CHARGED", "nothing was taken")
    assert gateway.store.sums()["payments"] == 1


async def test_after_a_refused_charge_no_other_code_is_charged_under_the_order(gateway: Any) -> None:
    await ordered(gateway)
    await charge(gateway, gateway.store.pay_code("zhang", balance_fen=0))
    assert isinstance(await charge(gateway, gateway.store.pay_code("zhang")), Refused)
    assert gateway.store.sums()["paid_fen"] == 0


async def test_fifty_equal_charges_at_once_take_the_money_once(gateway: Any) -> None:
    await ordered(gateway)
    code = gateway.store.pay_code("zhang")
    answers = await asyncio.gather(*(charge(gateway, code) for _ in range(50)))
    assert {answer.value.state for answer in answers} == {PaymentState.PAID}
    assert gateway.store.sums()["payments"] == 1


async def test_a_phone_that_scanned_first_has_paid_and_nothing_is_charged(gateway: Any) -> None:
    await ordered(gateway)
    assert gateway.store.approve(ATTEMPT)
    code = gateway.store.pay_code("zhang")
    charged = await charge(gateway, code)
    assert isinstance(charged, Done)
    assert (charged.value.state, charged.value.channel) == (PaymentState.PAID, "wechat")
    await ordered(gateway, OTHER)
    assert isinstance(await charge(gateway, code, OTHER), Done), "the code was not used up"
    assert gateway.store.sums()["payments"] == 2


async def test_the_page_behind_the_order_s_own_code_is_dead_once_another_phone_is_charged(
    gateway: Any,
) -> None:
    token = (await ordered(gateway)).rsplit("/", 1)[1]
    assert gateway.store.by_token(token) is not None
    await charge(gateway, gateway.store.pay_code("zhang", password=True))
    assert gateway.store.by_token(token) is None
    assert isinstance(await gateway.client.create(ORDER), Unknown), "while a phone asks nothing is made anew"


# --- taking it back -----------------------------------------------------------------------------


async def test_closing_reverses_a_charge_whose_password_never_came(gateway: Any) -> None:
    await ordered(gateway)
    await charge(gateway, gateway.store.pay_code("zhang", password=True))
    closed = await gateway.client.close(ATTEMPT)
    assert closed == Done(Payment(PaymentState.CLOSED, 1440))
    assert gateway.store.approve(ATTEMPT) is False
    assert gateway.store.sums()["paid_fen"] == 0


async def test_a_charge_that_is_too_young_to_be_reversed_is_not_known(gateway: Any) -> None:
    gateway.store.reverse_after_s = 15.0
    await ordered(gateway)
    await charge(gateway, gateway.store.pay_code("zhang", password=True))
    gateway.clock.pass_s(14)
    assert isinstance(await gateway.client.close(ATTEMPT), Unknown)
    gateway.clock.pass_s(1)
    assert await gateway.client.close(ATTEMPT) == Done(Payment(PaymentState.CLOSED, 1440))


async def test_a_channel_that_was_paid_in_the_moment_of_the_reversal_gives_the_money_back(
    gateway: Any,
) -> None:
    gateway.store.pays_at_reverse = True
    await ordered(gateway)
    await charge(gateway, gateway.store.pay_code("zhang", "alipay", password=True))
    closed = await gateway.client.close(ATTEMPT)
    assert isinstance(closed, Done)
    assert closed.value.state is PaymentState.REFUNDED
    assert await gateway.client.close(ATTEMPT) == closed
    assert gateway.store.sums() == {
        "paid_fen": 1440,
        "returned_fen": 1440,
        "net_fen": 0,
        "payments": 1,
        "refunds": 1,
    }
    bill = await gateway.client.bill(dt.date(2026, 11, 20))
    assert [(row.kind, row.channel) for row in bill.value] == [("pay", "alipay"), ("refund", "alipay")]


async def test_a_charge_that_arrives_after_the_closing_takes_nothing(gateway: Any) -> None:
    await ordered(gateway)
    await gateway.client.close(ATTEMPT)
    code = gateway.store.pay_code("zhang")
    assert await charge(gateway, code) == Refused("ORDER_CLOSED", "nothing was taken")
    assert isinstance(await gateway.client.close(OTHER), Done)
    assert await charge(gateway, code, OTHER) == Refused("ORDER_CLOSED", "nothing was taken")
    assert gateway.store.sums()["paid_fen"] == 0


async def test_an_order_never_made_or_of_another_amount_is_not_charged(gateway: Any) -> None:
    code = gateway.store.pay_code("zhang")
    assert await charge(gateway, code) == Refused("ORDER_NOT_FOUND", "no such order")
    await ordered(gateway)
    assert isinstance(await gateway.client.charge_code(ATTEMPT, 1439, code), Refused)
    gateway.clock.pass_s(180)
    fresh = gateway.store.pay_code("zhang")
    assert await charge(gateway, fresh) == Refused("ORDER_CLOSED", "nothing was taken")
    assert gateway.store.sums()["paid_fen"] == 0


@pytest.mark.clause("S3-8.1.12")
async def test_a_gateway_that_repeats_the_code_in_its_words_does_not_give_it_to_the_journal() -> None:
    code = "134567890123456789"

    async def answer(request: web.Request) -> web.Response:
        body = {"status": 409, "code": f"NO_{code}", "effect": "none", "detail_en": f"{code} is unknown"}
        assert code in await request.text()
        assert code not in str(request.url) + str(request.headers)
        return web.json_response(body, status=409)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with (
        TestServer(app, host="127.0.0.1") as server,
        GatewayClient(str(server.make_url("/")), "a/1") as client,
    ):
        assert await client.charge_code(ATTEMPT, 1440, code) == Refused("NO_***", "*** is unknown")
