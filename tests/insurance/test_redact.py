"""Nothing of a person or a credential is written down, however it is dressed."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.insurance import redact, redact_text
from kiosk.sandbox.persons import PERSONS

SECRET_KEYS = [
    "mdtrt_cert_no", "certno", "psn_name", "tel", "addr", "ecToken", "ecQrCode", "cainfo", "hcard_basinfo",
    "hcard_chkinfo", "orgin_card_info", "sign", "card_sn", "authNo", "idNo", "userName", "psn_no",
    "ec_token", "PSN_NAME", "psnName", "EC_QR_CODE", "mdtrtCertNo", "hcard_anything",
]  # fmt: skip

CREDENTIALS = [
    "4240000000000000000199990000",
    "990100ec0example0token0000000000000000",
    "990100D156000005000000000001FFFF",
    "990102195903080831",
    "99010219961009156X",
    "13900000000",
]


@pytest.mark.clause("S3-8.1.12")
@pytest.mark.parametrize("key", SECRET_KEYS)
def test_a_secret_key_is_hidden_at_any_depth(key):
    value = {"input": {"data": [{key: "canary", "med_type": "11"}]}}
    assert redact(value) == {"input": {"data": [{key: "***", "med_type": "11"}]}}


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_json_inside_a_string_hides_nothing(key):
    inner = json.dumps({"output": json.dumps({key: "canary"})})
    assert "canary" not in str(redact({"input": inner}))


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("frame", ["{}", "人员{}不存在", "no {}, sorry", '["{}"]', "a={};b=1", "({})"])
def test_what_looks_like_a_credential_is_hidden_in_any_text(credential, frame):
    text = frame.format(credential)
    assert credential not in redact_text(text)
    assert credential not in str(redact({"err_msg": text}))
    assert credential not in str(redact([text, {text: 1}]))


def test_numbers_that_are_credentials_are_hidden_too():
    assert redact({"err": 990102195903080831}) == {"err": "***"}
    assert redact({"count": 12, "ratio": 0.5, "none": None, "flag": True}) == {
        "count": 12, "ratio": 0.5, "none": None, "flag": True,
    }  # fmt: skip


def test_known_secrets_are_hidden_wherever_a_peer_repeats_them():
    text = "张卫国（A99010001）未登记"
    assert redact_text(text, ("张卫国", "A99010001")) == "***（***）未登记"
    assert "张卫国" not in redact_text(json.dumps({"err": text}), ("张卫国",))
    assert "\\u5f20" not in redact_text(json.dumps({"err": text}), ("张卫国",))


def test_what_staff_need_stays():
    msgid, attempt = "H99010000001202611211015300120", "0123456789abcdef0123456789"
    line = f"2207 {msgid} {attempt} 86.40 990100000000000001"
    assert redact_text(line) == line


def test_bytes_and_bottomless_nesting_are_hidden_whole():
    deep: object = "canary"
    for _ in range(40):
        deep = [deep]
    assert "canary" not in str(redact(deep))
    assert redact(b"canary") == "***"


@given(
    st.recursive(
        st.sampled_from(CREDENTIALS) | st.text(max_size=5) | st.integers() | st.none(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*SECRET_KEYS, "data", "err_msg"]), inner, max_size=4)
            | inner.map(json.dumps)
        ),
        max_leaves=10,
    )
)
def test_no_dress_lets_a_credential_through(value):
    written = json.dumps(redact(value), ensure_ascii=False)
    assert not any(credential in written for credential in CREDENTIALS)


@pytest.mark.clause("S3-8.1.12")
async def test_a_whole_visit_logs_no_person_and_no_credential(open_counter, caplog):
    caplog.set_level(logging.DEBUG)
    counter = await open_counter("zhang")
    settled = await counter.settled()
    zhang = next(person for person in PERSONS if person.id == "zhang")
    for text in (f"{zhang.name}的结算失败", f"凭证{counter.credential.number}无效", f"证件{zhang.cert_no}"):
        counter.faults.plan("2208", "refuse", text=text)
        refused = await counter.client.undo(await counter.msgid(), counter.case, settled.setl_id)
        assert zhang.cert_no not in refused.peer_text
    written = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert settled.msgid in written
    for secret in (zhang.cert_no, zhang.name, zhang.psn_no, counter.credential.number, zhang.card.card_no):
        assert secret not in written
