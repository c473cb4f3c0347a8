"""Whatever terminals do in whatever order, the hospital's books stay right."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.sandbox.his import HisStore, make_bill
from kiosk.sandbox.his import _leases as leases
from kiosk.sandbox.his import _requests as body
from kiosk.sandbox.his import _settlements as settlements
from kiosk.sandbox.his._engine import Keyed
from kiosk.sandbox.his._problems import Problem

DAY = dt.datetime(2026, 10, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
BILLS = ("B-0", "B-1")
TERMINALS = ("s/a", "s/b")

step = st.tuples(
    st.sampled_from(("lease", "begin", "commit", "cancel", "wait", "change")),
    st.sampled_from(TERMINALS),
    st.integers(0, 1),  # which bill
    st.integers(0, 3),  # which attempt of that terminal
)


class World:
    """Two terminals, two bills, four attempts each, one clock."""

    def __init__(self) -> None:
        self.now = DAY.timestamp()
        self.store = HisStore(clock=lambda: self.now)
        for name in BILLS:
            self.store.add_bill(make_bill(name, "P", [("x", "1", "1.00")], created_at=DAY))
        self.held: dict[tuple[str, str], dict[str, object]] = {}
        self.told: dict[str, set[str]] = {}
        self.keys = 0
        self.refused: Counter[str] = Counter()

    def step(self, what: str, terminal: str, bill: int, number: int) -> None:
        attempt, name = f"{terminal}-{number}".ljust(26, "0"), BILLS[bill]
        try:
            match what:
                case "wait":
                    self.now += 40
                case "change":
                    if self.store.bill_states()[name] in ("open", "leased"):
                        self.store.raise_price(name)
                case "lease":
                    self.lease(terminal, name)
                case "begin":
                    self.begin(terminal, name, attempt)
                case "commit":
                    self.commit(terminal, attempt)
                case "cancel":
                    ended = self.store.perform(
                        terminal,
                        lambda books: settlements.cancel(books, attempt, body.CancelBody()),
                        self.keyed("cancel", attempt, ""),
                    )
                    self.told.setdefault(attempt, set()).add(ended.body["state"])
        except Problem as refusal:
            self.refused[refusal.code] += 1

    def keyed(self, operation: str, key: str, digest: str) -> Keyed:
        return Keyed(operation, key, digest, self.now + 15)

    def lease(self, terminal: str, name: str) -> None:
        self.keys += 1
        version = self.version(name)
        asked = body.LeaseBody([body.BillAt(name, version)], 60)
        done = self.store.perform(
            terminal, lambda books: leases.lease(books, asked, 180), self.keyed("lease", str(self.keys), "")
        )
        self.held[terminal, name] = done.body

    def begin(self, terminal: str, name: str, attempt: str) -> None:
        held = self.held.get((terminal, name))
        if held is None:
            return
        (shown,) = held["bills"]  # type: ignore[misc]
        asked = body.BeginBody(
            str(held["lease_id"]),
            int(str(held["fencing_token"])),
            [body.BillAt(name, shown["bill_version"])],
            shown["total_fen"],
            "self_pay",
        )
        self.store.perform(
            terminal,
            lambda books: settlements.begin(books, attempt, asked),
            self.keyed("begin", attempt, f"{name} {asked.lease_id}"),
        )

    def commit(self, terminal: str, attempt: str) -> None:
        with self.store.transaction() as books:
            row = settlements.the_attempt(books, attempt)
        asked = body.CommitBody([body.TenderBody("wechat", row["total_fen"] if row else 1)])
        done = self.store.perform(
            terminal,
            lambda books: settlements.commit(books, attempt, asked),
            self.keyed("commit", attempt, ""),
        )
        self.told.setdefault(attempt, set()).add(done.body["state"])

    def version(self, name: str) -> int:
        with self.store.transaction() as books:
            row = books.one("SELECT version FROM bill WHERE bill_id = ?", name)
            assert row is not None
            return int(row["version"])


@settings(max_examples=150, deadline=None)
@given(st.lists(step, max_size=40))
def test_in_any_order_a_bill_is_settled_at_most_once_and_nobody_is_told_two_ends(
    steps: list[tuple[str, str, int, int]],
) -> None:
    world = World()
    for one in steps:
        world.step(*one)
    rows = world.store.ledger_rows()
    states = world.store.attempt_states()
    assert all(count == 1 for count in Counter(row.attempt_id for row in rows).values())
    assert {row.attempt_id for row in rows} == {a for a, state in states.items() if state == "committed"}
    settled = [name for name, state in world.store.bill_states().items() if state == "settled"]
    assert len(rows) == len(settled)
    assert all(len(ends) == 1 for ends in world.told.values())
    begun = [a for a, state in states.items() if state == "begun"]
    settling = [name for name, state in world.store.bill_states().items() if state == "settling"]
    assert len(begun) == len(settling)
    world.store.close()
