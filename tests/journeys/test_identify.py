"""Who are you: cards, codes, and what is said when neither helps. Nobody is filmed who is not identifying."""

from __future__ import annotations

import pytest
from journeys_hands import card_of
from journeys_panel import home_again, identified

from hw.card import CardFailure, Code, ReadingWarning
from hw.scanner.classify import CodeKind
from hw.scanner.hint import Hint
from kiosk import assets
from kiosk.journeys.views import (
    Attract,
    BankCard,
    Bills,
    CardNeedsCode,
    Home,
    Identify,
    NotPossible,
    StaffWindow,
    Who,
    WrongCode,
)
from kiosk.ui.text import catalog


async def at_identify(panel):
    """From the first screen to "show your card or code"."""
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("settle")
    return await panel.see(Identify)


async def test_a_code_on_the_phone_identifies_once(hospital, panel):
    digits = hospital.agency.issue_code("zhang")
    await at_identify(panel)
    panel.scanner.show(digits)
    assert (await panel.see(Who)).name == "张*国"
    assert not panel.scanner.looking, "the camera is closed as soon as the code is seen"
    panel.touch("yes")
    await panel.see(Bills)
    panel.touch("home")
    await home_again(panel)
    await at_identify(panel)
    panel.scanner.show(digits)
    assert (await panel.see(WrongCode)).kind == "expired", "it is used up"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("134567890123456789", "wechat_pay"),
        ("28" + "1" * 16, "alipay"),
        ("62" + "1" * 17, "other_payment"),
        ("https://example.invalid/x", "url"),
        ("hello", "other"),
    ],
)
async def test_another_code_is_named_and_never_sent_anywhere(hospital, panel, text, kind):
    await at_identify(panel)
    panel.scanner.show(text)
    assert (await panel.see(WrongCode)).kind == kind
    assert hospital.received("ec.query") == hospital.received("1101") == 0
    panel.scanner.show(hospital.agency.issue_code("zhang"))
    assert (await panel.see(Who)).name == "张*国", "the right code is taken at once"


async def test_a_code_that_is_too_old_is_told_so(hospital, panel):
    digits = hospital.agency.issue_code("zhang")
    hospital.agency.write("UPDATE code SET issued_at = issued_at - 3600")
    await at_identify(panel)
    panel.scanner.show(digits)
    assert (await panel.see(WrongCode)).kind == "expired"


async def test_a_bank_card_is_no_social_security_card_and_the_code_helps_at_once(hospital, panel):
    await panel.see(Attract)
    panel.reader.insert(CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD))
    assert (await panel.see(BankCard)).code == "CD-03"
    panel.scanner.show(hospital.agency.issue_code("zhang"))
    await panel.see(Who)


async def test_a_bank_card_that_is_taken_out_leaves_the_question_open(panel):
    await panel.see(Attract)
    panel.reader.insert(CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD))
    await panel.see(BankCard)
    panel.reader.remove()
    assert not (await panel.see(Identify)).busy


async def test_a_card_that_stays_in_unread_does_not_look_as_if_it_were_read(panel):
    await panel.see(Attract)
    panel.reader.insert(CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD))
    await panel.see(BankCard)
    panel.touch("show_code")
    assert not (await panel.see(Identify)).busy


async def test_a_card_that_keeps_its_holder_to_itself_asks_for_the_code(panel):
    await panel.see(Attract)
    panel.reader.insert(card_of("liu", id_number=None, name=None, protected=("EF06",)))
    assert (await panel.see(CardNeedsCode)).code == "CD-11"


@pytest.mark.clause("S1-H.5", "S1-O.1")
@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Code.CARD_MUTE, "CD-01"),
        (Code.TIMEOUT, "CD-02"),
        (Code.BAD_DATA, "CD-05"),
        (Code.CARD_REMOVED, "CD-08"),
    ],
)
async def test_a_card_that_cannot_be_read_is_told_with_its_code_and_that_nothing_was_taken(
    panel, failure, code
):
    await panel.see(Attract)
    panel.reader.insert(CardFailure(failure))
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == (code, "M0")


@pytest.mark.clause("S2-H.1", "S0-6.45")
async def test_a_suspended_insurance_is_told_before_any_hope_is_raised(hospital, panel):
    await panel.see(Attract)
    panel.reader.insert(card_of("wang"))
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("AC-02", "M0")
    panel.touch("finish")
    await home_again(panel)
    assert hospital.received("2201") == 0


