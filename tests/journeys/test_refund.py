"""A refund that the hospital has declared due, as its patient sees it."""

from __future__ import annotations

import pytest
from journeys_hands import card_of
from journeys_panel import home_again

from kiosk.journeys.views import Attract, BeingChecked, Finished, Home, NothingToRefund, RefundOffer, Who


async def at_the_offer(panel, hospital, till, person="zhang"):
    """Something is due, and the patient has come for it."""
    visit = await till.start(person, hospital.bill_of(person).bill_id)
    await visit.until(lambda attempt: not attempt.code_text or hospital.wallet.newest_waiting() is not None)
    while not visit.task.done() and not (order := hospital.wallet.newest_waiting()):
        await visit.until(lambda attempt: bool(attempt.code_text))
    if not visit.task.done():
        hospital.wallet.approve(order)
    await visit.end()
    hospital.his.declare_refund_due(visit.name, "药品没有领取")
    await asks_for_it(panel, person)
    return await panel.see(RefundOffer)


async def asks_for_it(panel, person):
    """From the first screen to "that is me"."""
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("refunds")
    panel.reader.insert(card_of(person))
    await panel.see(Who)
    panel.touch("yes")


@pytest.mark.clause("S0-4.5", "S1-H.3")
async def test_a_refund_goes_back_by_its_way_and_is_slipped(hospital, panel, till):
    offer = await at_the_offer(panel, hospital, till)
    assert (offer.fund_fen, offer.account_fen, offer.cash_fen) == (2760, 2040, 1240)
    panel.touch("go")
    done = await panel.see(Finished)
    assert (done.refund, done.cash_fen, done.papers) == (True, 1240, 1)
    await home_again(panel)
    assert not any(hospital.sums().values())
    assert till.agrees_with(hospital)


async def test_nothing_due_is_said(panel):
    await asks_for_it(panel, "zhang")
    await panel.see(NothingToRefund)
    panel.touch("finish")
    await home_again(panel)


async def test_later_leaves_it_due(hospital, panel, till):
    await at_the_offer(panel, hospital, till)
    panel.touch("later")
    await home_again(panel)
    assert hospital.received("refund_begin") == hospital.received("2208") == 0
    assert till.agrees_with(hospital)


async def test_a_refund_that_is_not_answered_is_being_checked_and_goes_on_without_the_patient(
    hospital, panel, till
):
    await at_the_offer(panel, hospital, till)
    hospital.plan("2208", "lost_after")
    hospital.plan("5203", "delay_s", seconds=60)
    panel.touch("go")
    checked = await panel.see(BeingChecked)
    assert (checked.refund, checked.phrase, checked.code) == (True, "", "RF-02")
    await hospital.faults["agency"].wait_handled("5203", 1)
    panel.touch("finish")
    await panel.see_view(lambda view: isinstance(view.content, Home | Attract))
    hospital.faults["agency"].release()
    await home_again(panel)
    assert not any(hospital.sums().values())
    assert till.agrees_with(hospital)


async def test_who_walks_away_from_a_refund_being_checked_does_not_keep_the_terminal(
    hospital, hasty_panel, till
):
    panel = hasty_panel
    await at_the_offer(panel, hospital, till)
    hospital.plan("refund", "lost_before", times=60)
    panel.touch("go")
    await panel.see(BeingChecked)
    await panel.see(Attract)
    hospital.faults["wallet"].clear()
    await home_again(panel)
    assert not any(hospital.sums().values())
