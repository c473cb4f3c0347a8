"""What a HIS promises, one method each.

The operations ask these methods and nothing else when a rule of the hospital interface (§2) decides.
`defects` breaks them one at a time, to prove that the conformance suite notices.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence

Row = sqlite3.Row


class Promises:
    """A sound HIS."""

    # --- leases -------------------------------------------------------------------------------

    def lease_bars(self, lease: Row | None, terminal: str, now: float) -> bool:
        """A bill leased to another terminal is not given away; the same terminal may lease anew."""
        return lease is not None and self.lease_counts(lease, now) and lease["terminal"] != terminal

    def lease_counts(self, lease: Row, now: float) -> bool:
        """A lease keeps others out while it is held and its time is not over."""
        return bool(lease["state"] == "held" and lease["expires_at"] > now)

    def settling_bars(self, bill: Row, lease: Row | None, now: float) -> bool:
        """A begun attempt keeps the bill closed, also when its lease is long over."""
        return bool(bill["state"] == "settling")

    def settled_bars(self, bill: Row) -> bool:
        """A settled bill is never leased again."""
        return bool(bill["state"] == "settled")

    def version_holds(self, bill: Row, version: int) -> bool:
        """Lease and begin name the version the patient saw."""
        return bool(bill["version"] == version)

    def lease_lives(self, lease: Row) -> bool:
        """A released, ended or replaced lease opens nothing."""
        return bool(lease["state"] == "held")

    def lease_in_time(self, lease: Row, now: float) -> bool:
        """An expired lease opens nothing, also when nobody else took the bill."""
        return bool(lease["expires_at"] > now)

    def token_holds(self, lease: Row, bills: Sequence[Row], token: int) -> bool:
        """The fencing number is the lease's own and the newest of every bill."""
        return bool(lease["token"] == token and all(bill["fence"] == token for bill in bills))

    # --- attempts -----------------------------------------------------------------------------

    def amount_holds(self, total_fen: int, bills: Sequence[Row]) -> bool:
        """begin names the total the patient agreed to."""
        return total_fen == sum(int(bill["total_fen"]) for bill in bills)

    def cancelled_bars_begin(self, attempt: Row) -> bool:
        """A begin that comes after the cancel dies."""
        return bool(attempt["state"] == "cancelled")

    def cancelled_bars_commit(self, attempt: Row) -> bool:
        """A commit that comes after the cancel dies."""
        return bool(attempt["state"] == "cancelled")

    def commit_needs_lease(self, lease: Row | None, now: float) -> bool:
        """commit lives from the begin; the lease may be long over."""
        return False

    def tenders_hold(self, total_fen: int, tenders_fen: int) -> bool:
        """The tenders sum to the total."""
        return total_fen == tenders_fen

    def split_holds(self, split_fen: dict[str, int], tenders_fen: dict[str, int]) -> bool:
        """Fund, account, family account, hospital and cash are each what the insurance said."""
        return split_fen == tenders_fen

    def committed_stays(self, attempt: Row) -> bool:
        """cancel tells of a committed settlement; it does not undo it."""
        return bool(attempt["state"] in ("committed", "reversed"))

    def leaves_tombstone(self) -> bool:
        """cancel of an attempt never seen is remembered."""
        return True

    def cancel_ends_lease(self) -> bool:
        """cancel sets the bills free at once, not at the end of the lease."""
        return True

    # --- keys, time, disk ---------------------------------------------------------------------

    def replays(self) -> bool:
        """The same key with the same body gets the stored answer and does nothing."""
        return True

    def same_request(self, stored: str, given: str) -> bool:
        """The same key with another body is refused."""
        return stored == given

    def in_time(self, deadline: float, now: float) -> bool:
        """Work does not start after its deadline."""
        return now <= deadline

    def disk_first(self) -> bool:
        """An answer leaves only after its effect is on disk."""
        return True

    # --- refunds and books --------------------------------------------------------------------

    def due_is_free(self, due: Row) -> bool:
        """Money due back is taken by one refund at a time, and given once."""
        return bool(due["state"] == "open")

    def refund_fits(self, most_fen: int, asked_fen: int) -> bool:
        """No tender gives back more than it took."""
        return asked_fen <= most_fen

    def keeps_snapshot(self) -> bool:
        """The pages of a list are of one moment."""
        return True

    def ledger_digest(self, lines: Sequence[str]) -> str:
        """sha256 over the entries of a day in their order."""
        return hashlib.sha256("".join(lines).encode()).hexdigest()
