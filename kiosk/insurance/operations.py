"""Which operations may be repeated. One table; the port wrapper enforces it against the journal.

never       sent once: a second one could settle, register or upload twice
repeatable  asking again, or undoing again, changes nothing more
ask_first   after an unknown answer ask what stands, then send the same body
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

RepeatClass: TypeAlias = Literal["never", "repeatable", "ask_first"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A logical operation: how it may be repeated, and the transaction that usually carries it."""

    name: str
    repeat: RepeatClass
    infno: str


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("sign_in", "repeatable", "9001"),
        Operation("sign_out", "repeatable", "9002"),
        Operation("person", "repeatable", "1101"),
        Operation("entitlement", "repeatable", "2001"),
        Operation("register", "never", "2201"),
        Operation("revoke_visit", "repeatable", "2202"),
        Operation("describe", "never", "2203A"),
        Operation("upload", "never", "2204"),
        Operation("revoke_lines", "repeatable", "2205"),
        Operation("pre_settle", "never", "2206A"),
        Operation("settle", "never", "2207A"),
        Operation("undo", "ask_first", "2208"),
        Operation("reverse", "repeatable", "2601"),
        Operation("visits", "repeatable", "5201"),
        Operation("settlement", "repeatable", "5203"),
    )
}
"""Keyed by the names of `InsurancePort`; `find_settlement` asks by the same transaction as `settlement`.

An area's profile may say another infno (2207 for 2207A); the class never changes. Exchanging a code
(ec.query) is no transaction of this table: its code is used up by the first try.
"""


def base_infno(infno: str) -> str:
    """A transaction number without its variant letter: `2207A` -> `2207`."""
    return infno.removesuffix("A")
