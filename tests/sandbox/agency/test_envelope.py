"""The agency takes a message only when its envelope is right, and each msgid once."""

from __future__ import annotations

import datetime as dt

import pytest

PERSON = {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "990102195903080831"}}


async def test_a_right_envelope_is_answered_with_the_agencys_own_number(window):
    answer = await window.send("1101", PERSON)
    assert answer["infcode"] == 0
    assert answer["output"]["baseinfo"]["psn_name"] == "张卫国"
    assert len(answer["inf_refmsgid"]) == 30
    assert answer["inf_refmsgid"].startswith("990100")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("msgid", "H99010000001" + "2026112110150" + "0001"),
        ("msgid", "H99020000001" + "20261121101500" + "0001"),
        ("msgid", "H99010000001" + "20261321101500" + "0001"),
        ("msgid", "H99010000001" + "20261121101500" + "000x"),
        ("infno", "9999"),
        ("infno", None),
        ("mdtrtarea_admvs", "990200"),
        ("recer_sys_code", ""),
        ("infver", "V2.0"),
        ("signtype", "SM2"),
        ("opter_type", "4"),
        ("opter", ""),
        ("opter", "x" * 31),
        ("opter_name", None),
        ("inf_time", "2026-11-21T10:15:00"),
        ("fixmedins_code", "H99020000001"),
        ("fixmedins_code", "H11010000001"),
        ("fixmedins_name", ""),
        ("sign_no", "2026112100000099"),
        ("sign_no", ""),
        ("input", "{}"),
        ("input", {}),
        ("input", {"data": []}),
        ("input", {"data": {"mdtrt_cert_type": "02"}}),
        ("input", {"data": {"mdtrt_cert_type": "09", "mdtrt_cert_no": "1"}}),
        ("input", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "1" * 51}}),
    ],
)
async def test_a_wrong_envelope_is_refused(window, field, value):
    envelope = window.envelope("1101", PERSON)
    envelope[field] = value
    answer = await window.post(envelope)
    assert answer["infcode"] == -1
    assert answer["err_msg"]


async def test_a_message_about_a_person_names_the_place_where_the_person_is_insured(window):
    asked = {
        "psn_no": window.person.psn_no,
        "begntime": "2026-11-21 00:00:00",
        "endtime": "2026-11-21 23:59:59",
        "med_type": "11",
    }
    codes = {
        place: (await window.send("5201", {"data": asked}, insuplc_admdvs=place))["infcode"]
        for place in ("990100", "990200", "")
    }
    assert codes == {"990100": 0, "990200": -1, "": -1}


async def test_a_msgid_is_good_once_granted_or_refused(window):
    good = window.envelope("1101", PERSON)
    assert (await window.post(good))["infcode"] == 0
    assert "重复" in (await window.post(good))["err_msg"]
    bad = window.envelope("1101", {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "0"}})
    assert "重复" not in (await window.post(bad))["err_msg"]
    assert "重复" in (await window.post(bad))["err_msg"]


async def test_a_message_refused_for_its_sign_in_keeps_its_msgid(window):
    envelope = window.envelope("1101", PERSON, sign_no="lost")
    assert "签到" in (await window.post(envelope))["err_msg"]
    envelope["sign_no"] = window.sign_no
    assert (await window.post(envelope))["infcode"] == 0


async def test_a_sign_no_ends_with_its_day(window):
    window.at += dt.timedelta(days=1)
    assert "签到" in (await window.send("1101", PERSON))["err_msg"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"infno":7}', b"\xff"])
async def test_what_is_no_message_is_refused_and_the_agency_goes_on(window, body):
    async with window.session.post(window.url, data=body) as answer:
        assert (await answer.json(content_type=None))["infcode"] == -1
    assert (await window.send("1101", PERSON))["infcode"] == 0


@pytest.mark.parametrize(
    "missing",
    ["psn_no", "insutype", "begntime", "mdtrt_cert_type", "mdtrt_cert_no", "ipt_otp_no", "atddr_no",
     "dr_name", "dept_code", "dept_name", "caty"],
)  # fmt: skip
async def test_a_required_field_may_not_be_empty(window, missing):
    answer = await window.register(**{missing: ""})
    assert answer["infcode"] == -1
    assert missing in answer["err_msg"]
