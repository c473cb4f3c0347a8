"""One attempt as a test looks at it, and what a patient brings to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from settlement_hospital import PHONE_KINDS

from kiosk.domain.attempt import AttemptId, new_refund_id
from kiosk.domain.bill import Bill
from kiosk.domain.person import Credential, CredentialKind
from kiosk.hospital.port import RefundDue, TenderKind
from kiosk.insurance.port import Case
from kiosk.sandbox.persons import BY_ID
from kiosk.settlement.events import Confirmed
from kiosk.settlement.runner import Attempt
from kiosk.settlement.state import AnyState, Offered, Paying, RefundPlan

PATIENCE_S = 20.0
"""No attempt here takes longer; a test that waits so long has found something that hangs."""


@dataclass
class Visit:
    """One attempt as a test looks at it."""

    attempt: Attempt
    task: asyncio.Task[AnyState]
    bills: tuple[Bill, ...]

    @property
    def name(self) -> AttemptId:
        """The attempt's id."""
        return AttemptId(self.attempt.name)

    @property
    def told(self) -> list[str]:
        """The money phrases, oldest first."""
        return [tell.phrase for tell in self.attempt.told]

    async def end(self) -> Any:
        """The last state."""
        return await asyncio.wait_for(self.task, PATIENCE_S)

    async def until(self, reached: Callable[[Attempt], bool]) -> None:
        """Wait until the attempt is as asked."""
        await until_changed(self.attempt, reached)


async def until_changed(attempt: Attempt, reached: Callable[[Attempt], bool]) -> None:
    """Wait for an attempt's next steps until one is as asked."""
    moved = asyncio.Event()
    before = attempt.on_change

    def changed(now: Attempt) -> None:
        before(now)
        moved.set()

    attempt.on_change = changed
    async with asyncio.timeout(PATIENCE_S):
        while not reached(attempt):
            moved.clear()
            await moved.wait()


def confirm_offer(attempt: Attempt) -> None:
    """A patient who agrees to what is shown, once."""
    if isinstance(attempt.state, Offered) and not attempt.state.held_s:
        attempt.tell(Confirmed())


def showing(code: str) -> Callable[[Attempt], None]:
    """A patient who agrees, and shows the code on their phone where ours could be scanned."""

    def on_change(attempt: Attempt) -> None:
        confirm_offer(attempt)
        if isinstance(attempt.state, Paying):
            attempt.show_code(code)

    return on_change


def undo_plan(due: RefundDue, case: Case | None) -> RefundPlan:
    """The plan of a whole undo."""

    def fen(*kinds: TenderKind) -> int:
        return sum(tender.amount_fen for tender in due.tenders if tender.kind in kinds)

    return RefundPlan(
        refund=new_refund_id(),
        refund_due_id=due.refund_due_id,
        version=due.version,
        attempt=due.attempt_id,
        total_fen=sum(tender.amount_fen for tender in due.tenders),
        fund_fen=fen(TenderKind.FUND),
        account_fen=fen(TenderKind.ACCOUNT, TenderKind.FAMILY),
        cash_fen=fen(*PHONE_KINDS),
        tenders=due.tenders,
        setl_id=due.setl_id,
        case=replace(case, mdtrt_id=due.mdtrt_id) if case else None,
    )


def credential_of(person_id: str) -> Credential:
    """What a person's card says."""
    person = BY_ID[person_id]
    assert person.card is not None, f"{person_id} has no card"
    return Credential(
        CredentialKind.CARD,
        person.card.card_no,
        card_sn=person.card.card_id,
        name=person.name,
        cert_no=person.cert_no,
    )
