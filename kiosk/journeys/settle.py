"""Settle bills: choose, see who pays what and why, agree, pay, be told.

The journey only shows and asks. Money moves in an `Attempt`, which goes on to its
end whether or not anybody still looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kiosk.domain.attempt import new_attempt_id, new_refund_id
from kiosk.domain.bill import Bill, BillRef
from kiosk.domain.messages import Message, Peer, classify, given_back
from kiosk.domain.outcome import Done
from kiosk.hospital.port import ConsentDecision
from kiosk.journal import JournalFull
from kiosk.journeys import settled
from kiosk.journeys.desk import Leave, Moved
from kiosk.journeys.explain import bill_row, who_pays, why_line
from kiosk.journeys.identify import OUTPATIENT, Identified
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import AFTER_MONEY, MONEY_MOVES, Terminal, why
from kiosk.journeys.views import Bills, Consent, ConsentItem, Pay, Settling, WhoPays
from kiosk.settlement import runner
from kiosk.settlement.calls import Live
from kiosk.settlement.events import Confirmed, Declined
from kiosk.settlement.runner import Attempt
from kiosk.settlement.state import (
    Beginning,
    Committing,
    Ended,
    Facts,
    InDoubt,
    Offered,
    Ordering,
    Paying,
    Plan,
    Refunding,
    Result,
    Unwinding,
)
from kiosk.settlement.state import (
    Settling as AtTheAgency,
)

BILLS_MAX = 8
"""More open bills than fit on the screen go to a window."""

CONSENT_DECIDED = "consent.decided"


@dataclass(slots=True)
class _Visit:
    """One patient's bills and what they chose."""

    who: Identified
    bills: tuple[Bill, ...]
    chosen: set[str] = field(default_factory=set)

    def selected(self) -> tuple[Bill, ...]:
        return tuple(bill for bill in self.bills if bill.bill_id in self.chosen)

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


async def settle_bills(t: Terminal, who: Identified) -> None:
    """From the open bills to the receipt. Raises Leave."""
    visit = _Visit(who, await _open_bills(t, who))
    first = next((bill for bill in visit.bills if not off_code(bill)), None)
    if first is not None:
        visit.chosen = {first.bill_id} | {
            b.bill_id for b in visit.bills if _combine(b, first) and not off_code(b)
        }
    while True:
        await _choose(t, visit)
        if not t.bench.journal.can_start_settlement():
            await t.tell(Message("JR-01", "M0"), stop=2)
            raise Leave("home")
        try:
            attempt = _start(t, visit)
        except JournalFull:
            await t.tell(Message("JR-01", "M0"), stop=2)
            raise Leave("home") from None
        if await _Following(t, visit, attempt).to_the_end():
            return


async def _open_bills(t: Terminal, who: Identified) -> tuple[Bill, ...]:
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
        bills.append(await t.got(await hospital.bill(head.bill_id), Peer.HOSPITAL, unknown="FB-02", stop=2))
    return tuple(bills)


async def _choose(t: Terminal, visit: _Visit) -> None:
    while True:
        _show_bills(t, visit, busy=False)
        match await t.desk.next():
            case Intent(name="toggle", arg=bill_id):
                visit.toggle(bill_id)
            case Intent(name="next") if visit.selected():
                return
            case Intent(name="next" | "finish") if not visit.bills:
                raise Leave("home")
            case _:
                pass


def _show_bills(t: Terminal, visit: _Visit, *, busy: bool) -> None:
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


def _start(t: Terminal, visit: _Visit) -> Attempt:
    """Reserve the bills under a new attempt. Raises JournalFull before anything moved."""
    selected = visit.selected()
    first = selected[0].visit
    plan = Plan(
        attempt=new_attempt_id(),
        refund=new_refund_id(),
        bills=tuple(BillRef(b.bill_id, b.version, b.total_fen) for b in selected),
        total_fen=sum(b.total_fen for b in selected),
        insured=True,
        visit_by_hospital=bool(first.mdtrt_id),
        case=replace(visit.who.case, mdtrt_id=first.mdtrt_id or ""),
        ipt_otp_no=first.ipt_otp_no,
        med_type=first.med_type or OUTPATIENT,
    )
    live = Live(visit.who.credential, selected, session=plan.attempt)
    attempt, task = runner.start(t.bench, plan, live=live, on_change=lambda a: t.desk.post(Moved(a.name)))
    t.keep(attempt, task)
    return attempt


