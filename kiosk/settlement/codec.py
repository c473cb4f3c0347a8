"""Events and plans as plain JSON values, and back: what the journal keeps of them.

Only what the machine has to know again after a restart goes in. The text of a
payment code and the lines of leased bills stay out; so does every credential,
which no event carries, and a peer's own words, which may name the person: they
are sealed (`record`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.domain.split import LineShare
from kiosk.hospital.port import (
    Begun,
    Cancelled,
    Committed,
    Lease,
    RefundBegun,
    RefundCommitted,
    Released,
)
from kiosk.insurance.port import (
    Accepted,
    CannotAsk,
    NotThere,
    PreSettled,
    Registered,
    Reversed,
    Settlement,
)
from kiosk.payment.port import CodeToShow, Payment, Refund
from kiosk.settlement.events import (
    Answer,
    CodeShown,
    Confirmed,
    Declined,
    Elapsed,
    Event,
    Restarted,
    TimedOut,
)
from kiosk.settlement.operations import Op

_VALUES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        Accepted,
        Begun,
        Cancelled,
        CannotAsk,
        CodeToShow,
        Committed,
        Lease,
        NotThere,
        Payment,
        PreSettled,
        Refund,
        RefundBegun,
        RefundCommitted,
        Registered,
        Released,
        Reversed,
        Settlement,
    )
}
_SHARES = "LineShares"


class CodecError(ValueError):
    """A journal entry that this release cannot read."""


def encode_event(event: Event) -> dict[str, Any]:
    """An event as JSON values."""
    match event:
        case Answer(op=op, outcome=outcome):
            return {"event": "answer", "op": op.value, **_encode_outcome(outcome)}
        case Elapsed(tag=tag):
            return {"event": "elapsed", "tag": tag}
        case Declined(code=code):
            return {"event": "declined", "code": code}
        case Confirmed():
            return {"event": "confirmed"}
        case CodeShown():
            return {"event": "code_shown"}
        case TimedOut():
            return {"event": "timed_out"}
        case Restarted():
            return {"event": "restarted"}


def decode_event(values: dict[str, Any]) -> Event:
    """The event again. Raises CodecError."""
    try:
        match values["event"]:
            case "answer":
                return Answer(Op(values["op"]), _decode_outcome(values))
            case "elapsed":
                return Elapsed(values["tag"])
            case "declined":
                return Declined(values["code"])
            case "confirmed":
                return Confirmed()
            case "code_shown":
                return CodeShown()
            case "timed_out":
                return TimedOut()
            case "restarted":
                return Restarted()
    except (KeyError, ValueError, msgspec.ValidationError) as exc:
        raise CodecError(f"not an event of this release: {exc}") from exc
    raise CodecError(f"not an event of this release: {values['event']}")


def _encode_outcome(outcome: Outcome[Any]) -> dict[str, Any]:
    match outcome:
        case Done(value=tuple() as shares):
            return {"arm": "done", "type": _SHARES, "value": [plain(share) for share in shares]}
        case Done(value=CodeToShow()):
            return {"arm": "done", "type": "CodeToShow", "value": {"text": ""}}
        case Done(value=Lease() as lease):
            slim = Lease(lease.lease_id, lease.fencing_token, lease.ttl_s)
            return {"arm": "done", "type": "Lease", "value": plain(slim)}
        case Done(value=value):
            return {"arm": "done", "type": type(value).__name__, "value": plain(value)}
        case Refused(code=code):
            return {"arm": "refused", "code": code}
        case Unknown(ask_after_s=ask_after_s, why=why):
            return {"arm": "unknown", "ask_after_ms": round(ask_after_s * 1000), "why": why}


def _decode_outcome(values: dict[str, Any]) -> Outcome[Any]:
    match values["arm"]:
        case "done" if values["type"] == _SHARES:
            return Done(again(tuple[LineShare, ...], values["value"]))
        case "done":
            return Done(again(_VALUES[values["type"]], values["value"]))
        case "refused":
            return Refused(values["code"])
        case "unknown":
            return Unknown(values["ask_after_ms"] / 1000, values["why"])
    raise CodecError("an outcome has three arms")


def plain(value: Any) -> Any:
    """A dataclass as JSON values: `Decimal` as text, times as ISO text, seconds as whole milliseconds."""
    values = msgspec.to_builtins(value)
    if isinstance(value, Lease):
        values["ttl_s"] = round(value.ttl_s)
    return values


def again(cls: Any, values: Any) -> Any:
    """The dataclass again. Raises CodecError."""
    try:
        return msgspec.convert(values, cls, strict=False)
    except msgspec.ValidationError as exc:
        raise CodecError(str(exc)) from exc
