"""One step of an attempt as one journal entry, and an attempt again from its entries.

The entry is written before anything of the step is sent: it holds the event and,
for every message that follows from it, the msgid, the digest of its content and
how long its answer may take. A restart folds the entries through the same
machine, so the state after a crash is the state before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.insurance.port import Case
from kiosk.settlement import machine, refund
from kiosk.settlement.codec import CodecError, again, decode_event, encode_event, plain
from kiosk.settlement.events import Answer, CallStaff, Command, Event, Send, Tell
from kiosk.settlement.operations import AGENCY, Op
from kiosk.settlement.policy import Policy
from kiosk.settlement.requests import limit_s, request
from kiosk.settlement.state import AnyState, Ended, Plan, Refunding, RefundPlan

TakeMsgid: TypeAlias = Callable[[], str]

STARTED = "settlement.started"
UNDO_STARTED = "undo.started"
ENDED = "settlement.ended"
UNDO_ENDED = "undo.ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is appended for one step: `sealed` is for the hospital's eyes only."""

    kind: str
    body: dict[str, Any]
    sealed: dict[str, Any] | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step ready to be journalled and then acted on."""

    state: AnyState
    commands: tuple[Command, ...]
    entries: tuple[Entry, ...]
    msgids: Mapping[Op, str]


def begin(plan: Plan | RefundPlan, take_msgid: TakeMsgid) -> Step:
    """The first step: the plan is fixed, its person sealed."""
    if isinstance(plan, Plan):
        state, commands = machine.start(plan)
        return _step(state, commands, STARTED, {"plan": _open_part(plan)}, take_msgid, _sealed(plan.case))
    undo, commands = refund.start(plan)
    return _step(undo, commands, UNDO_STARTED, {"plan": _open_part(plan)}, take_msgid, _sealed(plan.case))


def advance(state: AnyState, event: Event, policy: Policy, take_msgid: TakeMsgid) -> Step:
    """The step that `event` makes. Raises AssertionError when the state does not expect it."""
    after: AnyState
    if isinstance(state, Refunding):
        after, commands = refund.step(state, event, policy)
    else:
        after, commands = machine.step(state, event, policy)
    return _step(after, commands, _kind(state, event), encode_event(event), take_msgid, _words(event))


def _words(event: Event) -> dict[str, Any] | None:
    """A peer's own words, for the hospital's eyes: they may name the person."""
    match event:
        case Answer(outcome=Refused(peer_text=text)) if text:
            return {"peer_text": text}
        case _:
            return None


def expects(state: AnyState, event: Event) -> bool:
    """Whether `event` is news to `state`."""
    return refund.expects(state, event) if isinstance(state, Refunding) else machine.expects(state, event)


def is_open(state: AnyState) -> bool:
    """Whether the attempt still has something to do."""
    return refund.is_open(state) if isinstance(state, Refunding) else not isinstance(state, Ended)


def _step(
    state: AnyState,
    commands: tuple[Command, ...],
    kind: str,
    body: dict[str, Any],
    take_msgid: TakeMsgid,
    sealed: dict[str, Any] | None,
) -> Step:
    sends = [command.op for command in commands if isinstance(command, Send)]
    msgids = {op: take_msgid() for op in sends if op in AGENCY}
    after = noted(state, msgids)
    body = {**body, **_amounts(after, kind)}
    if sends:
        body["sent"] = [_sent(after, op, msgids.get(op, "")) for op in sends]
    told = [[c.phrase, c.code] for c in commands if isinstance(c, Tell)]
    staff = [c.code for c in commands if isinstance(c, CallStaff)]
    body |= ({"told": told} if told else {}) | ({"staff": staff} if staff else {})
    entries = [Entry(kind, body, sealed, key=_key(after))]
    if not is_open(after):
        entries.append(_end(after))
    return Step(after, commands, tuple(entries), msgids)


def noted(state: AnyState, msgids: Mapping[Op, str]) -> AnyState:
    """The state that knows under which msgid each message went out."""
    if not msgids:
        return state
    if isinstance(state, Refunding):
        return replace(state, msgids=_merged(state.msgids, msgids))
    return replace(state, facts=replace(state.facts, msgids=_merged(state.facts.msgids, msgids)))


def _merged(old: tuple[tuple[Op, str], ...], new: Mapping[Op, str]) -> tuple[tuple[Op, str], ...]:
    return (*(pair for pair in old if pair[0] not in new), *new.items())


def _sent(state: AnyState, op: Op, msgid: str) -> dict[str, Any]:
    note: dict[str, Any] = {
        "op": op.value,
        "digest": digest(request(state, op)),
        "limit_s": limit_s(op),
    }
    return note | ({"msgid": msgid} if msgid else {})


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of what a request says."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _key(state: AnyState) -> str:
    return state.plan.refund if isinstance(state, Refunding) else state.facts.plan.attempt


_NAMES = {
    Op.LEASE: "leased",
    Op.RENEW: "renewed",
    Op.RELEASE: "released",
    Op.REGISTER: "registered",
    Op.DESCRIBE: "described",
    Op.UPLOAD: "uploaded",
    Op.PRE_SETTLE: "priced",
    Op.BEGIN: "begun",
    Op.ORDER: "ordered",
    Op.CHARGE: "charged",
    Op.WATCH: "paid",
    Op.CLOSE: "closed",
    Op.SETTLE: "settled",
    Op.FIND: "found",
    Op.REVERSE: "reversed",
    Op.UNDO: "undone",
    Op.ASK: "asked",
    Op.REFUND: "refunded",
    Op.COMMIT: "committed",
    Op.CANCEL: "cancelled",
    Op.REVOKE_LINES: "lines_revoked",
    Op.REVOKE_VISIT: "visit_revoked",
    Op.REFUND_BEGIN: "begun",
    Op.REFUND_COMMIT: "committed",
    Op.REFUND_CANCEL: "cancelled",
}


def _kind(state: AnyState, event: Event) -> str:
    """`settlement.settled`, `undo.refunded`, with `_refused` or `_unknown` when it was not done."""
    room = "undo" if isinstance(state, Refunding) else "settlement"
    match event:
        case Answer(op=op, outcome=Done()):
            return f"{room}.{_NAMES[op]}"
        case Answer(op=op, outcome=Refused()):
            return f"{room}.{_NAMES[op]}_refused"
        case Answer(op=op, outcome=Unknown()):
            return f"{room}.{_NAMES[op]}_unknown"
        case _:
            return f"{room}.{encode_event(event)['event']}"


def _amounts(state: AnyState, kind: str) -> dict[str, int]:
    """The sums that the collector reads, beside the entry that makes them true."""
    if kind == "settlement.committed" and not isinstance(state, Refunding):
        split = state.facts.settlement.split if state.facts.settlement else state.facts.split
        assert split is not None, "nothing is committed without a split"
        return {
            "total_fen": split.total_fen,
            "fund_fen": split.fund_fen,
            "account_fen": split.account_fen + split.family_fen,
            "cash_fen": split.cash_fen,
            "hospital_fen": split.hospital_fen,
        }
    if kind == "undo.committed" and isinstance(state, Refunding):
        plan = state.plan
        return {
            "total_fen": plan.total_fen,
            "fund_fen": plan.fund_fen,
            "account_fen": plan.account_fen,
            "cash_fen": plan.cash_fen,
            "hospital_fen": plan.total_fen - plan.fund_fen - plan.account_fen - plan.cash_fen,
        }
    return {}


def _end(state: AnyState) -> Entry:
    if isinstance(state, Refunding):
        assert state.result is not None, "an open undo has no end"
        body = {"outcome": state.result.value, "code": state.code, "phrase": state.phrase}
        return Entry(UNDO_ENDED, body, key=_key(state))
    assert isinstance(state, Ended), "an open attempt has no end"
    body = {"outcome": state.result.value, "code": state.code, "phrase": state.phrase}
    return Entry(ENDED, body, key=_key(state))


def _open_part(plan: Plan | RefundPlan) -> dict[str, Any]:
    """The plan without its person."""
    values: dict[str, Any] = plain(replace(plan, case=None))
    return values | {"insured_case": plan.case is not None}


def _sealed(case: Case | None) -> dict[str, Any] | None:
    return plain(case) if case else None


def replay(
    bodies: Iterable[tuple[str, Mapping[str, Any]]], case: Mapping[str, Any] | None, policy: Policy
) -> AnyState:
    """The state again from an attempt's entries, oldest first: (kind, body). Raises CodecError."""
    state: AnyState | None = None
    for kind, body in bodies:
        if kind in (STARTED, UNDO_STARTED):
            state = _restored(kind, body, case)
        elif kind in (ENDED, UNDO_ENDED) or "event" not in body:
            continue
        else:
            if state is None:
                raise CodecError(f"{kind} before the attempt started")
            event = decode_event(dict(body))
            if isinstance(state, Refunding):
                state, _ = refund.step(state, event, policy)
            else:
                state, _ = machine.step(state, event, policy)
        state = noted(state, {Op(s["op"]): s["msgid"] for s in body.get("sent", ()) if "msgid" in s})
    if state is None:
        raise CodecError("no entry of the attempt")
    return state


def _restored(kind: str, body: Mapping[str, Any], case: Mapping[str, Any] | None) -> AnyState:
    values = dict(body["plan"])
    if values.pop("insured_case") and case is None:
        raise CodecError("the person of an open attempt cannot be unsealed")
    values["case"] = dict(case) if case else None
    if kind == STARTED:
        state, _ = machine.start(again(Plan, values))
        return state
    undo, _ = refund.start(again(RefundPlan, values))
    return undo
