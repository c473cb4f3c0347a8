"""Answers that cannot be believed are unknown; no answer, however wrong, raises."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.domain.person import Credential, CredentialKind
from kiosk.domain.split import Split
from kiosk.insurance.port import Case

CASE = Case("99010000000000000001", "990100", "310", "M1")
CARD = Credential(CredentialKind.CARD, "A99010001", "990100D156000005000000000001FFFF")
SPLIT = Split.self_paid(8640)

SETLINFO = {
    "mdtrt_id": "M1", "setl_id": "S1", "psn_no": CASE.psn_no, "setl_time": "2026-11-21 10:16:00",
    "medfee_sumamt": 86.40, "fulamt_ownpay_amt": 10, "overlmt_selfpay": 2, "preselfpay_amt": 4.4,
    "inscp_scp_amt": 70, "hifp_pay": 42, "fund_pay_sumamt": 42, "psn_part_amt": 44.4, "acct_pay": 30,
    "psn_cash_pay": 14.4, "hosp_part_amt": 0, "balc": 512.3,
}  # fmt: skip


async def settle(oracle, **changed):
    info = {key: value for key, value in {**SETLINFO, **changed}.items() if value != "absent"}
    oracle.body = json.dumps({"infcode": 0, "output": {"setlinfo": info, "setldetail": []}}).encode()
    return await oracle.client.settle(await oracle.msgid(), CASE, CARD, "B1", SPLIT, "11")


async def test_the_pattern_of_these_tests_is_a_believable_answer(oracle):
    done = await settle(oracle)
    assert isinstance(done, Done)
    assert done.value.split.cash_fen == 1440
    assert done.value.split.faults() == ()


@pytest.mark.parametrize(
    "key",
    ["mdtrt_id", "setl_id", "setl_time", "medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay",
     "preselfpay_amt", "inscp_scp_amt", "hifp_pay", "fund_pay_sumamt", "acct_pay", "psn_cash_pay"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["absent", None])
async def test_a_settlement_without_a_required_value_is_unknown_and_names_it(oracle, key, value):
    outcome = await settle(oracle, **{key: value})
    assert isinstance(outcome, Unknown)
    assert key in outcome.why


@pytest.mark.parametrize(
    ("key", "value"),
    [("medfee_sumamt", "eighty"), ("psn_cash_pay", 14.405), ("psn_cash_pay", "NaN"), ("acct_pay", "1e99"),
     ("hifp_pay", True), ("acct_pay", []), ("mdtrt_id", "M2"), ("psn_no", "another"), ("setl_time", "soon"),
     ("medins_setl_id", "another")],
)  # fmt: skip
async def test_a_settlement_with_a_senseless_value_or_another_ones_echo_is_unknown(oracle, key, value):
    assert isinstance(await settle(oracle, **{key: value}), Unknown)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b"[]", b"0", b"<html>", b'{"infcode":null}', b'{"infcode":0}', b'{"infcode":[0]}',
     b'{"infcode":0,"output":null}', b'{"infcode":0,"output":""}', b'{"infcode":0,"output":"base64=="}',
     b'{"infcode":0,"output":{"setlinfo":{}}}', b'{"infcode":0,"output":{"setlinfo":[]}}',
     b'{"infcode":0,"output":[]}', b'{"infcode":0,"output":{"setlinfo":7}}', b"\xff\xfe", b"[" * 5000,
     b'{"infcode":0,"output":' + b"[" * 3000 + b"]" * 3000 + b"}"],
)  # fmt: skip
async def test_what_is_no_settlement_is_unknown(oracle, body):
    oracle.body = body
    outcome = await oracle.client.settle(await oracle.msgid(), CASE, CARD, "B1", SPLIT, "11")
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize(
    ("body", "text"),
    [(b'{"infcode":-1,"err_msg":"no"}', "no"), (b'{"infcode":"-1","err_msg":"no"}', "no"),
     (b'{"infcode":"1"}', ""), (b'{"infcode":500,"err_msg":null,"output":{}}', ""),
     (b'{"infcode":-1,"err_msg":{"why":1}}', "{'why': 1}"), (b'{"infcode":"E01","err_msg":"no"}', "no")],
)  # fmt: skip
async def test_every_other_parsed_infcode_is_a_refusal(oracle, body, text):
    oracle.body = body
    assert await oracle.client.settle(await oracle.msgid(), CASE, CARD, "B1", SPLIT, "11") == Refused(
        "SE-01", text
    )


@pytest.mark.parametrize(
    ("status", "arm"), [(200, Refused), (400, Refused), (404, Refused), (500, Unknown), (302, Unknown)]
)
async def test_a_refusal_counts_below_500_only(oracle, status, arm):
    oracle.status, oracle.body = status, b'{"infcode":-1,"err_msg":"no"}'
    assert isinstance(await oracle.client.settle(await oracle.msgid(), CASE, CARD, "B1", SPLIT, "11"), arm)


@pytest.mark.parametrize("status", [201, 400, 404, 500, 502, 302])
async def test_success_is_believed_from_a_2xx_only(oracle, status):
    oracle.status = status
    assert isinstance(await settle(oracle), Done if status == 201 else Unknown)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(oracle, status):
    oracle.status, oracle.headers = status, {"Location": "/elsewhere"}
    assert isinstance(await settle(oracle), Unknown)
    assert len(oracle.requests) == 1


async def test_an_answer_above_a_mebibyte_is_not_read(oracle):
    oracle.body = b'{"infcode":0,"output":"' + b"x" * (1 << 20) + b'"}'
    outcome = await oracle.client.settle(await oracle.msgid(), CASE, CARD, "B1", SPLIT, "11")
    assert outcome == Unknown(60, "answer too large")


async def test_a_line_that_the_agency_forgot_makes_the_upload_unknown(oracle, open_counter):
    counter = await open_counter("zhang")
    line = {"feedetl_sn": "x", "det_item_fee_sumamt": 1, "chrgitm_lv": "1"}
    oracle.body = json.dumps({"infcode": 0, "output": {"result": [line]}}).encode()
    outcome = await oracle.client.upload(await oracle.msgid(), CASE, "B1", counter.bills)
    assert isinstance(outcome, Unknown)
    assert "9 of 9" in outcome.why


async def test_amounts_never_pass_through_a_float(oracle):
    oracle.body = (
        b'{"infcode":0,"output":{"setlinfo":{"mdtrt_id":"M1","setl_id":"S1",'
        b'"setl_time":"2026-11-21 10:16:00","medfee_sumamt":90071992547.41,'
        b'"fulamt_ownpay_amt":90071992547.41,"overlmt_selfpay":0,'
        b'"preselfpay_amt":0,"inscp_scp_amt":0,"hifp_pay":0,"fund_pay_sumamt":0,"acct_pay":0,'
        b'"psn_cash_pay":"90071992547.41"}}}'
    )
    done = await oracle.client.settle(await oracle.msgid(), CASE, CARD, "B1", SPLIT, "11")
    assert done.value.split.total_fen == done.value.split.cash_fen == 9007199254741


async def test_amounts_are_sent_with_the_very_digits_they_have(oracle):
    await settle(oracle)
    sent = json.loads(oracle.requests[-1], parse_float=str)
    assert sent["input"]["data"]["medfee_sumamt"] == "86.40"


async def test_the_envelope_is_the_published_one(oracle):
    await settle(oracle)
    sent = json.loads(oracle.requests[-1])
    assert len(sent["msgid"]) == 30
    assert (sent["insuplc_admdvs"], sent["mdtrtarea_admvs"]) == ("990100", "990100")
    assert (sent["opter_type"], sent["infver"], sent["sign_no"]) == ("2", "V1.0", "1")
    assert sent["inf_time"] == "2026-11-21 10:15:00"  # the area's clock, not UTC


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SETLINFO, "setlinfo"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mess=st.binary(max_size=40) | JSON.map(lambda j: json.dumps({"infcode": 0, "output": j}).encode()))
async def test_no_answer_makes_the_client_raise(oracle, mess):
    oracle.body = mess
    msgid, day = await oracle.msgid(), dt.date(2026, 11, 21)
    outcomes = [
        await oracle.client.settle(msgid, CASE, CARD, "B1", SPLIT, "11"),
        await oracle.client.person(msgid, CARD),
        await oracle.client.entitlement(msgid, CASE, "11", day),
        await oracle.client.find_settlement(msgid, CASE, msgid),
        await oracle.client.undo(msgid, CASE, "S1"),
        await oracle.client.visits(msgid, CASE, day, day),
        await oracle.client.exchange_code("424" + "0" * 25, "01301"),
    ]
    assert all(isinstance(outcome, Done | Refused | Unknown) for outcome in outcomes)
    assert not isinstance(outcomes[0], Done)
