"""Settle bills: choose, see who pays what and why, agree, pay, be told.

The journey only shows and asks. Money moves in an `Attempt`, which goes on to its
end whether or not anybody still looks.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.attempt import new_attempt_id, new_refund_id
from kiosk.domain.bill import BillRef
from kiosk.domain.messages import Message, given_back
from kiosk.journal import JournalFull
from kiosk.journeys import settled, shown_code
from kiosk.journeys.bills import ChosenBills, choose, open_bills, show_bills
from kiosk.journeys.consent import ask_consent
from kiosk.journeys.desk import Leave, Moved
from kiosk.journeys.explain import who_pays, why_line
from kiosk.journeys.identify import OUTPATIENT, Identified
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import AFTER_MONEY, MONEY_MOVES, Terminal, why
from kiosk.journeys.views import Settling, WhoPays
from kiosk.settlement import runner
from kiosk.settlement.calls import Live
from kiosk.settlement.events import Confirmed, Declined
from kiosk.settlement.runner import Attempt
from kiosk.settlement.state import (
    AnyState,
    Approving,
    Beginning,
    Charging,
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


async def settle_bills(t: Terminal, who: Identified) -> None:
    """From the open bills to the receipt. Raises Leave."""
    visit = ChosenBills(who, await open_bills(t, who))
    visit.choose_first_visit()
    while True:
        await choose(t, visit)
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


def _start(t: Terminal, visit: ChosenBills) -> Attempt:
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

    def __init__(self, t: Terminal, visit: ChosenBills, attempt: Attempt) -> None:
        self._t = t
        self._visit = visit
        self._attempt = attempt

    async def to_the_end(self) -> bool:
        """True when the visit is over, False when the patient wants to choose again. Raises Leave."""
        attempt = self._attempt
        try:
            while True:
                state = attempt.state
                assert not isinstance(state, Refunding), "a settlement is no undo"
                match state:
                    case Offered() if not attempt.stopped:
                        await self._offer(state)
                    case Paying() if not attempt.stopped:
                        await shown_code.pay(self._t, attempt, state)
                    case Charging() | Approving() if not attempt.stopped:
                        await shown_code.by_code(self._t, attempt, state)
                    case Ended():
                        return await self._ended(state)
                    case _ if attempt.stopped and not settled.is_unknown(attempt):
                        return await self._not_now("JR-01")
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
            case Unwinding(facts=facts) if facts.charged and facts.payment is None:
                shown_code.show_ending(self._t, facts)
            case Unwinding(facts=facts) if facts.split is not None and facts.payment is not None:
                self._show_settling(facts, 1)
            case _:
                show_bills(self._t, self._visit, busy=True)

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

    async def _offer(self, state: Offered) -> None:
        """07 and 08, until the patient decides or the attempt moves on without them; 09 where it is due."""
        facts = state.facts
        view = self._show_offer(facts)
        match await self._t.desk.next():
            case Intent(name="pay"):
                refusal = await ask_consent(self._t, self._attempt.name, self._visit.selected())
                self._attempt.tell(Declined(refusal) if refusal else Confirmed())
                await self._until_moved(state)
            case Intent(name="later"):
                self._attempt.tell(Declined())
                await self._until_moved(state)
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

    async def _until_moved(self, decided_on: AnyState) -> None:
        """A decision was made: wait until the attempt has taken it in, or went on without it."""
        while self._attempt.state is decided_on and not self._attempt.stopped:
            await self._t.desk.next(idle=False)

    async def _ended(self, end: Ended) -> bool:
        match end.result:
            case Result.SETTLED:
                await settled.finished(
                    self._t, self._attempt, end.facts, self._visit.who, self._visit.selected()
                )
                return True
            case Result.HANDED_OVER if end.phrase == "M3":
                return await self._not_settled(end)
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
