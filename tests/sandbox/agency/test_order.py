"""What may follow what: the agency refuses everything that would be wrong on the real platform."""

from __future__ import annotations

import pytest

NO_SUCH = "原交易不存在，无此交易"


async def test_a_batch_is_settled_once(window):
    await window.up_to("settle")
    again = await window.settle()
    assert (again["infcode"], again["err_msg"]) == (-1, "该批次已结算，不能重复结算")
    assert len(window.store.settlements()) == 1
    assert window.store.balance_fen("zhang") == 51230


@pytest.mark.parametrize("step", ["register", "describe", "upload"])
async def test_settling_needs_every_step_before_it(window, step):
    await window.up_to(step)
    assert (await window.settle())["infcode"] == -1
    assert window.store.settlements() == ()


async def test_lines_need_the_visit_described(window):
    await window.register()
    assert "就诊信息" in (await window.upload())["err_msg"]


async def test_pre_settling_needs_lines(window):
    await window.up_to("describe")
    assert (await window.pre_settle())["infcode"] == -1


@pytest.mark.parametrize(
    "changed",
    [
        {"medfee_sumamt": 86.41},
        {"insutype": "390"},
        {"chrg_bchno": "B2"},
        {"mdtrt_cert_no": "990102198807150266"},
        {"mdtrt_cert_type": "03", "mdtrt_cert_no": "A99010001"},
        {"fulamt_ownpay_amt": 10.01},
        {"overlmt_selfpay": 0},
        {"preselfpay_amt": 4.5},
        {"inscp_scp_amt": 69.99},
        {"med_type": "14"},
        {"med_type": "99"},
        {"medfee_sumamt": "86.40"},
        {"psn_setlway": "07"},
        {"mdtrt_id": "0"},
    ],
)
async def test_what_was_pre_settled_must_be_told_again(window, changed):
    await window.up_to("pre_settle")
    assert (await window.settle(**changed))["infcode"] == -1
    assert window.store.settlements() == ()
    assert (await window.settle())["infcode"] == 0


@pytest.mark.parametrize(
    "changed",
    [{"det_item_fee_sumamt": 44.01}, {"cnt": -2}, {"hosp_appr_flag": "9"}, {"feedetl_sn": "same"},
     {"med_list_codg": ""}, {"pric": None}, {"exp_content": ""}, {"cnt": "2"}],
)  # fmt: skip
async def test_a_wrong_line_refuses_all_lines(window, changed):
    await window.up_to("describe")
    assert (await window.upload(**changed))["infcode"] == -1
    assert window.store.open_lines(window.mdtrt_id) == 0


async def test_lines_are_uploaded_once_and_again_after_they_were_revoked(window):
    await window.up_to("upload")
    assert "重复" in (await window.upload())["err_msg"]
    revoke = {"mdtrt_id": window.mdtrt_id, "chrg_bchno": "0000", "psn_no": window.person.psn_no}
    for _ in range(2):
        assert (await window.send("2205", {"data": revoke}))["infcode"] == 0
    assert (await window.upload())["infcode"] == 0


async def test_a_visit_number_is_registered_once_while_it_is_open(window):
    await window.register()
    assert "重复登记" in (await window.register())["err_msg"]


async def test_a_visit_with_lines_or_a_settlement_cannot_be_revoked(window):
    await window.up_to("settle")
    data = {"psn_no": window.person.psn_no, "mdtrt_id": window.mdtrt_id, "ipt_otp_no": "M202611210001"}
    assert "有效结算" in (await window.send("2202", {"data": data}))["err_msg"]
    await window.undo(window.store.settlements()[0].setl_id)
    assert "费用明细" in (await window.send("2202", {"data": data}))["err_msg"]


async def test_a_settlement_is_undone_once_and_money_goes_back_once(window):
    await window.up_to("settle")
    setl_id = window.store.settlements()[0].setl_id
    first, second = await window.undo(setl_id), await window.undo(setl_id)
    assert (first["infcode"], second["infcode"]) == (0, -1)
    assert first["output"]["setlinfo"]["medfee_sumamt"] == -86.4
    assert window.store.balance_fen("zhang") == 54230


async def test_reversing_an_unknown_message_says_that_there_is_none(window):
    await window.up_to("pre_settle")
    assert (await window.reverse("2207A", window.msgid()))["err_msg"] == NO_SUCH
    assert (await window.reverse("2207A", window.msgids["2206A"]))["err_msg"] == NO_SUCH


async def test_a_refused_message_is_nothing_to_reverse(window):
    await window.up_to("pre_settle")
    await window.settle(medfee_sumamt=1)
    assert (await window.reverse("2207A"))["err_msg"] == NO_SUCH


async def test_another_persons_message_is_not_reversed(window):
    await window.up_to("settle")
    omsgid = window.msgids["2207A"]
    window.who = "chen"
    assert (await window.reverse("2207A", omsgid))["err_msg"] == NO_SUCH


async def test_a_reversed_settlement_leaves_lines_that_can_be_revoked_and_the_visit_after_them(window):
    await window.up_to("settle")
    assert (await window.reverse("2207A"))["infcode"] == 0
    assert window.store.sums().count == 0
    assert window.store.open_lines(window.mdtrt_id) == 9
    assert (await window.reverse("2204"))["infcode"] == 0
    assert (await window.reverse("2201"))["infcode"] == 0
    assert (await window.register())["infcode"] == 0


async def test_a_registration_whose_settlement_stands_is_not_reversed(window):
    await window.up_to("settle")
    assert (await window.reverse("2201"))["infcode"] == -1


async def test_a_suspended_person_is_refused_and_told_why(window):
    window.who = "wang"
    assert "参保状态" in (await window.register())["err_msg"]


async def test_someone_elses_credential_does_not_settle(window):
    answer = await window.register(mdtrt_cert_no="990102198807150266")
    assert answer["err_msg"] == "就诊凭证与人员不符"


async def test_the_accounts_flag_keeps_the_account_out(window):
    await window.up_to("upload")
    answer = await window.pre_settle(acct_used_flag="0")
    assert (answer["output"]["setlinfo"]["acct_pay"], answer["output"]["setlinfo"]["psn_cash_pay"]) == (
        0,
        44.4,
    )
