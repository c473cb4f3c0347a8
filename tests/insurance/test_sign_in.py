"""`sign_no`: per business day and process, had again when lost, never at the price of a second effect."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.insurance import load_profile, profile_path
from kiosk.insurance.port import Accepted


async def test_the_first_transaction_signs_in_and_the_next_ones_do_not(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    assert counter.faults.received("9001") == 1


async def test_without_a_source_of_msgids_nothing_is_sent_before_signing_in(open_counter):
    counter = await open_counter("zhang", signs_in_alone=False)
    refused = await counter.client.visits(await counter.msgid(), counter.case, counter.day, counter.day)
    assert refused == Refused("SE-01", "sign-in: not signed in")
    assert await counter.client.sign_in(await counter.msgid()) == Done(Accepted())
    assert (await counter.identified()).name == "张卫国"


async def test_a_new_business_day_signs_in_anew(open_counter):
    counter = await open_counter("zhang")
    await counter.identified()
    counter.clock.forward(hours=14)  # past midnight in the area
    await counter.identified()
    assert (counter.faults.received("9001"), counter.faults.received("1101")) == (2, 2)


async def test_a_call_refused_for_its_sign_in_is_sent_once_more_under_its_own_msgid(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.store.expire_sign_ins()
    msgid = await counter.msgid()
    outcome = await counter.settle(msgid)
    assert outcome.value.msgid == msgid
    assert counter.faults.received("2207") == 2
    assert [row.msgid for row in counter.store.settlements()] == [msgid]


async def test_a_lost_answer_is_not_sent_again_even_when_the_sign_in_is_lost_too(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.store.expire_sign_ins()
    counter.faults.plan("2207", "lost_before")
    assert isinstance(await counter.settle(), Unknown)
    assert counter.faults.received("2207") == 1


async def test_a_sign_in_that_is_refused_again_ends_the_call(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.faults.plan("2207", "refuse", times=2, text="请重新签到，签到编号无效")
    assert isinstance(await counter.settle(), Refused)
    assert counter.faults.received("2207") == 2


async def test_no_sign_in_means_that_nothing_was_sent(open_counter):
    counter = await open_counter("zhang")
    counter.faults.plan("9001", "lost_before")
    refused = await counter.client.visits(await counter.msgid(), counter.case, counter.day, counter.day)
    assert isinstance(refused, Refused)
    assert refused.code == "FB-01"
    assert counter.faults.received("5201") == 0


async def test_calls_at_the_same_time_share_one_sign_in(open_counter):
    counter = await open_counter("zhang")
    msgids = [await counter.msgid() for _ in range(5)]
    await asyncio.gather(
        *(counter.client.visits(msgid, counter.case, counter.day, counter.day) for msgid in msgids)
    )
    assert counter.faults.received("9001") == 1


async def test_signing_out_ends_the_number_and_twice_is_harmless(open_counter):
    counter = await open_counter("zhang", signs_in_alone=False)
    await counter.client.sign_in(await counter.msgid())
    assert await counter.client.sign_out(await counter.msgid()) == Done(Accepted())
    assert await counter.client.sign_out(await counter.msgid()) == Done(Accepted())
    assert counter.faults.received("9002") == 1


async def test_a_gateway_with_another_secret_lets_nothing_through(open_counter):
    counter = await open_counter("zhao", area="990200", secret="another")
    assert isinstance(await counter.client.sign_in(await counter.msgid()), Refused)


async def test_an_area_may_leave_out_steps_without_a_call(open_counter):
    profile = load_profile(profile_path("990100"))
    profile = replace(profile, order=replace(profile.order, entitlement="left_out", describe="left_out"))
    counter = await open_counter("zhang", profile=profile)
    await counter.settled()
    found = await counter.client.entitlement(await counter.msgid(), counter.case, "11", counter.day)
    assert found.value.entitled
    assert (counter.faults.received("2001"), counter.faults.received("2203")) == (0, 0)