@pytest.mark.clause("S0-1.12", "S2-C.7", "S1-C.5")
async def test_a_card_with_another_name_than_the_agencys_is_refused(hospital, panel):
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang", name="李卫国"))
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("ID-01", "M0")
    panel.touch("finish")
    await home_again(panel)
    assert hospital.received("2201") == 0


async def test_an_unknown_card_is_refused_by_the_agency_and_told(panel):
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang", card_no="Z99999999"))
    told = await panel.see(NotPossible)
    assert told.phrase == "M0"


@pytest.mark.clause("S0-5.4")
async def test_a_card_that_is_reported_lost_is_told_as_lost(hospital, panel):
    hospital.faults["agency"].plan("1101", "refuse", text="该卡已挂失，不能使用")
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang"))
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("AC-01", "M0")


async def test_who_says_no_is_asked_for_another_card_and_not_for_the_same_again(hospital, panel):
    await identified_no(panel, "zhang")
    assert not (await panel.see(Identify)).busy
    assert panel.kinds().count("Who") == 1
    panel.reader.remove()
    panel.reader.insert(card_of("chen"))
    assert (await panel.see(Who)).name == "陈*"


async def identified_no(panel, person):
    """The patient says "that is not me"."""
    await panel.see(Attract)
    panel.reader.insert(card_of(person))
    await panel.see(Who)
    panel.touch("no")


async def test_an_agency_that_does_not_answer_is_told_as_such(hospital, panel):
    await panel.see(Attract)
    hospital.plan("1101", "lost_before")
    panel.reader.insert(card_of("zhang"))
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("FB-01", "M0")
    panel.touch("finish")
    await home_again(panel)


@pytest.mark.clause("S0-1.9")
async def test_the_person_is_shown_masked(panel):
    await identified(panel, "ayi")
    shown = "".join(repr(view.content) for view in panel.views)
    assert "阿依古丽" not in shown
    assert "9901" in shown
    await panel.see(Bills)


@pytest.mark.parametrize("before", [None, CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD)])
async def test_who_asks_for_a_person_is_told_the_window_and_the_visit_ends(hospital, panel, before):
    await at_identify(panel)
    if before is not None:
        panel.reader.insert(before)
        await panel.see(BankCard)
    panel.touch("desk")
    assert (await panel.see(StaffWindow)).window == "4"
    assert not panel.scanner.looking
    panel.touch("finish")
    await home_again(panel)
    assert hospital.received("1101") == 0


async def test_an_expired_card_is_said_and_the_code_helps(hospital, panel):
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang", warnings=(ReadingWarning.EXPIRED,)))
    assert (await panel.see(NotPossible)).code == "CD-04"
    panel.touch("finish")
    await panel.see(Identify)
    assert hospital.received("1101") == 0
    panel.scanner.show(hospital.agency.issue_code("zhang"))
    await panel.see(Who)


@pytest.mark.parametrize("hint", [hint for hint in Hint if hint is not Hint.WRONG_CODE])
async def test_what_would_help_a_code_that_is_not_read_is_said_in_both_languages(panel, hint):
    await at_identify(panel)
    panel.scanner.would_help(hint)
    shown = await panel.see(Identify, lambda view: view.hint)
    assert all(kiosk_texts(language)[f"hint.{shown.hint}"] for language in ("zh", "en"))
    panel.scanner.would_help(None)
    await panel.see(Identify, lambda view: not view.hint)


async def test_only_insurance_codes_are_wanted_here(panel):
    await at_identify(panel)
    assert panel.scanner.wanted == {CodeKind.INSURANCE}


async def test_a_card_that_does_not_answer_is_said_while_the_reading_goes_on(panel):
    reading = panel.reader.hold()
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang"))
    reading_goes_on = await panel.see(Identify, lambda view: view.busy)
    assert not reading_goes_on.quiet
    panel.reader.goes_quiet()
    silent = await panel.see(Identify, lambda view: view.quiet)
    assert silent.busy
    reading.set_result(card_of("zhang"))
    assert panel.kinds() == ["Attract", "Identify"]
    await panel.see(Who)


def kiosk_texts(language):
    """The screen's own texts of a language, by key."""
    path = assets.path("locale", language, "LC_MESSAGES", "kiosk.po")
    return catalog.read_po(path.read_text(encoding="utf-8"))
