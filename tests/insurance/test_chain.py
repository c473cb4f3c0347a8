"""The whole outpatient chain over real HTTP, in both example areas."""

from __future__ import annotations

import pytest

from kiosk.domain.outcome import Done, Refused
from kiosk.domain.split import reasons
from kiosk.insurance.port import Accepted, CannotAsk, Entitlement, NotThere, Reversed

AREAS = pytest.mark.parametrize(("area", "who"), [("990100", "zhang"), ("990200", "zhao")])


@pytest.mark.clause("S3-6.2.1")
async def test_the_bill_of_the_mockup_is_split_to_the_cent(open_counter):
    counter = await open_counter("zhang")
    split = await counter.pre_settled()
    assert (split.total_fen, split.fund_fen, split.account_fen, split.cash_fen) == (8640, 4200, 3000, 1440)
    assert (split.in_scope_fen, split.own_fen, split.pre_self_fen, split.over_limit_fen) == (
        7000,
        1000,
        440,
        200,
    )
    assert split.balance_fen == 51230
    assert split.faults() == ()


async def test_the_lines_say_why_the_fund_does_not_pay(open_counter):
    counter = await open_counter("zhang")
    shares = await counter.uploaded()
    names = {line.line_id: line.name for bill in counter.bills for line in bill.lines}
    split = (await counter.client.pre_settle(
        await counter.msgid(), counter.case, counter.credential, counter.batch, 8640, "11"
    )).value.split  # fmt: skip
    told = {
        row.key: (row.amount_fen, [names[line] for line in row.line_ids]) for row in reasons(split, shares)
    }
    assert told == {
        "shared": (2800, []),
        "own": (1000, ["医用冷敷贴"]),
        "pre_self": (440, ["盐酸二甲双胍缓释片"]),
        "over_limit": (200, ["血糖试纸 25 条"]),
    }
    assert all(share.holds() for share in shares)


@AREAS
async def test_a_bill_is_settled_as_it_was_pre_settled(open_counter, area, who):
    counter = await open_counter(who, area=area)
    before_fen = counter.store.balance_fen(who)
    settled = await counter.settled()
    assert settled.split == counter.split
    assert settled.split.faults() == ()
    assert counter.store.sums().cash_fen == settled.split.cash_fen
    assert (
        counter.store.balance_fen(who) == before_fen - settled.split.account_fen == settled.split.balance_fen
    )


@AREAS
async def test_every_open_bill_of_every_usable_person_settles_with_identities_that_hold(
    open_counter, area, who
):
    people = ["zhao"] if area == "990200" else ["chen", "li", "zhu", "liu", "zhou", "he", "ayi", "sun"]
    for person in people:
        counter = await open_counter(person, area=area)
        settled = await counter.settled()
        assert settled.split.faults() == (), person


async def test_an_account_that_suffices_leaves_nothing_to_pay_in_cash(open_counter):
    counter = await open_counter("chen")
    assert (await counter.settled()).split.cash_fen == 0


async def test_a_free_choice_outside_the_scope_is_paid_by_neither_fund_nor_account(open_counter):
    split = (await (await open_counter("he")).settled()).split
    # gastroscopy 180.00: a fifth first, 60 % of 144.00 by the fund, the rest by the account
    assert (split.own_fen, split.fund_fen, split.account_fen) == (26800, 8640, 5760)
    assert split.cash_fen == 26800 + 3600


async def test_a_relatives_account_pays_what_the_own_one_cannot(open_counter):
    counter = await open_counter("zhao", area="990200")
    split = (await counter.settled()).split
    assert (split.account_fen, split.family_fen, split.cash_fen) == (2000, 1500, 1354)
    assert counter.store.family_balance_fen("zhao") == 0


async def test_a_card_serves_as_well_as_a_code(open_counter, card_of):
    counter = await open_counter("chen")
    found = await counter.client.person(await counter.msgid(), card_of("chen"))
    assert found.value.name == "陈静"
    wrong = card_of("zhang")
    mixed = type(wrong)(wrong.kind, wrong.number, card_of("chen").card_sn)
    assert isinstance(await counter.client.person(await counter.msgid(), mixed), Refused)


async def test_a_name_of_rare_characters_arrives_whole(open_counter):
    counter = await open_counter("zhu")
    assert (await counter.identified()).name == "朱𬎆"


async def test_a_person_with_an_ended_and_a_normal_scheme_uses_the_normal_one(open_counter):
    counter = await open_counter("zhou")
    assert (await counter.identified()).scheme().insutype == "390"


async def test_a_suspended_person_has_no_scheme_to_use(open_counter):
    counter = await open_counter("wang")
    assert (await counter.identified()).scheme() is None


async def test_an_unfiled_stay_in_another_region_is_not_entitled_and_the_reason_is_given(open_counter):
    counter = await open_counter("zhao")
    await counter.identified()
    found = await counter.client.entitlement(await counter.msgid(), counter.case, "11", counter.day)
    assert found == Done(Entitlement(False, "未办理异地就医备案"))


@AREAS
async def test_an_entitled_person_is(open_counter, area, who):
    counter = await open_counter(who, area=area)
    await counter.identified()
    found = await counter.client.entitlement(await counter.msgid(), counter.case, "11", counter.day)
    assert found == Done(Entitlement(True))


