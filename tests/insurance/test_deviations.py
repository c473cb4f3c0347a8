"""Answers as real areas spell them are understood alike (insurance interface, §1.2, §6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.outcome import Done, Unknown
from kiosk.insurance import load_profile, profile_path
from kiosk.sandbox.agency import DEVIATIONS

HARMLESS = [name for name in DEVIATIONS if name != "echo_wrong"]


@pytest.mark.parametrize("deviation", HARMLESS)
async def test_a_deviation_changes_nothing_in_what_is_understood(open_counter, deviation):
    plain, deviant = await open_counter("zhang"), await open_counter("zhang")
    deviant.manners.on.add(deviation)
    expected, found = await plain.settled(), await deviant.settled()
    assert found.split == expected.split
    undone = await deviant.client.undo(await deviant.msgid(), deviant.case, found.setl_id)
    assert isinstance(undone, Done)
    assert undone.value.split.total_fen == 8640


async def test_all_deviations_at_once_are_understood(open_counter):
    counter = await open_counter("zhang")
    counter.manners.on.update(HARMLESS)
    assert (await counter.settled()).split.cash_fen == 1440


@pytest.mark.parametrize("deviation", [name for name in HARMLESS if name != "echo_missing"])
async def test_a_settlement_is_found_whatever_the_spelling(open_counter, deviation):
    counter = await open_counter("zhang")
    counter.manners.on.add(deviation)
    settled = await counter.settled()
    found = await counter.client.find_settlement(await counter.msgid(), counter.case, settled.msgid)
    assert found.value.split == settled.split


async def test_the_echo_of_another_message_is_not_believed(open_counter):
    counter = await open_counter("zhang")
    counter.manners.on.add("echo_wrong")
    await counter.pre_settled()
    outcome = await counter.settle()
    assert isinstance(outcome, Unknown)
    assert "medins_setl_id" in outcome.why


@pytest.mark.parametrize("includes_account", [True, False])
@pytest.mark.parametrize("includes_family", [True, False])
@pytest.mark.parametrize("sign", ["negative", "positive"])
async def test_the_split_is_the_same_by_every_money_convention(
    open_counter, includes_account, includes_family, sign
):
    profile = load_profile(profile_path("990200"))
    money = replace(
        profile.money,
        fund_includes_account=includes_account,
        acct_pay_includes_mulaid=includes_family,
        refund_sign=sign,
    )
    counter = await open_counter("zhao", profile=replace(profile, money=money))
    split = (await counter.settled()).split
    assert (split.fund_fen, split.account_fen, split.family_fen, split.cash_fen) == (1926, 2000, 1500, 1354)
    assert split.faults() == ()
    row = counter.store.settlements()[0]
    undone = await counter.client.undo(await counter.msgid(), counter.case, row.setl_id)
    assert undone.value.split.fund_fen == 1926


@pytest.mark.parametrize("key", ["fund_includes_account", "acct_pay_includes_mulaid"])
async def test_a_profile_that_misreads_the_area_breaks_an_identity_and_is_seen(open_counter, key):
    truth = load_profile(profile_path("990200"))
    wrong = replace(truth, money=replace(truth.money, **{key: False}))
    counter = await open_counter("zhao", profile=wrong, agency_profile=truth)
    assert (await counter.pre_settled()).faults() != ()


async def test_a_refund_of_the_other_sign_than_declared_is_done_but_its_amounts_are_not_used(open_counter):
    truth = load_profile(profile_path("990100"))
    wrong = replace(truth, money=replace(truth.money, refund_sign="positive"))
    counter = await open_counter("zhang", profile=wrong, agency_profile=truth)
    settled = await counter.settled()
    undone = await counter.client.undo(await counter.msgid(), counter.case, settled.setl_id)
    assert undone.value.split is None
    assert counter.store.balance_fen("zhang") == 54230
