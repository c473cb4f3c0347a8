"""28 digits become an identity once, or a refusal that the patient understands."""

from __future__ import annotations

import pytest

from kiosk.domain.outcome import Refused, Unknown

AREAS = pytest.mark.parametrize(("area", "who"), [("990100", "zhang"), ("990200", "zhao")])


@AREAS
async def test_a_fresh_code_is_the_person_who_shows_it(open_counter, area, who):
    counter = await open_counter(who, area=area)
    shown = (await counter.client.exchange_code(counter.store.issue_code(who), "01301")).value
    assert shown.insured_place == area
    assert shown.credential.name == shown.name
    found = await counter.client.person(await counter.msgid(), shown.credential)
    assert found.value.cert_no == shown.cert_no


@AREAS
async def test_a_code_is_good_once(open_counter, area, who):
    counter = await open_counter(who, area=area)
    digits = counter.store.issue_code(who)
    await counter.client.exchange_code(digits, "01301")
    again = await counter.client.exchange_code(digits, "01301")
    assert isinstance(again, Refused)
    assert again.code == "QR-05"


@AREAS
async def test_a_code_that_waited_too_long_asks_for_a_fresh_one(open_counter, area, who):
    counter = await open_counter(who, area=area)
    digits = counter.store.issue_code(who)
    counter.clock.forward(seconds=61)
    refused = await counter.client.exchange_code(digits, "01301")
    assert isinstance(refused, Refused)
    assert refused.code == "QR-02"


async def test_a_code_nobody_issued_is_unknown_to_the_agency(open_counter):
    counter = await open_counter("zhang")
    refused = await counter.client.exchange_code("424" + "0" * 19 + "990000", "01301")
    assert isinstance(refused, Refused)
    assert refused.code == "QR-03"


@pytest.mark.parametrize(
    "text", ["134567890123456789", "", "opc" + "0" * 25, "424" + "0" * 24 + "9", "４２４" + "0" * 25]
)
async def test_what_is_no_insurance_code_never_leaves_the_terminal(open_counter, text):
    counter = await open_counter("zhang")
    refused = await counter.client.exchange_code(text, "01301")
    assert isinstance(refused, Refused)
    assert refused.code == "QR-03"
    assert counter.faults.received("ec.query") == 0


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "truncated", "garbled", "bad_gateway"])
async def test_a_lost_exchange_is_unknown_and_not_tried_again(open_counter, fault):
    counter = await open_counter("zhang")
    counter.faults.plan("ec.query", fault)
    outcome = await counter.client.exchange_code(counter.store.issue_code("zhang"), "01301")
    assert isinstance(outcome, Unknown)
    assert counter.faults.received("ec.query") == 1
