"""Simulated agency and hospital: the smallest peers that keep their promises and nothing more.

The agency promises no tombstone: a 2207 that was on its way when 2601 said "no
such" is applied all the same. Only its longest delay is a promise. The hospital is
keyed and leaves tombstones, as its contract says.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from kiosk.domain.outcome import Done, Outcome, Refused
from kiosk.domain.split import LineShare, Split
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
from kiosk.simulate.samples import SETTLED_AT, split


@dataclass
class Agency:
    """Settlements by msgid; a person's account."""

    can_ask: bool = True
    differs: bool = False  # 2207 answers another cash amount than 2206 did
    all_account: bool = False  # the account pays all of the person's part
    settlements: dict[str, Settlement] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    msgids: set[str] = field(default_factory=set)
    lines: bool = False
    visit: bool = False
    received: dict[str, int] = field(default_factory=dict)

    def count(self, op: str) -> None:
        """Note one arrival of `op`."""
        self.received[op] = self.received.get(op, 0) + 1

    def fresh(self, msgid: str) -> bool:
        """Whether this message is not a network's repetition of one already seen."""
        if msgid in self.msgids:
            return False
        self.msgids.add(msgid)
        return True

    def standing(self) -> list[Settlement]:
        """Settlements that nobody has undone."""
        return [s for s in self.settlements.values() if s.setl_id not in self.undone]

    def register(self, msgid: str) -> Outcome[Any]:
        """2201."""
        self.fresh(msgid)
        self.visit = True
        return Done(Registered("M1"))

    def describe(self) -> Outcome[Any]:
        """2203A."""
        return Done(Accepted()) if self.visit else Refused("SE-01")

    def upload(self, msgid: str, shares: tuple[LineShare, ...]) -> Outcome[Any]:
        """2204."""
        self.fresh(msgid)
        self.lines = True
        return Done(shares)

    def price(self, insured: Split) -> Outcome[Any]:
        """2206A."""
        return Done(PreSettled(insured)) if self.lines else Refused("SE-01")

    def settle(self, msgid: str, insured: Split) -> Outcome[Any]:
        """2207A: not keyed. Another msgid settles again, and revoked lines do not stop a late one."""
        if not self.fresh(msgid):
            return Refused("SE-01")
        final = insured
        if self.differs:
            final = split(insured.total_fen, account_less_fen=100)
        found = Settlement(f"S{len(self.settlements) + 1}", "M1", msgid, SETTLED_AT, final)
        self.settlements[msgid] = found
        return Done(found)

    def find(self, msgid: str) -> Outcome[Any]:
        """5203 without setl_id."""
        if not self.can_ask:
            return Done(CannotAsk())
        found = self.settlements.get(msgid)
        return Done(self._record(found)) if found else Done(NotThere())

    def ask(self, setl_id: str) -> Outcome[Any]:
        """5203."""
        found = next((s for s in self.settlements.values() if s.setl_id == setl_id), None)
        return Done(self._record(found)) if found else Done(NotThere())

    def _record(self, found: Settlement) -> Settlement:
        return replace(found, refunded=found.setl_id in self.undone)

    def reverse(self, omsgid: str) -> Outcome[Any]:
        """2601."""
        found = self.settlements.get(omsgid)
        if found is None:
            return Done(Reversed(no_such=True))
        self.undone.add(found.setl_id)
        return Done(Reversed())

    def undo(self, setl_id: str) -> Outcome[Any]:
        """2208: a second one is refused."""
        if setl_id in self.undone:
            return Refused("SE-01")
        self.undone.add(setl_id)
        return Done(Reversed())

    def revoke_lines(self) -> Outcome[Any]:
        """2205."""
        self.lines = False
        return Done(Accepted())

    def revoke_visit(self) -> Outcome[Any]:
        """2202."""
        self.visit = False
        return Done(Accepted())


@dataclass
class Hospital:
    """One set of bills; attempts with tombstones; refunds due."""

    attempts: dict[str, str] = field(default_factory=dict)
    refunds: dict[str, str] = field(default_factory=dict)
    tenders: dict[str, int] = field(default_factory=dict)
    leased: bool = False

    def lease(self) -> Outcome[Any]:
        """Operation 7."""
        self.leased = True
        return Done(Lease("L1", 1, 180.0))

    def release(self) -> Outcome[Any]:
        """Operation 8."""
        self.leased = False
        return Done(Released())

    def begin(self, attempt: str) -> Outcome[Any]:
        """Operation 9."""
        state = self.attempts.get(attempt)
        if state == "cancelled":
            return Refused("ATTEMPT_CANCELLED")
        if any(s in ("begun", "committed") for a, s in self.attempts.items() if a != attempt):
            return Refused("BILL_SETTLED")
        if state is None:
            self.attempts[attempt] = "begun"
        return Done(Begun())

    def commit(self, attempt: str, tender_sum_fen: int, total_fen: int) -> Outcome[Any]:
        """Operation 10."""
        state = self.attempts.get(attempt)
        if state == "cancelled":
            return Refused("ATTEMPT_CANCELLED")
        if state is None:
            return Refused("ATTEMPT_NOT_FOUND")
        if tender_sum_fen != total_fen:
            return Refused("TENDER_SUM_MISMATCH")
        self.attempts[attempt] = "committed"
        self.tenders[attempt] = tender_sum_fen
        return Done(Committed("R1", "none", ()))

    def cancel(self, attempt: str) -> Outcome[Any]:
        """Operation 11: a tombstone, also for an attempt never seen."""
        if self.attempts.get(attempt) == "committed":
            return Done(Committed("R1", "none", ()))
        self.attempts[attempt] = "cancelled"
        self.leased = False
        return Done(Cancelled())

    def refund_begin(self, refund: str) -> Outcome[Any]:
        """Operation 15."""
        if any(s != "cancelled" for r, s in self.refunds.items() if r != refund):
            return Refused("REFUND_CHANGED")
        if self.refunds.get(refund) == "cancelled":
            return Refused("ATTEMPT_CANCELLED")
        self.refunds.setdefault(refund, "begun")
        return Done(RefundBegun())

    def refund_commit(self, refund: str) -> Outcome[Any]:
        """Operation 15, commit."""
        if self.refunds.get(refund) not in ("begun", "committed"):
            return Refused("ATTEMPT_NOT_FOUND")
        self.refunds[refund] = "committed"
        return Done(RefundCommitted("RR1"))

    def refund_cancel(self, refund: str) -> Outcome[Any]:
        """Operation 15, cancel."""
        if self.refunds.get(refund) == "committed":
            return Done(RefundCommitted("RR1"))
        self.refunds[refund] = "cancelled"
        return Done(Cancelled())
