"""The patient shows a payment code: charged once or not at all, asked for when nobody answers, never kept."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.sandbox.wallet import WalletProblem
from kiosk.settlement.discipline import Discipline, DisciplineError
from kiosk.settlement.events import CodeShown, Declined
from kiosk.settlement.state import Approving, Charging, Paying, Result

WITH_EFFECT = ("lost_after", "bad_gateway_after", "truncated", "garbled")
WITHOUT_EFFECT = ("lost_before", "bad_gateway")


def state_is(kind):
    """An attempt that has come so far."""
    return lambda attempt: isinstance(attempt.state, kind)


async def start(hospital, terminal, showing, code):
    """A visit whose patient shows `code`."""
    return await terminal.start("zhang", hospital.bill_of("zhang").bill_id, on_change=showing(code))


def captured(hospital):
    """How often a phone has paid, and what is left of it."""
    sums = hospital.wallet.sums()
    return sums["payments"], sums["net_fen"]


@pytest.mark.parametrize("channel", ["wechat", "alipay", "unionpay"])
async def test_a_shown_code_pays_the_visit_once_and_all_books_agree(hospital, terminal, showing, channel):
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang", channel))
    end = await visit.end()
    assert (end.result, visit.told) == (Result.SETTLED, ["M2"])
    assert (end.facts.payment.channel, end.facts.payment.amount_fen) == (channel, end.facts.cash_fen)
    assert hospital.received("charge_code") == 1
    assert captured(hospital) == (1, end.facts.cash_fen)
    assert terminal.agrees_with(hospital)


async def test_the_phone_may_ask_for_its_password_first(hospital, terminal, showing):
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang", password=True))
    await visit.until(state_is(Approving))
    assert visit.attempt.state.asked
    assert hospital.wallet.approve(visit.name)
    assert (await visit.end()).result is Result.SETTLED
    assert hospital.received("charge_code") == 1
    assert terminal.agrees_with(hospital)


async def test_the_time_of_the_code_on_the_screen_does_not_end_the_wait_for_the_password(
    hospital, terminal_paying_for_1_s, showing
):
    code = hospital.wallet.pay_code("zhang", password=True)
    visit = await start(hospital, terminal_paying_for_1_s, showing, code)
    await visit.until(state_is(Approving))
    polls_of_more_than_1_s = hospital.received("query") + 40
    await hospital.faults["wallet"].wait_received("query", polls_of_more_than_1_s, limit_s=60)
    assert isinstance(visit.attempt.state, Approving)
    assert hospital.wallet.approve(visit.name)
    assert (await visit.end()).result is Result.SETTLED
    assert terminal_paying_for_1_s.agrees_with(hospital)


@pytest.mark.clause("S1-O.2")
@pytest.mark.parametrize("fault", WITH_EFFECT)
async def test_a_lost_answer_to_a_charge_is_asked_for_and_never_charged_again(
    hospital, terminal, showing, fault
):
    hospital.plan("charge_code", fault)
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang"))
    end = await visit.end()
    assert (end.result, visit.told) == (Result.SETTLED, ["M2"])
    assert hospital.received("charge_code") == 1
    assert "settlement.charged_unknown" in terminal.kinds(visit.name)
    assert captured(hospital) == (1, end.facts.cash_fen)
    assert terminal.agrees_with(hospital)


@pytest.mark.parametrize("fault", WITHOUT_EFFECT)
async def test_a_charge_that_never_arrived_is_given_up_and_the_order_closed(
    hospital, terminal_waiting_1_s, showing, fault
):
    hospital.plan("charge_code", fault)
    visit = await start(hospital, terminal_waiting_1_s, showing, hospital.wallet.pay_code("zhang"))
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "PY-02", ["M0"])
    assert hospital.received("charge_code") == 1
    assert captured(hospital) == (0, 0)
    assert terminal_waiting_1_s.agrees_with(hospital)


async def test_a_charge_that_arrives_after_it_was_given_up_takes_nothing(
    hospital, terminal_waiting_1_s, showing
):
    hospital.plan("charge_code", "lost_before")
    code = hospital.wallet.pay_code("zhang")
    visit = await start(hospital, terminal_waiting_1_s, showing, code)
    end = await visit.end()
    with pytest.raises(WalletProblem, match="nothing was taken"):
        hospital.wallet.charge(visit.name, end.facts.cash_fen, code)  # the request, after all
    assert captured(hospital) == (0, 0)
    assert terminal_waiting_1_s.agrees_with(hospital)


async def test_a_charge_that_the_network_delivers_twice_is_one(hospital, terminal, showing):
    hospital.plan("charge_code", "duplicate")
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang"))
    end = await visit.end()
    assert captured(hospital) == (1, end.facts.cash_fen)
    assert terminal.agrees_with(hospital)


async def test_a_refused_code_takes_nothing_and_a_new_code_on_the_screen_is_paid(hospital, terminal, showing):
    code = hospital.wallet.pay_code("zhang", balance_fen=1)
    visit = await start(hospital, terminal, showing, code)
    await visit.until(lambda a: isinstance(a.state, Paying) and a.state.facts.charged)
    assert visit.attempt.state.facts.charge_refused == "BALANCE_LOW"
    assert hospital.received("create") == 2
    token = visit.attempt.code_text.rsplit("/", 1)[1]
    assert hospital.wallet.by_token(token).out_trade_no == visit.name, "the new code is on the screen"
    assert hospital.wallet.approve(visit.name)
    assert (await visit.end()).result is Result.SETTLED
    assert hospital.received("charge_code") == 1
    assert terminal.agrees_with(hospital)


async def test_no_second_code_is_charged_under_an_order(hospital, terminal, showing):
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang", balance_fen=1))
    await visit.until(lambda a: isinstance(a.state, Paying) and a.state.facts.charged)
    visit.attempt.show_code(hospital.wallet.pay_code("zhao"))
    visit.attempt.tell(CodeShown())
    visit.attempt.tell(Declined())
    assert (await visit.end()).result is Result.NOT_SETTLED
    assert hospital.received("charge_code") == 1
    assert "settlement.code_shown" in terminal.kinds(visit.name)
    assert captured(hospital) == (0, 0)


async def test_a_code_that_a_phone_scanned_in_the_same_moment_has_paid_and_nothing_is_charged(
    hospital, terminal, phone, showing
):
    hospital.plan("query", "lost_before", times=10_000)  # so that only the charge can tell
    code = hospital.wallet.pay_code("zhang")
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(state_is(Paying))
    await hospital.faults["wallet"].wait_handled("create", 1)
    async with asyncio.timeout(20):
        while hospital.wallet.order(visit.name).state != "paid":
            await hospital.faults["wallet"].wait_received("query", hospital.received("query") + 1)
    visit.attempt.show_code(code)
    end = await visit.end()
    assert end.result is Result.SETTLED
    assert captured(hospital) == (1, end.facts.cash_fen)
    assert hospital.received("charge_code") == 1
    assert terminal.agrees_with(hospital)


# --- giving up ----------------------------------------------------------------------------------


async def test_who_leaves_while_the_phone_asks_has_the_charge_reversed(hospital, terminal, showing):
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang", password=True))
    await visit.until(state_is(Approving))
    visit.attempt.tell(Declined())
    end = await visit.end()
    assert (end.result, visit.told) == (Result.NOT_SETTLED, ["M0"])
    assert hospital.wallet.approve(visit.name) is False, "the password comes too late"
    assert captured(hospital) == (0, 0)
    assert terminal.agrees_with(hospital)


async def test_a_charge_too_young_to_be_reversed_is_being_checked_until_the_channel_says(
    hospital, terminal, showing
):
    hospital.wallet.reverse_after_s = 0.5
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang", password=True))
    await visit.until(state_is(Approving))
    visit.attempt.tell(Declined())
    end = await visit.end()
    assert (end.result, visit.told) == (Result.NOT_SETTLED, ["M1b", "M0"])
    assert hospital.received("close") > 1
    assert terminal.agrees_with(hospital)


async def test_a_password_in_the_last_moment_still_settles(hospital, terminal_waiting_1_s, showing):
    hospital.plan("query", "lost_before", times=10_000)
    visit = await start(
        hospital, terminal_waiting_1_s, showing, hospital.wallet.pay_code("zhang", password=True)
    )
    await visit.until(state_is(Approving))
    assert hospital.wallet.approve(visit.name)
    end = await visit.end()
    assert end.result is Result.SETTLED
    assert "settlement.timed_out" in terminal_waiting_1_s.kinds(visit.name)
    assert terminal_waiting_1_s.agrees_with(hospital)


@pytest.mark.clause("S2-U.3")
async def test_money_that_the_channel_took_and_gave_back_by_itself_is_told_as_given_back(
    hospital, terminal, showing
):
    hospital.wallet.pays_at_reverse = True
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang", password=True))
    await visit.until(state_is(Approving))
    visit.attempt.tell(Declined())
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "PY-05", ["M3"])
    assert hospital.received("refund") == 0
    assert captured(hospital) == (1, 0)
    assert terminal.agrees_with(hospital)


async def test_money_that_comes_after_the_patient_has_gone_goes_back(hospital, terminal, showing):
    hospital.plan("charge_code", "delay_s", seconds=60)
    visit = await start(hospital, terminal, showing, hospital.wallet.pay_code("zhang"))
    await visit.until(state_is(Charging))
    await hospital.faults["wallet"].wait_handled("charge_code", 1)
    visit.attempt.tell(Declined("NT-05"))
    visit.attempt.wipe()
    await visit.until(lambda attempt: not attempt.state.facts.live)
    hospital.faults["wallet"].release()
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "PY-05", ["M3"])
    assert "settlement.settled_refused" not in terminal.kinds(visit.name), "nothing new was begun"
    assert captured(hospital) == (1, 0)
    assert terminal.agrees_with(hospital)


# --- the code itself ----------------------------------------------------------------------------


@pytest.mark.clause("S3-8.1.12")
async def test_the_code_is_in_no_file_and_out_of_memory_as_soon_as_it_was_sent(hospital, terminal, showing):
    code = hospital.wallet.pay_code("zhang", password=True)
    visit = await start(hospital, terminal, showing, code)
    await visit.until(state_is(Charging))
    assert visit.attempt.live.pay_code == code
    assert code not in repr(visit.attempt.live)
    await visit.until(state_is(Approving))
    assert visit.attempt.live.pay_code == ""
    assert hospital.wallet.approve(visit.name)
    await visit.end()
    on_disk = b"".join(path.read_bytes() for path in terminal.folder.rglob("*") if path.is_file())
    assert b"settlement.code_shown" in on_disk
    assert code.encode() not in on_disk


async def test_a_code_shown_when_it_is_too_late_is_forgotten(hospital, terminal, showing):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(state_is(Paying))
    visit.attempt.tell(Declined())
    visit.attempt.show_code(hospital.wallet.pay_code("zhang"))
    assert visit.attempt.live.pay_code
    await visit.end()
    assert visit.attempt.live.pay_code == ""
    assert hospital.received("charge_code") == 0


def test_a_charge_that_was_announced_once_is_never_announced_again():
    discipline = Discipline()
    charge = {"sent": [{"op": "charge", "digest": "d", "limit_s": 15}]}
    discipline.announced([charge])
    with pytest.raises(DisciplineError, match="sent once"):
        discipline.announced([charge])


async def test_without_its_patient_a_code_is_not_sent(hospital, terminal, showing):
    """The patient goes in the moment in which the code was seen."""
    code = hospital.wallet.pay_code("zhang")
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(state_is(Paying))
    visit.attempt.show_code(code)
    visit.attempt.tell(Declined("NT-05"))
    visit.attempt.wipe()
    assert (await visit.end()).result is Result.NOT_SETTLED
    assert hospital.received("charge_code") == 0
