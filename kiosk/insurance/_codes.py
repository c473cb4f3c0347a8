"""ec.query: 28 digits to an identity (insurance interface, §7.2)."""

from __future__ import annotations

import re

import msgspec

from kiosk.domain.outcome import Done, Refused
from kiosk.domain.person import Credential, CredentialKind
from kiosk.insurance._envelope import AnswerError, Terminal
from kiosk.insurance._messages import CodeAnswer, CodeData
from kiosk.insurance._read import required, text
from kiosk.insurance.port import CodeIdentity
from kiosk.insurance.profile import Profile, matches
from kiosk.insurance.redact import redact_text

_DIGITS = re.compile(r"424\d{25}", re.ASCII)

EXPIRED, UNKNOWN_CODE, USED = "QR-02", "QR-03", "QR-05"
"""What the patient is told (wording, §5)."""


def is_code(digits: str) -> bool:
    """Whether these are the 28 digits of a national code: 424 ... province, 0000 (§7.1)."""
    return _DIGITS.fullmatch(digits) is not None and digits.endswith("0000")


def request(profile: Profile, terminal: Terminal, digits: str, business: str) -> bytes:
    """The body of ec.query."""
    org_id = terminal.fixmedins_code if profile.code.org_id == "fixmedins_code" else profile.area.admdvs
    return msgspec.json.encode(
        {
            "orgId": org_id,
            "transType": "ec.query",
            "data": {
                "orgId": org_id,
                "businessType": business,
                "operatorId": terminal.operator_no,
                "operatorName": terminal.operator_name,
                "officeId": terminal.office_no,
                "officeName": terminal.office_name,
                "deviceType": "SelfService",
                "ecQrCode": digits,
            },
        }
    )


def answer(profile: Profile, body: bytes) -> Done[CodeIdentity] | Refused | AnswerError:
    """The identity, a refusal with the patient's code, or the reason why it cannot be believed."""
    try:
        head = msgspec.json.decode(body, type=CodeAnswer)
        if required(head.code, "code") != "0":
            return _refusal(profile, text(head.message))
        data = bytes(head.data)
        if data.startswith(b'"'):
            data = msgspec.json.decode(data, type=str).encode()
        found = msgspec.json.decode(data, type=CodeData)
        return Done(_identity(found))
    except AnswerError as exc:
        return exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return AnswerError("no answer of ec.query")


def _identity(found: CodeData) -> CodeIdentity:
    name = required(found.user_name, "userName")
    cert_no = required(found.id_no, "idNo")
    credential = Credential(
        kind=CredentialKind.CODE,
        number=required(found.ec_token, "ecToken"),
        name=name,
        cert_no=cert_no,
    )
    return CodeIdentity(credential, name, cert_no, text(found.insu_org))


def _refusal(profile: Profile, message: str) -> Refused:
    code = UNKNOWN_CODE
    if matches(profile.code.expired_texts, message):
        code = EXPIRED
    elif matches(profile.code.used_texts, message):
        code = USED
    return Refused(code, redact_text(message))
