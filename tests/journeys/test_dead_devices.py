"""Screen 17: a reader or a camera that is out of work is said before money moves, with what still works."""

from __future__ import annotations

import pytest
from journeys_hands import card_of
from journeys_panel import home_again

from hw.scanner.port import Failure
from kiosk.journeys.views import Attract, Bills, DeviceTrouble, Home, Identify, Who


async def at_the_question(panel) -> None:
    """On to where card or code is asked for."""
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("settle")


def told_to_staff(till) -> list[tuple[str, list[str]]]:
    """Devices and reasons in the journal."""
    return [(e.data["device"], e.data["codes"]) for e in till.journal.entries(kind="device.trouble")]


@pytest.mark.clause("S1-O.4")
async def test_without_a_card_reader_the_code_is_offered_before_anything_is_asked(hospital, panel, till):
    await panel.see(Attract)
    panel.reader.unplug()
    await at_the_question(panel)
    told = await panel.see(DeviceTrouble)
    assert (told.device, told.code) == ("card_reader", "CD-10")
    assert not panel.scanner.looking
    panel.touch("go_on")
    shown = await panel.see(Identify)
    assert (shown.card, shown.camera) == (False, True)
    panel.scanner.show(hospital.agency.issue_code("zhang"))
    await panel.see(Who)
    assert told_to_staff(till) == [("card_reader", ["reader_gone"])]


async def test_a_reader_that_comes_back_is_offered_again(panel):
    await panel.see(Attract)
    panel.reader.unplug()
    await at_the_question(panel)
    await panel.see(DeviceTrouble)
    panel.reader.plug_in()
    assert (await panel.see(Identify)).card


async def test_without_a_camera_the_card_is_offered(hospital, panel, till):
    hospital.bill_of("zhang")
    panel.scanner.failure = Failure.NO_CAMERA
    await at_the_question(panel)
    told = await panel.see(DeviceTrouble)
    assert (told.device, told.code) == ("camera", "QR-06")
    panel.touch("go_on")
    shown = await panel.see(Identify)
    assert (shown.card, shown.camera) == (True, False)
    panel.reader.insert(card_of("zhang"))
    await panel.see(Who)
    panel.touch("yes")
    await panel.see(Bills)
    assert told_to_staff(till) == [("camera", ["NO_CAMERA"])]


async def test_a_card_put_in_before_the_trouble_of_the_camera_is_simply_read(panel):
    panel.scanner.failure = Failure.NO_CAMERA
    await at_the_question(panel)
    await panel.see(DeviceTrouble)
    panel.reader.insert(card_of("zhang"))
    await panel.see(Who)


async def test_who_came_with_a_card_does_not_hear_of_the_camera(panel, till):
    panel.scanner.failure = Failure.STALLED
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang"))
    await panel.see(Who)
    assert "DeviceTrouble" not in panel.kinds()
    assert told_to_staff(till) == [("camera", ["STALLED"])]


async def test_one_outage_is_told_to_the_staff_once_and_the_next_one_again(panel, till):
    panel.scanner.failure = Failure.CAMERA_GONE
    for _ in range(2):
        await at_the_question(panel)
        await panel.see(DeviceTrouble if not told_to_staff(till) else Identify)
        panel.touch("go_on")
        await panel.see(Identify)
        panel.touch("home")
        await home_again(panel)
    assert len(told_to_staff(till)) == 1
    panel.scanner.failure = None
    await at_the_question(panel)
    await panel.see(Identify, lambda view: view.camera)
    panel.scanner.breaks(Failure.CAMERA_GONE)
    await panel.see(DeviceTrouble)
    assert len(told_to_staff(till)) == 2


async def test_with_both_out_nothing_goes_on_here_and_the_patient_is_sent_to_the_next_terminal(panel, till):
    await panel.see(Attract)
    panel.reader.unplug()
    panel.scanner.failure = Failure.CAMERA_GONE
    await at_the_question(panel)
    await panel.see(DeviceTrouble, lambda view: view.device == "card_reader")
    panel.touch("go_on")
    await panel.see(DeviceTrouble, lambda view: view.device == "identity")
    panel.touch("go_on")
    panel.touch("other")
    await panel.see_view(lambda view: isinstance(view.content, Home | Attract))
    assert "Identify" not in panel.kinds()[-2:]
    await home_again(panel)
    assert list(till.journal.entries(kind="settlement.started")) == []


async def test_a_camera_that_fails_while_the_code_is_looked_for_is_said(panel):
    await at_the_question(panel)
    await panel.see(Identify)
    panel.scanner.breaks(Failure.CAMERA_GONE)
    assert (await panel.see(DeviceTrouble)).device == "camera"
    panel.scanner.breaks(None)
    assert (await panel.see(Identify)).camera
