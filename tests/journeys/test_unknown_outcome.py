"""An outcome that is not known yet, as the patient sees it: what is said is true, and nobody has to wait."""

from __future__ import annotations

import pytest
from journeys_panel import at_the_code, at_the_split, home_again

from kiosk.journeys.views import Attract, BeingChecked, Finished, NotPossible


@pytest.mark.clause("S2-U.3")
async def test_an_unknown_outcome_is_told_as_such_with_a_slip_and_then_resolves(hospital, panel, phone, till):
    hospital.bill_of("zhang")
    hospital.plan("2207", "lost_after")
    hospital.plan("5203", "delay_s", seconds=60)
    await at_the_code(panel, "zhang")
    assert phone.pay()
    checked = await panel.see(BeingChecked, lambda view: view.printed)
    attempt = panel.attempts[0].name
    assert (checked.phrase, checked.code) == ("M1", "SE-03")
    assert checked.reference == f"{attempt[:4]}-{attempt[4:8]}".upper()
    assert till.told(attempt) == ["M1"]
    assert len(panel.tray.papers) == 1
    await hospital.faults["agency"].wait_handled("5203", 1)
    hospital.faults["agency"].release()
    assert (await panel.see(Finished)).papers == 2
    await home_again(panel)
    assert till.agrees_with(hospital)


async def test_who_does_not_wait_for_the_answer_can_go_and_it_is_settled_all_the_same(
    hospital, panel, phone, till
):
    hospital.bill_of("zhang")
    hospital.plan("2207", "lost_after")
    hospital.plan("5203", "delay_s", seconds=60)
    await at_the_code(panel, "zhang")
    assert phone.pay()
    await panel.see(BeingChecked)
    panel.touch("finish")
    await panel.see(Attract)
    assert panel.attempts[0].live is None
    await hospital.faults["agency"].wait_handled("5203", 1)
    hospital.faults["agency"].release()
    await home_again(panel)
    assert till.told(panel.attempts[0].name) == ["M1", "M2"]
    assert till.agrees_with(hospital)


async def test_while_a_payment_is_checked_the_next_patient_is_served(hospital, panel, phone, till):
    hospital.bill_of("zhang")
    hospital.plan("2207", "lost_after")
    hospital.plan("5203", "delay_s", seconds=60)
    await at_the_code(panel, "zhang")
    assert phone.pay()
    await panel.see(BeingChecked)
    panel.touch("finish")
    await panel.see(Attract)
    panel.reader.remove()
    hospital.bill_of("chen")
    await at_the_split(panel, "chen")
    panel.touch("pay")
    await panel.see(Finished)
    await hospital.faults["agency"].wait_handled("5203", 1)
    hospital.faults["agency"].release()
    await home_again(panel)
    assert till.agrees_with(hospital)


async def test_a_lost_settlement_tells_that_the_money_goes_back(hospital, panel, phone, till):
    hospital.bill_of("zhang")
    hospital.plan("2207", "lost_before")
    code = await at_the_code(panel, "zhang")
    assert phone.pay()
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase, told.returned_fen) == ("SE-05", "M3", code.cash_fen)
    panel.touch("finish")
    await home_again(panel)
    assert hospital.wallet.sums()["net_fen"] == 0
    assert till.agrees_with(hospital)


async def test_a_differing_settlement_tells_that_it_was_cancelled_and_the_money_goes_back(
    hospital, panel, phone, till
):
    hospital.bill_of("zhang")
    await at_the_code(panel, "zhang")
    hospital.agency.set_balance_fen("zhang", 0)
    assert phone.pay()
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("SE-02", "M3")
    panel.touch("finish")
    await home_again(panel)
    assert till.agrees_with(hospital)


async def test_what_a_person_has_to_finish_keeps_its_slip_on_the_screen(hospital, panel, phone, till):
    hospital.bill_of("zhang")
    hospital.plan("2207", "refuse")
    hospital.plan("refund", "refuse")
    await at_the_code(panel, "zhang")
    assert phone.pay()
    assert (await panel.see(BeingChecked)).phrase == "M1"
    panel.touch("finish")
    await home_again(panel)
    assert [attempt for attempt, _ in till.staff] == [panel.attempts[0].name]


async def test_money_that_is_back_is_told_although_a_person_has_to_finish_the_rest(hospital, panel, phone):
    hospital.bill_of("zhang")
    hospital.plan("2207", "refuse")
    hospital.plan("cancel", "refuse")
    await at_the_code(panel, "zhang")
    assert phone.pay()
    assert (await panel.see(NotPossible)).phrase == "M3"
    panel.touch("finish")
    await home_again(panel)
