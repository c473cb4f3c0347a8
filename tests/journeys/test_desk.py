"""What holds on every screen: language, home and back, touches that came too late, and nobody there."""

from __future__ import annotations

import pytest
from journeys_panel import Panel, at_the_split, home_again, identified

from kiosk.journeys.desk import Patience
from kiosk.journeys.views import Attract, BeingChecked, Bills, Finished, Home, Identify, Pay, WhoPays


async def test_the_language_changes_where_one_stands_and_is_the_first_one_again_for_the_next(panel):
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("language")
    view = await panel.see_view(lambda view: view.language == "en")
    assert isinstance(view.content, Home)
    panel.touch("settle")
    await panel.see(Identify)
    assert panel.now.language == "en"
    panel.touch("home")
    await panel.see(Home)
    panel.touch("back")
    await panel.see(Attract)
    assert panel.now.language == "zh"


async def test_back_leads_home_and_home_leads_out(panel):
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("settle")
    await panel.see(Identify)
    panel.touch("back")
    await panel.see(Home)
    panel.touch("back")
    await panel.see(Attract)


async def test_a_touch_on_what_is_not_shown_any_more_does_nothing(hospital, panel):
    hospital.bill_of("zhang")
    await panel.see(Attract)
    old = panel.now.number
    await at_the_split(panel, "zhang")
    for name in ("pay", "later", "start", "home"):
        panel.touch(name, view=old)
    panel.touch("language")
    await panel.see_view(lambda view: view.language == "en")
    assert isinstance(panel.now.content, WhoPays)
    assert hospital.received("begin") == 0


async def test_a_touch_just_before_the_same_screen_was_drawn_anew_counts(hospital, panel):
    bill = hospital.bill_of("zhang")
    await identified(panel, "zhang")
    await panel.see(Bills, lambda view: not view.busy)
    first = panel.now.number
    panel.touch("language")
    await panel.see_view(lambda view: view.language == "en")
    panel.touch("toggle", bill.bill_id, view=first)
    await panel.see(Bills, lambda view: view.chosen_fen == 0)


async def test_a_button_that_is_not_there_does_nothing(hospital, panel, phone):
    """While money moves there is no way home: such a touch can only be a mistake."""
    hospital.bill_of("zhang")
    hospital.plan("begin", "delay_s", seconds=60)
    await at_the_split(panel, "zhang")
    panel.touch("pay")
    await panel.see(WhoPays, lambda view: view.busy)
    panel.touch("home")
    panel.touch("back")
    await hospital.faults["his"].wait_handled("begin", 1)
    hospital.faults["his"].release()
    await panel.see(Pay)


async def test_silence_is_asked_about_and_then_ends_the_visit_and_wipes_it(hospital, hasty_panel, till):
    panel = hasty_panel
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    asked = await panel.see_view(lambda view: view.idle_left_s > 0)
    assert isinstance(asked.content, WhoPays), "the dialog lies above what is shown"
    await panel.see(Attract)
    await home_again(panel)
    assert panel.attempts[0].state.code == "NT-05"
    assert not any(hospital.sums().values())
    assert till.agrees_with(hospital)


@pytest.mark.parametrize("answer", ["stay", "touched"])
async def test_a_touch_stays_where_one_was(hospital, hasty_panel, answer):
    panel = hasty_panel
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    await panel.see_view(lambda view: view.idle_left_s > 0)
    panel.touch(answer)
    view = await panel.see_view(lambda view: view.idle_left_s == 0)
    assert isinstance(view.content, WhoPays)


async def test_leave_leaves_at_once(hospital, hasty_panel):
    panel = hasty_panel
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    await panel.see_view(lambda view: view.idle_left_s > 0)
    panel.touch("leave")
    await home_again(panel)


async def test_what_happens_under_the_dialog_is_not_lost(hospital, till, phone):
    """The answer comes while the patient is asked whether they are there: once they stay, they see it."""
    panel = Panel(hospital, till, patience=Patience(0.3, 15.0))
    panel.open()
    hospital.bill_of("zhang")
    hospital.plan("2207", "lost_after")
    hospital.plan("5203", "delay_s", seconds=60)
    await at_the_split(panel, "zhang")
    panel.touch("pay")
    await panel.see(Pay)
    assert phone.pay()
    await panel.see(BeingChecked)
    await hospital.faults["agency"].wait_handled("5203", 1)
    await panel.see_view(lambda view: view.idle_left_s > 0)
    hospital.faults["agency"].release()
    await panel.ended()
    panel.touch("stay")
    await panel.see(Finished)
    await home_again(panel)
    await panel.close()


async def test_a_card_put_in_while_the_last_visit_ends_starts_the_next_one(hospital, panel, phone):
    from journeys_hands import card_of

    from kiosk.journeys.views import Who

    hospital.bill_of("chen")
    await at_the_split(panel, "chen")
    panel.touch("pay")
    await panel.see(Finished)
    panel.reader.remove()
    panel.reader.insert(card_of("zhang"))
    panel.touch("finish")
    assert (await panel.see(Who)).name == "张*国"
