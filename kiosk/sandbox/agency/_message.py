"""A request as the agency sees it: envelope checked, fields at hand (insurance interface, §1.1, §11)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kiosk.domain.money import MoneyError, fen
from kiosk.insurance.operations import base_infno
from kiosk.insurance.profile import Profile
from kiosk.sandbox.agency._required import DIAGNOSES_NODE, complaints, diagnosis_complaints
from kiosk.sandbox.agency.rules import Institution

_DATE_TIME = "%Y-%m-%d %H:%M:%S"


class Refuse(Exception):
    """The agency says no; the text becomes `err_msg`."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request whose envelope is right."""

    operation: str  # the logical one
    infno: str
    msgid: str
    sign_no: str
    insured_place: str
    institution: Institution
    node: Any  # what stands under the operation's own node
    diagnoses: list[dict[str, Any]]

    @property
    def base(self) -> str:
        """The transaction without its variant letter."""
        return base_infno(self.infno)

    @property
    def fields(self) -> dict[str, Any]:
        """The node as an object; of a list its first entry."""
        found: dict[str, Any] = self.node[0] if isinstance(self.node, list) else self.node
        return found

    def text(self, name: str) -> str:
        """A field as text, empty when it is missing."""
        value = self.fields.get(name)
        return "" if value is None else str(value)

    def fen(self, name: str) -> int:
        """A field in fen. Raises Refuse."""
        try:
            return fen(self.fields[name])
        except (MoneyError, KeyError) as exc:
            raise Refuse(f"{name}金额不正确") from exc


def infno_of(body: bytes) -> str:
    """The transaction number of a request, "" when it has none."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("infno", "")) if isinstance(found, dict) else ""


def read(body: bytes, profile: Profile, institutions: tuple[Institution, ...]) -> Message:
    """Check an envelope and its node. Raises Refuse."""
    try:
        raw = json.loads(body, parse_float=Decimal)
    except ValueError as exc:
        raise Refuse("报文不是JSON") from exc
    if not isinstance(raw, dict):
        raise Refuse("报文不是JSON对象")
    operation = _operation(profile, str(raw.get("infno", "")))
    institution = _envelope(raw, profile, institutions)
    content = _input(raw.get("input"), profile)
    node = content.get(profile.node(operation))
    entries: list[Any] = node if isinstance(node, list) else [node]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise Refuse(f"输入节点{profile.node(operation)}缺失")
    for entry in entries:
        wrong = complaints(operation, entry, profile.envelope.extension, profile.envelope.amounts_as)
        _first(wrong)
    diagnoses = content.get(DIAGNOSES_NODE, [])
    for entry in diagnoses:
        _first(diagnosis_complaints(entry))
    insured_place = str(raw.get("insuplc_admdvs") or "")
    if any("psn_no" in entry for entry in entries) and not insured_place:
        raise Refuse("insuplc_admdvs不能为空")
    return Message(
        operation=operation,
        infno=str(raw["infno"]),
        msgid=str(raw["msgid"]),
        sign_no=str(raw.get("sign_no") or ""),
        insured_place=insured_place,
        institution=institution,
        node=node,
        diagnoses=diagnoses,
    )


def _operation(profile: Profile, infno: str) -> str:
    for name in profile.op.__dataclass_fields__:
        if profile.operation(name).infno == infno:
            return name
    raise Refuse(f"交易编号{infno}不存在")


def _envelope(raw: dict[str, Any], profile: Profile, institutions: tuple[Institution, ...]) -> Institution:
    """Everything around `input`, in the order of the published table."""
    institution = next((one for one in institutions if one.code == raw.get("fixmedins_code")), None)
    if institution is None or institution.region != profile.area.admdvs:
        raise Refuse("定点医药机构编号不存在")
    _check_msgid(str(raw.get("msgid", "")), institution.code)
    expected = {
        "mdtrtarea_admvs": profile.area.admdvs,
        "recer_sys_code": profile.envelope.recer_sys_code,
        "infver": profile.envelope.infver,
        "signtype": profile.envelope.signtype,
        **profile.envelope.extra,
    }
    for name, value in expected.items():
        if raw.get(name) != value:
            raise Refuse(f"{name}不正确")
    if raw.get("opter_type") not in ("1", "2", "3"):
        raise Refuse("opter_type不在字典范围内")
    for name in ("opter", "opter_name", "fixmedins_name"):
        if not raw.get(name):
            raise Refuse(f"{name}不能为空")
    if len(str(raw.get("opter"))) > 30 or len(str(raw.get("dev_no") or "")) > 100:
        raise Refuse("opter或dev_no超过长度")
    try:
        dt.datetime.strptime(str(raw.get("inf_time")), _DATE_TIME)
    except ValueError as exc:
        raise Refuse("inf_time格式不正确") from exc
    return institution


def _check_msgid(msgid: str, code: str) -> None:
    """Own code, time, four digits: exactly 30 characters."""
    if len(msgid) != 30 or not msgid.startswith(code) or not msgid[12:].isdecimal():
        raise Refuse("msgid格式不正确")
    try:
        dt.datetime.strptime(msgid[12:26], "%Y%m%d%H%M%S")
    except ValueError as exc:
        raise Refuse("msgid时间不正确") from exc


def _input(content: Any, profile: Profile) -> dict[str, Any]:
    if isinstance(content, str) != (profile.envelope.input_as == "string"):
        raise Refuse("input格式不正确")
    if isinstance(content, str):
        try:
            content = json.loads(content, parse_float=Decimal)
        except ValueError as exc:
            raise Refuse("input不是JSON") from exc
    if not isinstance(content, dict):
        raise Refuse("input不是对象")
    return content


def _first(wrong: Any) -> None:
    complaint = next(iter(wrong), None)
    if complaint is not None:
        raise Refuse(complaint)