async def test_a_settlement_is_found_by_the_msgid_that_made_it(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    msgid = await counter.msgid()
    settled = (await counter.settle(msgid)).value
    found = await counter.client.find_settlement(await counter.msgid(), counter.case, msgid)
    assert found == Done(settled)


async def test_a_visit_without_a_settlement_has_none(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    found = await counter.client.find_settlement(await counter.msgid(), counter.case, await counter.msgid())
    assert found == Done(NotThere())


async def test_another_settlement_of_the_same_visit_is_not_taken_for_ours(open_counter):
    counter = await open_counter("zhang")
    await counter.settled()
    never_sent = await counter.msgid()
    found = await counter.client.find_settlement(await counter.msgid(), counter.case, never_sent)
    assert found == Done(NotThere())


async def test_an_area_that_cannot_be_asked_says_so_without_a_call(open_counter):
    counter = await open_counter("zhao", area="990200")
    settled = await counter.settled()
    found = await counter.client.find_settlement(await counter.msgid(), counter.case, settled.msgid)
    assert found == Done(CannotAsk())
    assert counter.faults.received("5203") == 0


async def test_two_settlements_of_one_visit_are_told_apart(open_counter):
    counter = await open_counter("zhang")
    await counter.registered()
    made = {}
    for bill in counter.bills:
        counter.batch = bill.bill_id
        await counter.client.upload(await counter.msgid(), counter.case, counter.batch, (bill,))
        found = await counter.client.pre_settle(
            await counter.msgid(), counter.case, counter.credential, counter.batch, bill.total_fen, "11"
        )
        counter.split = found.value.split
        made[await _settle(counter)] = bill.total_fen
    for msgid, total_fen in made.items():
        found = await counter.client.find_settlement(await counter.msgid(), counter.case, msgid)
        assert found.value.split.total_fen == total_fen


async def _settle(counter) -> str:
    msgid = await counter.msgid()
    assert isinstance(await counter.settle(msgid), Done)
    return msgid


@AREAS
async def test_undoing_gives_back_what_was_taken_and_says_how_much(open_counter, area, who):
    counter = await open_counter(who, area=area)
    own_fen, family_fen = counter.store.balance_fen(who), counter.store.family_balance_fen(who)
    settled = await counter.settled()
    undone = (await counter.client.undo(await counter.msgid(), counter.case, settled.setl_id)).value
    assert (undone.split.total_fen, undone.split.account_fen) == (
        settled.split.total_fen,
        settled.split.account_fen,
    )
    assert undone.split.cash_fen == settled.split.cash_fen
    assert (counter.store.balance_fen(who), counter.store.family_balance_fen(who)) == (own_fen, family_fen)
    assert counter.store.tallies(who) == {}


async def test_an_undone_settlement_is_found_as_undone(open_counter):
    counter = await open_counter("zhang")
    settled = await counter.settled()
    await counter.client.undo(await counter.msgid(), counter.case, settled.setl_id)
    found = await counter.client.settlement(await counter.msgid(), counter.case, settled.setl_id)
    assert found.value.refunded
    assert (await counter.client.settlement(await counter.msgid(), counter.case, "0")).value == NotThere()


@AREAS
async def test_a_reversal_may_be_repeated_and_undoes_once(open_counter, area, who):
    counter = await open_counter(who, area=area)
    before_fen = counter.store.balance_fen(who)
    settled = await counter.settled()
    for _ in range(3):
        found = await counter.client.reverse(await counter.msgid(), counter.case, settled.msgid, "2207A")
        assert isinstance(found, Done)
        assert not found.value.no_such
    assert counter.store.balance_fen(who) == before_fen
    assert counter.store.settlements()[0].undone_by == "2601"


@AREAS
async def test_reversing_what_never_arrived_says_that_there_was_nothing(open_counter, area, who):
    counter = await open_counter(who, area=area)
    await counter.pre_settled()
    found = await counter.client.reverse(await counter.msgid(), counter.case, await counter.msgid(), "2207")
    assert found == Done(Reversed(no_such=True))


@pytest.mark.parametrize("named", ["settle", "2207A", "2207"])
async def test_a_reversal_may_name_the_operation_or_either_number(open_counter, named):
    counter = await open_counter("zhang")
    settled = await counter.settled()
    found = await counter.client.reverse(await counter.msgid(), counter.case, settled.msgid, named)
    assert not found.value.no_such


async def test_a_visit_is_cleaned_up_and_can_begin_again(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    for _ in range(2):  # both may be repeated
        lines = await counter.client.revoke_lines(await counter.msgid(), counter.case, counter.batch)
        assert lines == Done(Accepted())
    number = counter.bills[0].visit.ipt_otp_no
    for _ in range(2):
        visit = await counter.client.revoke_visit(await counter.msgid(), counter.case, number)
        assert visit == Done(Accepted())
    assert (await counter.settled()).split.cash_fen == 1440


async def test_visits_of_a_day_are_listed(open_counter):
    counter = await open_counter("zhang")
    mdtrt_id = await counter.registered()
    found = await counter.client.visits(await counter.msgid(), counter.case, counter.day, counter.day)
    assert found == Done((mdtrt_id,))


async def test_more_lines_than_a_message_takes_are_refused_before_anything_is_sent(open_counter):
    counter = await open_counter("zhang")
    await counter.registered()
    many = counter.bills * 12
    found = await counter.client.upload(await counter.msgid(), counter.case, counter.batch, many)
    assert isinstance(found, Refused)
    assert counter.faults.received("2204") == 0
