"""Defects to plant: each breaks one promise, and the conformance suite must find every one.

Never used by demo or tests of other rooms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from kiosk.sandbox.his.promises import Promises, Row


class NoTombstone(Promises):
    def leaves_tombstone(self) -> bool:
        return False


class BegunNotLocked(Promises):
    def settling_bars(self, bill: Row, lease: Row | None, now: float) -> bool:
        return bill["state"] == "settling" and lease is not None and self.lease_counts(lease, now)


class FencingIgnored(Promises):
    def token_holds(self, lease: Row, bills: Sequence[Row], token: int) -> bool:
        return True


class LivenessIgnored(Promises):
    def lease_lives(self, lease: Row) -> bool:
        return True


class OldLeaseAccepted(FencingIgnored, LivenessIgnored):
    """Looks at the clock alone."""


class ExpiryIgnored(Promises):
    def lease_in_time(self, lease: Row, now: float) -> bool:
        return True


class OldHolderAccepted(OldLeaseAccepted, ExpiryIgnored):
    """Takes any lease that ever was."""


class VersionIgnored(Promises):
    def version_holds(self, bill: Row, version: int) -> bool:
        return True


class NoDigest(Promises):
    def same_request(self, stored: str, given: str) -> bool:
        return True


class ReplayBooksAgain(Promises):
    def replays(self) -> bool:
        return False


class DeadlineIgnored(Promises):
    def in_time(self, deadline: float, now: float) -> bool:
        return True


class SumUnchecked(Promises):
    def tenders_hold(self, total_fen: int, tenders_fen: int) -> bool:
        return True


class SplitUnchecked(Promises):
    def split_holds(self, split_fen: dict[str, int], tenders_fen: dict[str, int]) -> bool:
        return True


class CancelUndoesCommit(Promises):
    def committed_stays(self, attempt: Row) -> bool:
        return False


class CommitAfterCancel(Promises):
    def cancelled_bars_commit(self, attempt: Row) -> bool:
        return False


class BeginAfterCancel(Promises):
    def cancelled_bars_begin(self, attempt: Row) -> bool:
        return False


class AnswerBeforeDisk(Promises):
    def disk_first(self) -> bool:
        return False


class TwoLeases(Promises):
    def lease_bars(self, lease: Row | None, terminal: str, now: float) -> bool:
        return False


class LeaseForEver(Promises):
    def lease_counts(self, lease: Row, now: float) -> bool:
        return bool(lease["state"] == "held")


class SettledLeasedAgain(Promises):
    def settled_bars(self, bill: Row) -> bool:
        return False


class CancelKeepsLease(Promises):
    def cancel_ends_lease(self) -> bool:
        return False


class AmountUnchecked(Promises):
    def amount_holds(self, total_fen: int, bills: Sequence[Row]) -> bool:
        return True


class CommitNeedsLease(Promises):
    def commit_needs_lease(self, lease: Row | None, now: float) -> bool:
        return lease is None or not self.lease_counts(lease, now)


class RefundTwice(Promises):
    def due_is_free(self, due: Row) -> bool:
        return True


class RefundExceeds(Promises):
    def refund_fits(self, most_fen: int, asked_fen: int) -> bool:
        return True


class PagesShift(Promises):
    def keeps_snapshot(self) -> bool:
        return False


class LedgerOutOfOrder(Promises):
    def ledger_digest(self, lines: Sequence[str]) -> str:
        return hashlib.sha256("".join(sorted(lines, reverse=True)).encode()).hexdigest()


DEFECTS: dict[str, type[Promises]] = {
    "no_tombstone": NoTombstone,
    "begun_not_locked": BegunNotLocked,
    "fencing_ignored": FencingIgnored,
    "liveness_ignored": LivenessIgnored,
    "old_lease_accepted": OldLeaseAccepted,
    "old_holder_accepted": OldHolderAccepted,
    "expiry_ignored": ExpiryIgnored,
    "version_ignored": VersionIgnored,
    "no_digest": NoDigest,
    "replay_books_again": ReplayBooksAgain,
    "deadline_ignored": DeadlineIgnored,
    "sum_unchecked": SumUnchecked,
    "split_unchecked": SplitUnchecked,
    "cancel_undoes_commit": CancelUndoesCommit,
    "commit_after_cancel": CommitAfterCancel,
    "begin_after_cancel": BeginAfterCancel,
    "answer_before_disk": AnswerBeforeDisk,
    "two_leases": TwoLeases,
    "lease_for_ever": LeaseForEver,
    "settled_leased_again": SettledLeasedAgain,
    "cancel_keeps_lease": CancelKeepsLease,
    "amount_unchecked": AmountUnchecked,
    "commit_needs_lease": CommitNeedsLease,
    "refund_twice": RefundTwice,
    "refund_exceeds": RefundExceeds,
    "pages_shift": PagesShift,
    "ledger_out_of_order": LedgerOutOfOrder,
}


def promises_of(defect: str | None) -> Promises:
    """The promises with one broken, or all whole. Raises ValueError that lists the known names."""
    if defect is None:
        return Promises()
    if defect not in DEFECTS:
        raise ValueError(f"{defect!r} is no planted defect; known: {', '.join(DEFECTS)}")
    return DEFECTS[defect]()
