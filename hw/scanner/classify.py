"""What kind of code a text is, from the text alone.

The patient holds up whatever their phone shows. A WeChat pay code is not an
insurance code, and saying so at once helps more than a refusal from the agency.
The text of an insurance or pay code is a credential: it never appears in a repr.
"""

from __future__ import annotations

import enum
import re
from collections import OrderedDict
from dataclasses import dataclass


class CodeKind(enum.StrEnum):
    INSURANCE = "insurance"
    WECHAT_PAY = "wechat_pay"
    ALIPAY = "alipay"
    OTHER_PAYMENT = "other_payment"
    URL = "url"
    OTHER = "other"


PAYMENT_KINDS = frozenset({CodeKind.WECHAT_PAY, CodeKind.ALIPAY, CodeKind.OTHER_PAYMENT})
"""Codes that a payer shows to be charged (被扫): wanted at the payment step, wrong at the identification."""


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """One code that was shown. `text` may be a live credential: keep it in memory, inside one visit only."""

    kind: CodeKind
    text: str

    def __repr__(self) -> str:
        return f"Code(kind={self.kind.value!r}, text=<{len(self.text)} characters>)"


TEXT_MAX_CHARS = 7089
"""The most that a QR code can hold (version 40-L, digits; ISO/IEC 18004)."""

# [0-9] and never \d: \d takes the digits of every script, and full-width digits are no credential.
_RULES: tuple[tuple[CodeKind, re.Pattern[str]], ...] = (
    # 424, 17 + 2 random digits, province, extension (reference: insurance-interface, 7.1)
    (CodeKind.INSURANCE, re.compile(r"424[0-9]{19}[0-9]{2}[0-9]{4}")),
    # Consumer-presented pay codes; the ranges are general knowledge of the field, marked likely there.
    (CodeKind.WECHAT_PAY, re.compile(r"1[0-5][0-9]{16}")),
    (CodeKind.ALIPAY, re.compile(r"(?:2[5-9]|30)[0-9]{14,22}")),
    # UnionPay shows 62 + 17 digits, the digital yuan 01 + 17, EMV consumer codes base64 of "CPV01".
    (CodeKind.OTHER_PAYMENT, re.compile(r"62[0-9]{17}|01[0-9]{17}|hQVDUFYwM[0-9A-Za-z+/=]+")),
    (CodeKind.URL, re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}://\S+")),
)


def classify(text: str) -> Code:
    """The code that a decoded text is. Blanks around it are dropped; anything unknown is `other`."""
    stripped = text.strip()
    for kind, pattern in _RULES:
        if pattern.fullmatch(stripped):
            return Code(kind, stripped)
    return Code(CodeKind.OTHER, stripped)


class RepeatFilter:
    """Lets a code through once for as long as it stays in sight.

    A phone held before the camera is read in every picture, a visit wants it once.
    One filter serves one watching. Only the salted hash of this process is kept, never the text.
    """

    REMEMBERED_MAX = 32

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._last_seen_s: OrderedDict[int, float] = OrderedDict()

    def is_new(self, text: str, now_s: float) -> bool:
        """True when this text was not seen within the last `quiet_s` seconds of `now_s` (elapsed time)."""
        key = hash(text)
        last_s = self._last_seen_s.pop(key, None)
        self._last_seen_s[key] = now_s
        if len(self._last_seen_s) > self.REMEMBERED_MAX:
            self._last_seen_s.popitem(last=False)
        return last_s is None or now_s - last_s >= self._quiet_s
