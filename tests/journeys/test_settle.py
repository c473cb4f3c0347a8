"""Settling, as the patient sees it: choose, agree, pay, be told what is true, leave whenever they like."""

from __future__ import annotations

import pytest
from journeys_panel import at_the_code, at_the_split, home_again, identified

from kiosk.journeys.views import (
    Attract,
    Bills,
    Consent,
    Finished,
    NotPossible,
    Pay,
    WhoPays,
    WhyLine,
)


def nothing_moved(hospital, till) -> bool:
    """No payment, no settlement, no bill held anywhere."""
    assert not any(hospital.sums().values())
    assert set(hospital.bill_states().values()) <= {"open"}
    return till.agrees_with(hospital)


async def test_nothing_to_pay_is_a_good_answer_too(panel):
    await identified(panel, "zhang")
    assert (await panel.see(Bills)).rows == ()
    panel.touch("finish")
    await home_again(panel)


async def test_only_what_was_chosen_is_settled(hospital, panel, phone, till):
    first, second = hospital.bills_of_one_visit("zhang")
    await identified(panel, "zhang")
    await panel.see(Bills)
    panel.touch("toggle", first.bill_id)
    await panel.see(Bills, lambda view: view.chosen_fen == second.total_fen)
    panel.touch("next")
    await panel.see(WhoPays, lambda view: not view.busy)
    panel.touch("pay")
    await panel.see(Pay)
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    assert hospital.bill_states() == {first.bill_id: "open", second.bill_id: "settled"}
    assert till.agrees_with(hospital)


async def test_bills_of_two_visits_push_each_other_out(hospital, panel):
    first, second = hospital.bill_of("zhang"), hospital.bill_of("zhang")
    await identified(panel, "zhang")
    bills = await panel.see(Bills)
    assert [row.chosen for row in bills.rows] == [True, False]
    panel.touch("toggle", second.bill_id)
    bills = await panel.see(Bills, lambda view: view.rows[1].chosen)
    assert not bills.rows[0].chosen
    panel.touch("toggle", second.bill_id)
    await panel.see(Bills, lambda view: view.chosen_fen == 0)
    panel.touch("next")
    panel.touch("toggle", first.bill_id)
    await panel.see(Bills, lambda view: view.rows[0].chosen)
    assert "WhoPays" not in panel.kinds(), "nothing chosen, nothing to go on with"


async def test_the_reason_of_a_share_can_be_read_and_left_again(hospital, panel):
    hospital.bills_of_one_visit("zhang")
    split = await at_the_split(panel, "zhang")
    panel.touch("reason", split.reasons[0].key)
    why = await panel.see(WhyLine)
    assert why.reason == split.reasons[0]
    panel.touch("back")
    await panel.see(WhoPays)


async def test_later_goes_back_to_the_bills_and_the_second_time_settles(hospital, panel, phone, till):
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    panel.touch("later")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(WhoPays, lambda view: not view.busy)
    panel.touch("pay")
    await panel.see(Pay)
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    assert hospital.agency.received("2207") == 1
    assert till.agrees_with(hospital)


