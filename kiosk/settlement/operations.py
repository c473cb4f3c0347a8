"""The one table of what may be sent again. The runner enforces it against the journal.

never       sent once; an unanswered one is asked for or reversed
keyed       sent again with the same key and the same body only
repeatable  changes nothing more when sent again
ask_first   asked for before it is sent again
"""

from __future__ import annotations

from enum import StrEnum

from kiosk.insurance import operations as insurance


class Repeat(StrEnum):
    """How an operation may be repeated."""

    NEVER = "never"
    KEYED = "keyed"
    REPEATABLE = "repeatable"
    ASK_FIRST = "ask_first"


class Op(StrEnum):
    """What a settlement or an undo asks of its peers; the value is what the journal says."""

    LEASE = "lease"
    RENEW = "renew"
    RELEASE = "release"
    REGISTER = "2201"
    DESCRIBE = "2203A"
    UPLOAD = "2204"
    PRE_SETTLE = "2206A"
    BEGIN = "begin"
    ORDER = "order"
    CHARGE = "charge"  # by the payment code that the patient shows
    WATCH = "watch"  # ask the gateway until it is paid, closed or time is up
    CLOSE = "close"
    SETTLE = "2207A"
    FIND = "find"
    REVERSE = "2601"
    UNDO = "2208"
    ASK = "5203"
    REFUND = "refund"
    COMMIT = "commit"
    CANCEL = "cancel"
    REVOKE_LINES = "2205"
    REVOKE_VISIT = "2202"
    REFUND_BEGIN = "refund_begin"
    REFUND_COMMIT = "refund_commit"
    REFUND_CANCEL = "refund_cancel"


AGENCY: dict[Op, str] = {
    Op.REGISTER: "register",
    Op.DESCRIBE: "describe",
    Op.UPLOAD: "upload",
    Op.PRE_SETTLE: "pre_settle",
    Op.SETTLE: "settle",
    Op.FIND: "settlement",
    Op.REVERSE: "reverse",
    Op.UNDO: "undo",
    Op.ASK: "settlement",
    Op.REVOKE_LINES: "revoke_lines",
    Op.REVOKE_VISIT: "revoke_visit",
}
"""Operations that go to the agency, by their names in its table. Each message takes a `msgid` first."""

OPERATIONS: dict[Op, Repeat] = {
    op: Repeat(insurance.OPERATIONS[name].repeat) for op, name in AGENCY.items()
} | {
    Op.LEASE: Repeat.KEYED,
    Op.RENEW: Repeat.KEYED,
    Op.RELEASE: Repeat.KEYED,
    Op.BEGIN: Repeat.KEYED,
    Op.ORDER: Repeat.KEYED,
    Op.CHARGE: Repeat.NEVER,  # keyed at the gateway, but its content is a credential that nobody keeps
    Op.WATCH: Repeat.REPEATABLE,
    Op.CLOSE: Repeat.KEYED,
    Op.REFUND: Repeat.KEYED,
    Op.COMMIT: Repeat.KEYED,
    Op.CANCEL: Repeat.KEYED,
    Op.REFUND_BEGIN: Repeat.KEYED,
    Op.REFUND_COMMIT: Repeat.KEYED,
    Op.REFUND_CANCEL: Repeat.KEYED,
}

QUERIES = frozenset({Op.WATCH, Op.FIND, Op.ASK})
"""Operations that change nothing anywhere."""