class _Following:
    """Shows one attempt to its patient, step by step."""

    def __init__(self, t: Terminal, visit: _Visit, attempt: Attempt) -> None:
        self._t = t
        self._visit = visit
        self._attempt = attempt
        self._consented = False

    async def to_the_end(self) -> bool:
        """True when the visit is over, False when the patient wants to choose again. Raises Leave."""
        attempt = self._attempt
        try:
            while True:
                state = attempt.state
                assert not isinstance(state, Refunding), "a settlement is no undo"
                match state:
                    case Offered():
                        await self._offer(state.facts)
                    case Paying():
                        await self._pay(state.facts)
                    case Ended():
                        return await self._ended(state)
                    case _ if settled.is_unknown(attempt):
                        await settled.being_checked(self._t, attempt, self._visit.who.masked)
                    case Unwinding(told=True, code=code):
                        return await self._not_now(code)
                    case _:
                        self._show_progress(state)
                        await self._t.desk.next(idle=False)
        except Leave as leave:
            attempt.tell(Declined("NT-05" if leave.why == "idle" else ""))
            raise
        finally:
            attempt.wipe()

    def _show_progress(self, state: object) -> None:
        match state:
            case Beginning(facts=facts) | Ordering(facts=facts):
                self._show_offer(facts, busy=True)
            case AtTheAgency(facts=facts) | InDoubt(facts=facts):
                self._show_settling(facts, 1)
            case Committing(facts=facts):
                self._show_settling(facts, 2)
            case Unwinding(facts=facts) if facts.split is not None and facts.payment is not None:
                self._show_settling(facts, 1)
            case _:
                _show_bills(self._t, self._visit, busy=True)

    def _show_settling(self, facts: Facts, now: int) -> None:
        split = facts.split
        assert split is not None, "nothing settles before it was shown"
        view = Settling(
            now=now,
            total_fen=split.total_fen,
            fund_fen=split.fund_fen,
            account_fen=split.account_fen + split.family_fen,
            cash_fen=split.cash_fen,
            paid_at=facts.payment.paid_at if facts.payment else "",
        )
        self._t.desk.show(view, stop=4, dock=MONEY_MOVES)

    async def _offer(self, facts: Facts) -> None:
        """07 and 08, until the patient decides or the attempt moves on without them."""
        if not self._consented and not await self._consent():
            return
        view = self._show_offer(facts)
        match await self._t.desk.next():
            case Intent(name="pay"):
                self._attempt.tell(Confirmed())
                await self._until_moved()
            case Intent(name="later"):
                self._attempt.tell(Declined())
                await self._until_moved()
            case Intent(name="reason", arg=key):
                await self._why(view, facts, key)
            case _:
                pass

    def _show_offer(self, facts: Facts, *, busy: bool = False) -> WhoPays:
        assert facts.split is not None, "an offer without a split"
        bills = self._visit.selected()
        view = who_pays(facts.split, facts.shares, bills, insured=facts.plan.insured, busy=busy)
        self._t.desk.show(view, stop=3, dock=MONEY_MOVES if busy else None)
        return view

    async def _why(self, view: WhoPays, facts: Facts, key: str) -> None:
        row = next((row for row in view.reasons if row.key == key), None)
        if row is None or facts.split is None:
            return
        source = (self._t.price_source, "")
        view_08 = why_line(row, facts.split, facts.shares, self._visit.selected(), source)
        self._t.desk.show(view_08, stop=3)
        while True:
            try:
                happening = await self._t.desk.next()
            except Leave as leave:
                if leave.why == "back":
                    return
                raise
            if isinstance(happening, Moved) or getattr(happening, "name", "") in ("done", "finish"):
                return

    async def _consent(self) -> bool:
        """09 for what the rule asks (S3-6.2.4); True when there is nothing left to ask."""
        bills = self._visit.selected()
        due = [(bill, consent) for bill in bills for consent in bill.consents_due]
        for bill, consent in due:
            items = tuple(
                ConsentItem(line.name, line.spec, line.amount_fen)
                for line in bill.lines
                if line.line_id in consent.line_ids
            )
            self._t.desk.show(Consent(items, consent.amount_fen, consent.version), stop=3)
            agreed = await self._decision()
            decision = ConsentDecision(
                consent.consent_id, consent.version, consent.line_ids, "agree" if agreed else "refuse"
            )
            if not await self._record(bill, decision) or not agreed:
                self._attempt.tell(Declined("CS-02" if not agreed else "FB-02"))
                await self._until_moved()
                return False
        self._consented = True
        return True

    async def _decision(self) -> bool:
        while True:
            match await self._t.desk.next():
                case Intent(name="agree"):
                    return True
                case Intent(name="refuse"):
                    return False
                case _:
                    pass

    async def _record(self, bill: Bill, decision: ConsentDecision) -> bool:
        """Journal, then hospital. Keyed by attempt and consent, so that it may be said again."""
        key = f"{self._attempt.name}-{len(decision.consent_id)}{decision.consent_id[-6:]}"[:36]
        self._t.bench.journal.append(
            CONSENT_DECIDED,
            {
                "attempt": self._attempt.name,
                "consent": decision.consent_id,
                "version": decision.version,
                "decision": decision.decision,
            },
            key=key,
        )
        outcome = await self._t.bench.ports.hospital.consent(key, bill.visit.ipt_otp_no, decision)
        return isinstance(outcome, Done)

    async def _pay(self, facts: Facts) -> None:
        valid_s = self._t.bench.policy.pay_valid_s
        self._t.desk.show(
            Pay(facts.cash_fen, self._attempt.code_text, valid_s, valid_s), stop=4, dock=AFTER_MONEY
        )
        while isinstance(self._attempt.state, Paying):
            if getattr(await self._t.desk.next(idle=False), "name", "") == "leave":
                self._attempt.tell(Declined())
                await self._until_moved()

    async def _until_moved(self) -> None:
        """A decision was made: wait until the attempt has taken it in."""
        before = self._attempt.state
        while self._attempt.state is before:
            await self._t.desk.next(idle=False)

    async def _ended(self, end: Ended) -> bool:
        match end.result:
            case Result.SETTLED:
                await settled.finished(
                    self._t, self._attempt, end.facts, self._visit.who, self._visit.selected()
                )
                return True
            case Result.HANDED_OVER:
                await settled.being_checked(self._t, self._attempt, self._visit.who.masked)
                return True
            case Result.NOT_SETTLED:
                if not end.code:
                    return False
                return await self._not_settled(end)

    async def _not_settled(self, end: Ended) -> bool:
        if end.phrase == "M3":
            paid_fen = end.facts.payment.amount_fen if end.facts.payment else 0
            await self._t.tell(given_back(end.code), stop=4, returned_fen=paid_fen, dock=AFTER_MONEY)
        else:
            await self._t.tell(why(end.code), stop=4, dock=AFTER_MONEY)
        return True

    async def _not_now(self, code: str) -> bool:
        """Told before anything moved; the tidying up goes on without the patient."""
        if not code:
            return False
        await self._t.tell(why(code), stop=3)
        return True
