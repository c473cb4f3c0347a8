"""Which bills: the patient's open ones, those that can be settled here, and what was chosen of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.bill import Bill
from kiosk.domain.messages import Message, Peer, classify
from kiosk.domain.outcome import Refused
from kiosk.journeys.desk import Leave
from kiosk.journeys.explain import bill_row
from kiosk.journeys.identify import Identified
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import Terminal
from kiosk.journeys.views import Bills

BILLS_MAX = 8
"""More open bills than fit on the screen go to a window."""


@dataclass(slots=True)
class ChosenBills:
    """One patient's bills and what they chose."""

    who: Identified
    bills: tuple[Bill, ...]
    chosen: set[str] = field(default_factory=set)

    def selected(self) -> tuple[Bill, ...]:
        """The chosen ones, in the order shown."""
        return tuple(bill for bill in self.bills if bill.bill_id in self.chosen)

    def choose_first_visit(self) -> None:
        """To begin with: the first bill that can be settled here, and what is settled together with it."""
        first = next((bill for bill in self.bills if not off_code(bill)), None)
        if first is not None:
            self.chosen = {first.bill_id} | {
                b.bill_id for b in self.bills if _combine(b, first) and not off_code(b)
            }

    def toggle(self, bill_id: str) -> None:
        """A touch on a bill. Bills that cannot be settled together push each other out."""
        bill = next((b for b in self.bills if b.bill_id == bill_id), None)
        if bill is None or off_code(bill):
            return
        if bill_id in self.chosen:
            self.chosen.discard(bill_id)
            return
        self.chosen = {b.bill_id for b in self.selected() if _combine(b, bill)} | {bill_id}


def _combine(one: Bill, other: Bill) -> bool:
    return bool(one.combine_group) and one.combine_group == other.combine_group


def off_code(bill: Bill) -> str:
    """Why a bill cannot be settled here; "" when it can."""
    if bill.state not in ("open", "leased"):
        return classify(Peer.HOSPITAL, "BILL_UNKNOWN_ATTEMPT").code
    if bill.faults():
        return classify(Peer.HOSPITAL, "BILL_INCONSISTENT").code
    gate = next(iter(bill.gates), None)
    if gate is not None:
        return classify(Peer.HOSPITAL, gate.code).code
    return "" if bill.insurable else "MP-01"


async def open_bills(t: Terminal, who: Identified) -> tuple[Bill, ...]:
    """The patient's open bills, with lines. Raises Leave when the hospital does not say."""
    hospital = t.bench.ports.hospital
    patients = await t.got(
        await hospital.resolve(psn_no=who.person.psn_no, insured_place=who.scheme.insured_place),
        Peer.HOSPITAL,
        unknown="FB-02",
        stop=2,
    )
    if len(patients) > 1:
        await t.tell(Message("ID-03", "M0"), stop=2)
        raise Leave("home")
    if not patients:
        return ()
    heads = await t.got(
        await hospital.open_bills(patients[0].patient_id), Peer.HOSPITAL, unknown="FB-02", stop=2
    )
    bills = []
    for head in heads[:BILLS_MAX]:
        outcome = await hospital.bill(head.bill_id)
        if isinstance(outcome, Refused) and outcome.code == "BILL_INCONSISTENT":
            bills.append(head)  # shown, and without its lines it cannot be chosen; the others can
        else:
            bills.append(await t.got(outcome, Peer.HOSPITAL, unknown="FB-02", stop=2))
    return tuple(bills)


async def choose(t: Terminal, visit: ChosenBills) -> None:
    """06: until the patient goes on with what is chosen. Raises Leave."""
    while True:
        show_bills(t, visit, busy=False)
        match await t.desk.next():
            case Intent(name="toggle", arg=bill_id):
                visit.toggle(bill_id)
            case Intent(name="next") if visit.selected():
                return
            case Intent(name="next" | "finish") if not visit.bills:
                raise Leave("home")
            case _:
                pass


def show_bills(t: Terminal, visit: ChosenBills, *, busy: bool) -> None:
    """06 as it stands; `busy` while the agency is asked."""
    selected = visit.selected()
    t.desk.show(
        Bills(
            rows=tuple(
                bill_row(bill, chosen=bill.bill_id in visit.chosen, off_code=off_code(bill))
                for bill in visit.bills
            ),
            chosen_fen=sum(bill.total_fen for bill in selected),
            chosen_lines=sum(len(bill.lines) for bill in selected),
            busy=busy,
        ),
        stop=2,
    )
