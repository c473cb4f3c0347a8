"""Paying by the phone's own code, as the patient sees it: camera, password, refusals, and every way out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from journeys_panel import at_the_code, home_again

from hw.scanner.classify import CodeKind
from hw.scanner.hint import Hint
from hw.scanner.port import Failure
from kiosk.journeys import shown_code
from kiosk.journeys.views import Bills, Finished, NotPossible, Pay, PayByCode
from kiosk.settlement.state import Approving


async def at_the_camera(panel, person="zhang"):
    """On to the camera that looks for the phone's code."""
    pay = await at_the_code(panel, person)
    assert pay.can_show
    assert pay.desk == "4"
    panel.touch("show_code")
    seen = await panel.see(PayByCode)
    assert (seen.stage, seen.cash_fen) == ("show", pay.cash_fen)
    return seen


def stage(name):
    """A screen of this stage."""
    return lambda view: view.stage == name


async def test_who_cannot_scan_shows_their_own_code_and_is_done(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    assert panel.scanner.wanted == {CodeKind.WECHAT_PAY, CodeKind.ALIPAY, CodeKind.OTHER_PAYMENT}
    panel.scanner.show(hospital.wallet.pay_code("zhang"))
    await panel.see(Finished)
    assert not panel.scanner.looking
    await home_again(panel)
    assert hospital.received("charge_code") == 1
    assert till.agrees_with(hospital)


async def test_the_screen_says_that_the_phone_asks_for_its_password(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    panel.scanner.show(hospital.wallet.pay_code("zhang", password=True))
    await panel.see(PayByCode, stage("password"))
    assert not panel.scanner.looking
    assert hospital.wallet.approve(hospital.wallet.newest_waiting())
    await panel.see(Finished)
    await home_again(panel)
    assert till.agrees_with(hospital)


async def test_while_nobody_answers_it_is_said_that_it_is_being_asked(hospital, panel, till):
    hospital.bill_of("zhang")
    hospital.plan("charge_code", "lost_after")
    hospital.plan("query", "lost_before", times=5)
    await at_the_camera(panel)
    panel.scanner.show(hospital.wallet.pay_code("zhang"))
    await panel.see(Finished)
    assert "checking" in [view.content.stage for view in panel.views if isinstance(view.content, PayByCode)]
    await home_again(panel)
    assert hospital.received("charge_code") == 1
    assert till.agrees_with(hospital)


@pytest.mark.parametrize(
    ("refused", "code"),
    [({"balance_fen": 1}, "PY-09"), ({"valid_s": 0}, "PY-08"), (None, "PY-10")],
)
async def test_a_code_that_is_not_taken_brings_our_code_back_with_the_reason(
    hospital, panel, till, refused, code
):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    unknown = "130000000000000000"
    panel.scanner.show(unknown if refused is None else hospital.wallet.pay_code("zhang", **refused))
    back = await panel.see(Pay, lambda view: view.refused == code)
    assert not back.can_show, "no other code is charged under this order"
    number = panel.now.number
    panel.touch("show_code")
    panel.nudge()
    await panel.see_view(lambda view: view.number > number)
    assert isinstance(panel.now.content, Pay)
    assert hospital.wallet.approve(hospital.wallet.newest_waiting())
    await panel.see(Finished)
    await home_again(panel)
    assert till.agrees_with(hospital)


@pytest.mark.clause("S3-8.1.12")
async def test_an_insurance_code_shown_to_pay_is_refused_here_and_not_used_up(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    digits = hospital.agency.issue_code("zhang")
    panel.scanner.show(digits)
    await panel.see(PayByCode, lambda view: view.wrong == "PY-11")
    panel.scanner.show("https://example.invalid/x")
    await panel.see(PayByCode, lambda view: view.wrong == "PY-12")
    assert hospital.received("charge_code") == hospital.received("ec.query") == 0
    panel.scanner.show(hospital.wallet.pay_code("zhang"))
    await panel.see(Finished)
    await home_again(panel)
    shown = "".join(repr(view) for view in panel.views)
    assert digits not in shown
    assert till.agrees_with(hospital)


async def test_what_would_help_the_camera_is_said(hospital, panel):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    panel.scanner.would_help(Hint.CLOSER)
    helped = await panel.see(PayByCode, lambda view: view.hint == "closer")
    assert (helped.stage, helped.wrong) == ("show", "")
    panel.scanner.would_help(Hint.WRONG_CODE)
    unhelped = await panel.see(PayByCode, lambda view: view.hint == "")
    assert (unhelped.stage, unhelped.wrong) == ("show", "")
    assert panel.scanner.looking


async def test_the_patient_may_rather_scan_ours_and_the_camera_rests(hospital, panel, phone, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    panel.touch("scan_ours")
    pay = await panel.see(Pay)
    assert pay.can_show
    assert not panel.scanner.looking
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    assert hospital.received("charge_code") == 0
    assert till.agrees_with(hospital)


async def test_a_phone_that_scanned_ours_before_ends_the_looking(hospital, panel, phone, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    assert phone.pay()
    await panel.see(Finished)
    assert not panel.scanner.looking
    await home_again(panel)
    assert till.agrees_with(hospital)


async def test_who_leaves_the_camera_is_back_at_the_bills(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    panel.touch("leave")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("home")
    await home_again(panel)
    assert hospital.wallet.sums()["paid_fen"] == 0
    assert till.agrees_with(hospital)


async def test_who_cancels_while_the_phone_asks_is_told_to_wait_and_then_free_again(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    panel.scanner.show(hospital.wallet.pay_code("zhang", password=True))
    await panel.see(PayByCode, stage("password"))
    panel.touch("leave")
    await panel.see(Bills, lambda view: not view.busy)
    assert "ending" in [view.content.stage for view in panel.views if isinstance(view.content, PayByCode)]
    panel.touch("home")
    await home_again(panel)
    assert hospital.wallet.sums()["paid_fen"] == 0
    assert till.agrees_with(hospital)


async def test_money_that_the_channel_gave_back_is_told_as_such(hospital, panel, till):
    hospital.bill_of("zhang")
    hospital.wallet.pays_at_reverse = True
    await at_the_camera(panel)
    panel.scanner.show(hospital.wallet.pay_code("zhang", password=True))
    pay = await panel.see(PayByCode, stage("password"))
    panel.touch("leave")
    told = await panel.see(NotPossible)
    assert (told.phrase, told.returned_fen) == ("M3", pay.cash_fen)
    panel.touch("finish")
    await home_again(panel)
    assert till.agrees_with(hospital)


async def test_who_goes_while_the_phone_asks_leaves_no_charge_behind(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    code = hospital.wallet.pay_code("zhang", password=True)
    panel.scanner.show(code)
    await panel.see(PayByCode, stage("password"))
    assert isinstance(panel.attempts[0].state, Approving)
    panel.touch("home")
    await home_again(panel)
    assert hospital.wallet.sums()["paid_fen"] == 0
    assert till.agrees_with(hospital)
    on_disk = b"".join(path.read_bytes() for path in till.folder.rglob("*") if path.is_file())
    assert code.encode() not in on_disk
    assert code not in "".join(repr(view) for view in panel.views)


async def test_the_camera_does_not_film_who_has_gone(hospital, panel, monkeypatch):
    monkeypatch.setattr(shown_code, "CAMERA_OPEN_MAX_S", 0.2)
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    await panel.see(Pay)
    assert not panel.scanner.looking


async def test_a_camera_that_fails_gives_our_code_back(hospital, panel, till):
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    panel.scanner.breaks(Failure.CAMERA_GONE)
    pay = await panel.see(Pay)
    assert not pay.can_show
    assert [entry.data["device"] for entry in till.journal.entries(kind="device.trouble")] == ["camera"]


async def test_where_the_gateway_takes_no_shown_codes_none_is_offered(hospital, panel, till, monkeypatch):
    monkeypatch.setattr(till.bench, "policy", replace(till.bench.policy, shown_codes=False))
    hospital.bill_of("zhang")
    assert not (await at_the_code(panel, "zhang")).can_show
    number = panel.now.number
    panel.touch("show_code")
    panel.nudge()
    await panel.see_view(lambda view: view.number > number)
    assert isinstance(panel.now.content, Pay)
    assert not panel.scanner.looking


async def test_the_order_ends_in_time_while_the_camera_still_looks(hospital, panel, monkeypatch, till):
    monkeypatch.setattr(till.bench, "policy", replace(till.bench.policy, pay_valid_s=2))
    hospital.bill_of("zhang")
    await at_the_camera(panel)
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("PY-02", "M0")
    assert not panel.scanner.looking
