"""The envelope around every transaction (insurance interface, §1.1 and §1.2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec

from kiosk.insurance.profile import Profile

DATE_TIME = "%Y-%m-%d %H:%M:%S"
DATE = "%Y-%m-%d"

_SELF_SERVICE = "2"  # opter_type

_ENCODERS = {
    "number": msgspec.json.Encoder(decimal_format="number"),
    "string": msgspec.json.Encoder(decimal_format="string"),
}


class AnswerError(ValueError):
    """An answer that cannot be believed: not the format, a required key missing, another message's echo.

    The text names the key, never a value.
    """


@dataclass(frozen=True, slots=True)
class Terminal:
    """Who asks: the institution, and this terminal as its operator."""

    fixmedins_code: str
    fixmedins_name: str
    device_no: str  # dev_no
    operator_no: str  # opter
    operator_name: str  # opter_name
    mac: str
    ip: str
    office_no: str = ""  # for the exchange of electronic credentials
    office_name: str = ""


class _Head(msgspec.Struct):
    infcode: str | int | None = None
    err_msg: msgspec.Raw = msgspec.Raw(b"null")
    warn_msg: msgspec.Raw = msgspec.Raw(b"null")
    respond_time: str | int | None = None
    output: msgspec.Raw = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed envelope: what the peer said, its `output` still as JSON."""

    done: bool
    text: str
    warning: str
    output: bytes
    at: str = ""  # the agency's own time of answering, as it wrote it


def encode(
    profile: Profile,
    terminal: Terminal,
    *,
    infno: str,
    msgid: str,
    sign_no: str,
    insured_place: str,
    content: dict[str, Any],
    now: dt.datetime,
) -> bytes:
    """The request body. `content` is what stands under `input`."""
    encoder = _ENCODERS[profile.envelope.amounts_as]
    as_string = profile.envelope.input_as == "string"
    envelope = {
        "infno": infno,
        "msgid": msgid,
        "mdtrtarea_admvs": profile.area.admdvs,
        "insuplc_admdvs": insured_place,
        "recer_sys_code": profile.envelope.recer_sys_code,
        "dev_no": terminal.device_no,
        "dev_safe_info": "",
        "cainfo": "",
        "signtype": profile.envelope.signtype,
        "infver": profile.envelope.infver,
        "opter_type": _SELF_SERVICE,
        "opter": terminal.operator_no,
        "opter_name": terminal.operator_name,
        "inf_time": now.astimezone(profile.area.zone).strftime(DATE_TIME),
        "fixmedins_code": terminal.fixmedins_code,
        "fixmedins_name": terminal.fixmedins_name,
        "sign_no": sign_no,
        **profile.envelope.extra,
        "input": encoder.encode(content).decode() if as_string else content,
    }
    return encoder.encode(envelope)


def decode(body: bytes) -> Answer:
    """Read an answer's envelope. Raises AnswerError when there is no `infcode` to believe."""
    try:
        head = msgspec.json.decode(body, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise AnswerError("no envelope") from exc
    code = str(head.infcode).strip() if head.infcode is not None else ""
    if not code:
        raise AnswerError("infcode: missing")
    done = code.lstrip("-").isdecimal() and int(code) == 0
    at = "" if head.respond_time is None else str(head.respond_time)
    return Answer(done, _text(head.err_msg), _text(head.warn_msg), _unwrap(bytes(head.output)), at)


def _unwrap(output: bytes) -> bytes:
    """`output` as JSON: an object, a list, or either of them carried as a string; absent is `{}`."""
    if output.startswith(b'"'):
        output = msgspec.json.decode(output, type=str).strip().encode()
    return b"{}" if output in (b"", b"null") else output


def _text(raw: msgspec.Raw) -> str:
    try:
        value = msgspec.json.decode(bytes(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return "" if value is None else str(value)
