"""Signing in and out, persons, entitlement: 9001, 9002, 1101, 2001."""

from __future__ import annotations

from kiosk.domain.money import yuan
from kiosk.sandbox.agency._desk import Desk, Output
from kiosk.sandbox.agency._message import Message, Refuse
from kiosk.sandbox.benefits import Insured, NoBenefit, plan_for
from kiosk.sandbox.persons import InventedPerson

_NOT_SIGNED_IN = "签到编号无效或已失效，请重新签到（sign_no）"


def sign_in(desk: Desk, message: Message) -> Output:
    """9001: one more `sign_no` for the day."""
    number = f"{desk.local():%Y%m%d}{desk.store.serial('sign'):08d}"
    day = desk.local().date().isoformat()
    desk.store.write("INSERT INTO sign_in VALUES (?, ?, ?, 1)", number, message.text("opter_no"), day)
    return {desk.profile.answer_node("sign_in"): {"sign_time": desk.stamp(), "sign_no": number}}


def sign_out(desk: Desk, message: Message) -> Output:
    """9002."""
    check_signed_in(desk, message.text("sign_no"))
    desk.store.write("UPDATE sign_in SET is_open = 0 WHERE sign_no = ?", message.text("sign_no"))
    return {"signoutoutb": {"sign_time": desk.stamp()}}


def check_signed_in(desk: Desk, sign_no: str) -> None:
    """A `sign_no` is good for its business day. Raises Refuse."""
    found = desk.store.rows("SELECT * FROM sign_in WHERE sign_no = ? AND is_open = 1", sign_no)
    if not found or found[0]["day"] != desk.local().date().isoformat():
        raise Refuse(_NOT_SIGNED_IN)


def person(desk: Desk, message: Message) -> Output:
    """1101."""
    found = desk.by_credential(message)
    if message.text("certno") and message.text("certno") != found.cert_no:
        raise Refuse("证件号码与就诊凭证不符")
    own = found.schemes
    balance = desk.store.rows("SELECT own_fen FROM balance WHERE psn_no = ?", found.psn_no)[0]["own_fen"]
    holder = next((scheme for scheme in own if scheme.usable), own[0])
    return {
        desk.profile.answer_node("person"): {**identity(found), "age": found.age_on(desk.local().date())},
        "insuinfo": [
            {
                "balc": yuan(balance if scheme is holder else 0),
                "insutype": scheme.insutype,
                "psn_type": scheme.psn_type,
                "psn_insu_stas": scheme.state,
                "psn_insu_date": "2010-01-01",
                "paus_insu_date": scheme.suspended_on.isoformat() if scheme.suspended_on else None,
                "cvlserv_flag": "1" if found.civil_servant else "0",
                "insuplc_admdvs": scheme.insured_place,
                "emp_name": scheme.employer,
            }
            for scheme in own
        ],
        "idetinfo": [],
    }


def identity(found: InventedPerson) -> Output:
    """The block of person fields that 1101 and settlements share."""
    return {
        "psn_no": found.psn_no,
        "psn_cert_type": "01",
        "certno": found.cert_no,
        "psn_name": found.name,
        "gend": found.sex,
        "naty": found.ethnicity,
        "brdy": found.birth_date.isoformat(),
    }


def entitlement(desk: Desk, message: Message) -> Output:
    """2001."""
    reason = why_not_entitled(desk, message, message.text("insutype"), message.text("med_type"))
    return {
        desk.profile.answer_node("entitlement"): [
            {
                "psn_no": message.text("psn_no"),
                "trt_chk_type": "01",
                "fund_pay_type": f"{message.text('insutype')}100",
                "trt_enjymnt_flag": "0" if reason else "1",
                "begndate": desk.local().date().isoformat(),
                "enddate": None,
                "trt_chk_rslt": reason,
            }
        ]
    }


def why_not_entitled(desk: Desk, message: Message, insutype: str, med_type: str) -> str:
    """The reason why no fund pays, "" when one does."""
    found = desk.insured(message)
    try:
        scheme = desk.scheme(found, message, insutype)
    except Refuse as exc:
        return str(exc)
    policy = desk.rules.policies.get((scheme.insured_place, insutype))
    if policy is None:
        return "参保地未开通"
    remote = scheme.insured_place != desk.profile.area.admdvs
    if remote and found.remote in (None, "unfiled"):
        return "未办理异地就医备案"
    who = Insured(
        day=desk.local().date(),
        med_type=med_type,
        psn_type=scheme.psn_type,
        level=message.institution.level,
    )
    return "没有对应的医保待遇" if isinstance(plan_for(policy, who), NoBenefit) else ""
