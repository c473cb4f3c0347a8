"""What may be written down of a message: everything but persons and credentials.

Source: insurance interface, §7.3. Keys are compared without case and underscores, so that a local
spelling (`ecToken`, `ec_token`) hides nothing. Text is searched for what looks like a credential and for
values that the caller knows to be secret, also inside JSON that travels as a string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

HIDDEN = "***"

_SECRET_KEYS = frozenset(
    {
        "addr", "agnteraddr", "agntercertno", "agntername", "agntertel", "authno", "brdy", "birthday",
        "cainfo", "cardno", "cardsn", "certno", "conername", "digits", "eccode", "ecindexno", "ecqrcode",
        "ectoken", "email", "expcontent", "extdata", "face", "hiposcode", "idno", "mdtrtcertno",
        "opterpassword", "orgincardinfo", "password", "pin", "psnname", "psnno", "qrcode", "sign",
        "signno", "tel", "token", "username",
    }
)  # fmt: skip
_SECRET_PREFIXES = ("hcard", "busicard", "cardinfo")

_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"

_LOOKS_SECRET = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"424\d{25}"  # electronic credential
    rf"|\d{{6}}(?:18|19|20)\d{{2}}{_MONTH_DAY}\d{{3}}[\dXx]"  # id number
    rf"|\d{{6}}\d{{2}}{_MONTH_DAY}\d{{3}}"  # id number of fifteen digits
    r"|\d{6}ec[0-9a-z]{20,}"  # ecToken
    r"|[0-9A-Fa-f]{32}"  # identification code of a card, ecIndexNo
    r"|1[3-9]\d{9}"  # telephone
    r")(?![0-9A-Za-z])"
)
_MIN_SECRET_CHARS = 2  # a name has two characters; a single one would blank ordinary text
_MAX_DEPTH = 16


def redact(value: object, secrets: Iterable[str] = (), _depth: int = 0) -> object:
    """A copy of decoded JSON that may be logged: same shape, secret values hidden."""
    known = tuple(secrets)
    if _depth > _MAX_DEPTH:
        return HIDDEN
    if isinstance(value, dict):
        return {
            redact_text(str(key), known): HIDDEN if _is_secret(str(key)) else redact(item, known, _depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item, known, _depth + 1) for item in value]
    if isinstance(value, str):
        inner = _as_json(value)
        if inner is not None:
            return json.dumps(redact(inner, known, _depth + 1), ensure_ascii=False)
        return redact_text(value, known)
    if isinstance(value, bytes | bytearray | memoryview):
        return HIDDEN
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        text = redact_text(str(value), known)
        return value if text == str(value) else text
    return redact_text(str(value), known)


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """A text with known secrets and everything that looks like a credential hidden."""
    for secret in sorted({s for s in secrets if len(s) >= _MIN_SECRET_CHARS}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
        escaped = json.dumps(secret)[1:-1]
        if escaped != secret:
            text = text.replace(escaped, HIDDEN)
    return _LOOKS_SECRET.sub(HIDDEN, text)


def _is_secret(key: str) -> bool:
    plain = key.replace("_", "").replace("-", "").lower()
    return plain in _SECRET_KEYS or plain.startswith(_SECRET_PREFIXES)


def _as_json(text: str) -> object | None:
    """JSON carried as a string, or None."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return inner if isinstance(inner, dict | list) else None
