"""What a transaction must carry: starred fields (insurance interface, §3) and code lists (§5)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_DIAGNOSIS = (
    "diag_type", "diag_srt_no", "diag_code", "diag_name", "diag_dept", "dise_dor_no", "dise_dor_name",
    "diag_time", "vali_flag",
)  # fmt: skip
_LINE = (
    "feedetl_sn", "mdtrt_id", "psn_no", "chrg_bchno", "rx_circ_flag", "fee_ocur_time", "med_list_codg",
    "medins_list_codg", "det_item_fee_sumamt", "cnt", "pric", "bilg_dept_codg", "bilg_dept_name",
    "bilg_dr_codg", "bilg_dr_name", "hosp_appr_flag",
)  # fmt: skip
_PRE_SETTLE = (
    "psn_no", "mdtrt_cert_type", "mdtrt_cert_no", "med_type", "medfee_sumamt", "psn_setlway", "mdtrt_id",
    "chrg_bchno", "acct_used_flag", "insutype",
)  # fmt: skip
_REGISTER = (
    "psn_no", "insutype", "begntime", "mdtrt_cert_type", "mdtrt_cert_no", "ipt_otp_no", "atddr_no",
    "dr_name", "dept_code", "dept_name", "caty",
)  # fmt: skip

REQUIRED: dict[str, tuple[str, ...]] = {
    "sign_in": ("opter_no", "mac", "ip"),
    "sign_out": ("sign_no", "opter_no"),
    "person": ("mdtrt_cert_type", "mdtrt_cert_no"),
    "entitlement": ("psn_no", "insutype", "fixmedins_code", "med_type", "begntime", "endtime"),
    "register": _REGISTER,
    "revoke_visit": ("psn_no", "mdtrt_id", "ipt_otp_no"),
    "describe": ("mdtrt_id", "psn_no", "med_type", "begntime"),
    "upload": _LINE,
    "revoke_lines": ("mdtrt_id", "chrg_bchno", "psn_no"),
    "pre_settle": _PRE_SETTLE,
    "settle": (*_PRE_SETTLE, "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"),
    "undo": ("setl_id", "mdtrt_id", "psn_no"),
    "reverse": ("psn_no", "omsgid", "oinfno"),
    "visits": ("psn_no", "begntime", "endtime", "med_type"),
    "settlement": ("psn_no", "mdtrt_id"),
}
"""Fields of the operation's own node, by logical operation."""

DIAGNOSES_NODE = "diseinfo"

AMOUNTS = frozenset(
    {
        "medfee_sumamt", "det_item_fee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt",
        "inscp_scp_amt", "cnt", "pric",
    }
)  # fmt: skip

EXTENDED = frozenset({"describe", "upload", "pre_settle", "settle"})
"""Operations whose node carries the area's extension field."""

_LISTS: dict[str, frozenset[str]] = {
    "mdtrt_cert_type": frozenset({"01", "02", "03"}),
    "insutype": frozenset(
        {"310", "320", "330", "340", "350", "360", "370", "380", "390", "391", "392", "399", "410", "510"}
    ),
    "med_type": frozenset(
        {"11", "12", "13", "14", "21", "22", "23", "24", "25", "26", "27", "28", "41", "51", "52", "53"}
    ),
    "psn_setlway": frozenset({"01", "02"}),
    "acct_used_flag": frozenset({"0", "1"}),
    "rx_circ_flag": frozenset({"0", "1"}),
    "hosp_appr_flag": frozenset({"0", "1", "2"}),
    "vali_flag": frozenset({"0", "1"}),
    "diag_type": frozenset({"1", "2", "3", "4"}),
}

_MAX_CHARS = {
    "psn_no": 30, "mdtrt_id": 30, "setl_id": 30, "chrg_bchno": 30, "feedetl_sn": 30, "ipt_otp_no": 30,
    "mdtrt_cert_no": 50, "certno": 50, "psn_name": 50, "card_sn": 40, "omsgid": 30, "opter_no": 20,
    "mac": 20, "ip": 20, "atddr_no": 30, "dr_name": 50, "dept_code": 30, "dept_name": 100, "caty": 6,
    "med_list_codg": 50, "medins_list_codg": 150, "diag_code": 20, "diag_name": 100,
}  # fmt: skip


def complaints(operation: str, fields: dict[str, Any], extension: str, amounts_as: str) -> Iterator[str]:
    """What is wrong with the fields of one node, in the words of the platform."""
    names = REQUIRED[operation] + ((extension,) if operation in EXTENDED else ())
    yield from _complaints(names, fields, amounts_as)


def diagnosis_complaints(fields: dict[str, Any]) -> Iterator[str]:
    """The same for one diagnosis of 2203."""
    yield from _complaints(_DIAGNOSIS, fields, "number")


def _complaints(names: tuple[str, ...], fields: dict[str, Any], amounts_as: str) -> Iterator[str]:
    for name in names:
        if fields.get(name) in (None, ""):
            yield f"{name}不能为空"
    for name, value in fields.items():
        allowed = _LISTS.get(name)
        if allowed is not None and value not in ("", None) and str(value) not in allowed:
            yield f"{name}不在字典范围内"
        if len(str(value)) > _MAX_CHARS.get(name, 4000):
            yield f"{name}超过长度"
        if name in AMOUNTS and isinstance(value, str) != (amounts_as == "string"):
            yield f"{name}类型不正确"
        if name in AMOUNTS and not isinstance(value, str | int | Decimal):
            yield f"{name}类型不正确"