async def test_who_leaves_the_split_leaves_no_trace(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    panel.touch("home")
    await home_again(panel)
    assert nothing_moved(hospital, till)


async def test_who_leaves_while_the_agency_is_asked_keeps_no_bill_from_anybody(hospital, panel, till):
    hospital.bill_of("zhang")
    hospital.plan("2204", "delay_s", seconds=60)
    await identified(panel, "zhang")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await hospital.faults["agency"].wait_handled("2204", 1)
    await panel.see(Bills, lambda view: view.busy)
    panel.touch("home")
    await panel.see(Attract)
    assert panel.attempts[0].live is None
    hospital.faults["agency"].release()
    await home_again(panel)
    assert hospital.received("2206") == 0
    assert nothing_moved(hospital, till)


async def test_a_code_that_is_not_wanted_is_closed_and_the_bills_are_there_again(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_code(panel, "zhang")
    panel.touch("leave")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("home")
    await home_again(panel)
    assert [order["state"] for order in hospital.wallet.orders()] == ["closed"]
    assert nothing_moved(hospital, till)


@pytest.mark.clause("S3-6.2.4", "S0-6.15d", "S1-A.5c")
async def test_an_item_outside_the_fund_is_settled_after_consent(hospital, panel, phone, till):
    hospital.bill_of("he")
    await identified(panel, "he")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(WhoPays, lambda view: not view.busy)
    panel.touch("pay")
    asked = await panel.see(Consent)
    assert (asked.amount_fen, [item.amount_fen for item in asked.items]) == (26800, [26800])
    panel.touch("agree")
    await panel.see(Pay)
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    assert [one["decision"] for one in hospital.his.consents()] == ["agree"]
    assert [entry.data["decision"] for entry in till.journal.entries(kind="consent.decided")] == ["agree"]
    assert till.agrees_with(hospital)


@pytest.mark.clause("S3-6.2.4")
async def test_refused_consent_settles_nothing_and_is_kept(hospital, panel, till):
    hospital.bill_of("he")
    await identified(panel, "he")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(WhoPays, lambda view: not view.busy)
    panel.touch("pay")
    await panel.see(Consent)
    panel.touch("refuse")
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("CS-02", "M0")
    panel.touch("finish")
    await home_again(panel)
    assert [one["decision"] for one in hospital.his.consents()] == ["refuse"]
    assert nothing_moved(hospital, till)


async def test_a_refused_bill_is_told_before_money(hospital, panel, till):
    bill = hospital.bill_of("zhang")
    await identified(panel, "zhang")
    await panel.see(Bills, lambda view: not view.busy)
    hospital.his.raise_price(bill.bill_id)
    panel.touch("next")
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("LK-03", "M0")
    panel.touch("finish")
    await home_again(panel)


async def test_a_bill_that_does_not_add_up_keeps_no_other_from_being_settled(hospital, panel, phone, till):
    wrong = hospital.bill_that_does_not_add_up("zhang")
    good = hospital.bill_of("zhang")
    await identified(panel, "zhang")
    bills = await panel.see(Bills, lambda view: not view.busy)
    assert {row.bill_id: row.off_code for row in bills.rows} == {wrong.bill_id: "GT-04", good.bill_id: ""}
    panel.touch("next")
    await panel.see(WhoPays, lambda view: not view.busy)
    panel.touch("pay")
    await panel.see(Pay)
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    assert hospital.bill_states()[wrong.bill_id] == "open"


@pytest.mark.clause("S2-U.3")
async def test_the_last_screen_stays_while_the_card_is_in_and_leaves_by_itself_after(hospital, panel, phone):
    hospital.bill_of("chen")
    await at_the_split(panel, "chen")
    panel.touch("pay")
    first = await panel.see(Finished)
    number = panel.now.number
    assert first.card_in
    await panel.see_view(lambda view: view.number > number + 1 and isinstance(view.content, Finished))
    assert panel.now.content.card_in, "it reminds of the card and stays"
    panel.reader.remove()
    await panel.see(Attract)


async def test_a_printer_without_paper_does_not_undo_a_settlement(hospital, panel, phone, till):
    from hw.printer.port import Fault, PrintFailed

    hospital.bill_of("chen")
    panel.tray.outcome = PrintFailed(Fault.PAPER_OUT)
    await at_the_split(panel, "chen")
    panel.touch("pay")
    done = await panel.see(Finished)
    assert (done.papers, done.paper_off) == (0, True)
    await home_again(panel)
    assert till.agrees_with(hospital)


@pytest.mark.parametrize("operation", ["1101", "2206", "2207"])
async def test_amounts_that_come_as_strings_are_settled_alike(hospital, panel, phone, till, operation):
    hospital.bill_of("zhang")
    hospital.plan(operation, "deviate", code="amounts_as_strings")
    await at_the_code(panel, "zhang")
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    assert till.agrees_with(hospital)
