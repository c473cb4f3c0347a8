"""The terminal's client against the sandbox wallet: done, refused or not known, and where the money is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kiosk.domain.attempt import AttemptId, RefundId, new_attempt_id, new_refund_id
from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.payment.port import CodeToShow, Order, Payment, PaymentState, Refund, RefundState

ATTEMPT = AttemptId("ab" * 13)
REFUND = RefundId("cd" * 13)
ORDER = Order(ATTEMPT, 1440, "门诊费用", 180)


async def paid(gateway: Any) -> None:
    """The order exists and the phone has paid it; one refund is done."""
    assert isinstance(await gateway.client.create(ORDER), Done)
    assert gateway.store.approve(ATTEMPT)


async def test_an_order_is_shown_paid_and_given_back(gateway: Any) -> None:
    code = await gateway.client.create(ORDER)
    assert isinstance(code, Done)
    assert isinstance(code.value, CodeToShow)
    assert await gateway.client.query(ATTEMPT) == Done(Payment(PaymentState.WAITING, 1440))
    assert gateway.store.approve(ATTEMPT)
    payment = await gateway.client.query(ATTEMPT)
    assert isinstance(payment, Done)
    assert (payment.value.state, payment.value.channel) == (PaymentState.PAID, "wechat")
    assert len(payment.value.channel_no) == 28
    refund = await gateway.client.refund(REFUND, ATTEMPT, 1440)
    assert isinstance(refund, Done)
    assert (refund.value.state, refund.value.amount_fen) == (RefundState.SUCCESS, 1440)
    assert await gateway.client.refund_query(REFUND) == refund
    assert gateway.store.sums()["net_fen"] == 0


async def test_the_same_order_again_gives_the_same_code(gateway: Any) -> None:
    assert await gateway.client.create(ORDER) == await gateway.client.create(ORDER)
    assert len(gateway.store.orders()) == 1


async def test_an_order_not_found_is_not_known_because_it_may_be_under_way(gateway: Any) -> None:
    assert await gateway.client.query(ATTEMPT) == Unknown(7, "ORDER_NOT_FOUND")
    assert await gateway.client.refund_query(REFUND) == Unknown(7, "REFUND_NOT_FOUND")


@pytest.mark.parametrize(
    ("other", "arm"),
    [
        (Order(ATTEMPT, 1441, "门诊费用", 180), Unknown),
        (Order(ATTEMPT, 0, "门诊费用", 180), Refused),
        (Order(ATTEMPT, 1440, "", 180), Refused),
        (Order(AttemptId("x"), 1440, "门诊费用", 180), Refused),
    ],
)
async def test_another_order_under_the_same_number_is_never_done(
    gateway: Any, other: Order, arm: type
) -> None:
    await gateway.client.create(ORDER)
    assert isinstance(await gateway.client.create(other), arm)
    assert [order["amount_fen"] for order in gateway.store.orders()] == [1440]


# --- closing ------------------------------------------------------------------------------------


async def test_a_closed_order_cannot_be_paid_or_made_again(gateway: Any) -> None:
    await gateway.client.create(ORDER)
    closed = await gateway.client.close(ATTEMPT)
    assert closed == Done(Payment(PaymentState.CLOSED, 1440))
    assert gateway.store.approve(ATTEMPT) is False
    assert await gateway.client.create(ORDER) == Refused("ORDER_CLOSED", "the order is closed")
    assert await gateway.client.close(ATTEMPT) == closed


@pytest.mark.clause("S2-U.3")
async def test_closing_what_the_phone_has_paid_says_paid(gateway: Any) -> None:
    await paid(gateway)
    closed = await gateway.client.close(ATTEMPT)
    assert isinstance(closed, Done)
    assert closed.value.state is PaymentState.PAID
    assert await gateway.client.create(ORDER) == Refused("ORDER_PAID", "the order is paid")


async def test_closing_an_order_never_seen_kills_a_late_one(gateway: Any) -> None:
    assert await gateway.client.close(ATTEMPT) == Done(Payment(PaymentState.CLOSED, 0))
    assert isinstance(await gateway.client.create(ORDER), Refused)
    assert gateway.store.approve(ATTEMPT) is False


async def test_a_request_that_arrives_after_the_closing_dies(gateway: Any) -> None:
    gateway.faults.plan("create", "arrive_late_s", seconds=60)
    async with gateway.impatient(0.1) as hasty:
        assert await hasty.create(ORDER) == Unknown(7, "timeout")
    assert await gateway.client.close(ATTEMPT) == Done(Payment(PaymentState.CLOSED, 0))
    gateway.faults.release()
    await gateway.faults.wait_handled("create", 1)
    assert gateway.store.approve(ATTEMPT) is False
    assert await gateway.client.query(ATTEMPT) == Done(Payment(PaymentState.CLOSED, 0))


async def test_a_code_whose_time_is_over_cannot_be_paid_but_still_has_to_be_closed(gateway: Any) -> None:
    await gateway.client.create(ORDER)
    gateway.clock.pass_s(180)
    assert gateway.store.approve(ATTEMPT) is False
    assert gateway.store.newest_waiting() is None
    assert await gateway.client.query(ATTEMPT) == Done(Payment(PaymentState.WAITING, 1440))
    assert await gateway.client.close(ATTEMPT) == Done(Payment(PaymentState.CLOSED, 1440))


# --- giving back --------------------------------------------------------------------------------


async def test_one_refund_id_sends_money_back_once(gateway: Any) -> None:
    await paid(gateway)
    answers = [await gateway.client.refund(REFUND, ATTEMPT, 440) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert gateway.store.sums()["returned_fen"] == 440


async def test_another_refund_id_sends_money_back_again_up_to_what_was_paid(gateway: Any) -> None:
    await paid(gateway)
    for _ in range(3):
        assert isinstance(await gateway.client.refund(new_refund_id(), ATTEMPT, 480), Done)
    over = await gateway.client.refund(new_refund_id(), ATTEMPT, 1)
    assert over == Refused("REFUND_EXCEEDS", "0 fen are left to send back")
    assert gateway.store.sums()["net_fen"] == 0


async def test_the_same_refund_id_with_another_amount_is_not_done(gateway: Any) -> None:
    await paid(gateway)
    await gateway.client.refund(REFUND, ATTEMPT, 440)
    assert isinstance(await gateway.client.refund(REFUND, ATTEMPT, 441), Unknown)
    assert gateway.store.sums()["returned_fen"] == 440


async def test_what_was_never_paid_is_not_given_back(gateway: Any) -> None:
    assert await gateway.client.refund(REFUND, ATTEMPT, 1) == Refused("ORDER_NOT_FOUND", "no such order")
    await gateway.client.create(ORDER)
    assert await gateway.client.refund(REFUND, ATTEMPT, 1) == Refused(
        "ORDER_NOT_PAID", "the order was never paid"
    )


@pytest.mark.parametrize(("failed", "state"), [(False, RefundState.SUCCESS), (True, RefundState.FAILED)])
async def test_an_accepted_refund_goes_on_by_itself(gateway: Any, failed: bool, state: RefundState) -> None:
    await paid(gateway)
    gateway.store.refunds_wait = True
    accepted = await gateway.client.refund(REFUND, ATTEMPT, 440)
    assert isinstance(accepted, Done)
    assert accepted.value.state is RefundState.PROCESSING
    assert gateway.store.finish_refund(REFUND, failed=failed)
    assert await gateway.client.refund_query(REFUND) == Done(Refund(state, 440, accepted.value.channel_no))
    assert gateway.store.sums()["returned_fen"] == (0 if failed else 440)
    all_of_it = await gateway.client.refund(new_refund_id(), ATTEMPT, 1440)
    assert isinstance(all_of_it, Done if failed else Refused)


# --- the bill -----------------------------------------------------------------------------------


async def test_the_bill_of_a_day_has_every_payment_and_refund_by_the_channel_s_midnight(gateway: Any) -> None:
    await paid(gateway)  # 18:00 in China
    await gateway.client.refund(REFUND, ATTEMPT, 440)
    late = new_attempt_id()
    gateway.clock.pass_s(6 * 3600)  # midnight there, still the same day in UTC
    await gateway.client.create(Order(late, 100, "x", 180))
    gateway.store.approve(late)
    first = await gateway.client.bill(dt.date(2026, 11, 20))
    second = await gateway.client.bill(dt.date(2026, 11, 21))
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert [(row.out_trade_no, row.kind, row.amount_fen, row.refund_id) for row in first.value] == [
        (ATTEMPT, "pay", 1440, ""),
        (ATTEMPT, "refund", 440, REFUND),
    ]
    assert [(row.out_trade_no, row.kind) for row in second.value] == [(late, "pay")]
    assert await gateway.client.bill(dt.date(2026, 11, 22)) == Done(())


async def test_a_long_bill_comes_in_pages_and_whole(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.sandbox.wallet.app.PAGE_ROWS", 3)
    for number in range(7):
        gateway.store.create(f"order-{number}", 100 + number, "x", 180)
        gateway.store.approve(f"order-{number}")
    bill = await gateway.client.bill(dt.date(2026, 11, 20))
    assert isinstance(bill, Done)
    assert sorted(row.amount_fen for row in bill.value) == list(range(100, 107))
    gateway.faults.plan("bill", "truncated")
    assert isinstance(await gateway.client.bill(dt.date(2026, 11, 20)), Unknown)
