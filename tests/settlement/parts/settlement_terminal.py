"""A terminal without a screen: the product's own journal, clients and runner."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from settlement_hospital import DELAY_S, SECRET, Hospital
from settlement_journal import attempts, journal_sums, untrue
from settlement_visit import PATIENCE_S, Visit, confirm_offer, credential_of, undo_plan

from kiosk.domain.attempt import new_attempt_id, new_refund_id
from kiosk.domain.bill import BillRef
from kiosk.domain.outcome import Done, Outcome
from kiosk.domain.person import Credential
from kiosk.hospital.client import HospitalClient
from kiosk.hospital.port import RefundDue
from kiosk.insurance import MsgidClock, load_profile
from kiosk.insurance import Terminal as Asker
from kiosk.insurance.client import InsuranceClient
from kiosk.insurance.port import Case
from kiosk.journal import Journal
from kiosk.payment.client import GatewayClient
from kiosk.sandbox.persons import BY_ID
from kiosk.settlement import runner
from kiosk.settlement.calls import Live, Ports
from kiosk.settlement.msgids import Msgids
from kiosk.settlement.policy import Policy
from kiosk.settlement.runner import Attempt, Bench
from kiosk.settlement.state import AnyState, Plan

QUICK = Policy(
    answer_delay_max_s=DELAY_S,
    repeat_pause_first_s=0.02,
    repeat_pause_max_s=0.1,
    staff_after_repeats=3,
    lease_ttl_s=120,
    pay_valid_s=30,
    poll_first_s=0.05,
    poll_later_s=0.05,
    charge_wait_s=30,
    charge_poll_s=0.05,
    reverse_after_s=0.05,
)


def _done(outcome: Outcome[Any]) -> Any:
    assert isinstance(outcome, Done), outcome
    return outcome.value


class Terminal:
    """A terminal without a screen. `restart` keeps nothing but the journal's folder."""

    def __init__(
        self,
        folder: Path,
        urls: dict[str, str],
        area: Path,
        *,
        seal: X25519PublicKey,
        policy: Policy = QUICK,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        number: int = 1,
    ) -> None:
        self.folder = folder
        self.profile = load_profile(area)
        self.number = number
        self._urls = urls
        self._seal = seal
        self._policy = policy
        self._now = now
        self.staff: list[tuple[str, str]] = []
        self.tasks: list[asyncio.Task[AnyState]] = []
        self._open()

    def _open(self) -> None:
        name = f"990100/K{self.number:02d}"
        institution = "H99020000001" if self.profile.area.admdvs == "990200" else "H99010000001"
        self.journal = Journal.open(
            self.folder / "journal.db", hospital_seal=self._seal, reserve_bytes=64 * 1024
        )
        block = (self.number * 10, self.number * 10 + 9)
        self.msgids = Msgids(self.journal, MsgidClock(institution, block, self.profile.area.zone), self._now)
        asker = Asker(
            institution, "示例医院", name[-3:], name[-3:], "测试机", "02:00:00:00:00:01", "127.0.0.1"
        )
        self.insurance = InsuranceClient(
            self.profile, asker, self._urls["agency"], spare_msgid=self._spare, gateway_secret=SECRET
        )
        self.his = HospitalClient(self._urls["his"], name)
        self.gateway = GatewayClient(self._urls["wallet"], name)
        ports = Ports(self.insurance, self.his, self.gateway, self.profile.money.fund_includes_account)
        self.bench = Bench(self.journal, ports, self.msgids, self._policy, self._call_staff)

    def _call_staff(self, attempt: str, code: str) -> None:
        self.staff.append((attempt, code))

    async def _spare(self) -> str:
        return self.msgids.take_for("9001")

    async def stop(self) -> None:
        """Power off: what is under way is cut, memory is gone."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()
        await self.insurance.close()
        await self.his.close()
        await self.gateway.close_connections()
        self.journal.close()

    async def restart(self) -> list[Attempt]:
        """Power off and on again, then recover: the attempts that were open."""
        await self.stop()
        self.power_on()
        return await self.recover()

    def power_on(self) -> None:
        """After `stop`: everything anew from the disk."""
        self._open()

    async def recover(self) -> list[Attempt]:
        """Sign in and take up what is open."""
        await self.sign_in()
        return self.take_up()

    def take_up(self) -> list[Attempt]:
        """Take up what is open."""
        going = runner.recover(self.bench)
        self.tasks += [task for _, task in going]
        return [attempt for attempt, _ in going]

    async def all_ended(self) -> list[AnyState]:
        """The last states of all attempts of this life."""
        async with asyncio.timeout(PATIENCE_S):
            return list(await asyncio.gather(*self.tasks))

    async def sign_in(self) -> None:
        """9001."""
        _done(await self.insurance.sign_in(self.msgids.take_for("9001")))

    async def case_of(self, person_id: str, credential: Credential) -> Case:
        """1101: how messages name the person."""
        person = _done(await self.insurance.person(self.msgids.take_for("1101"), credential))
        scheme = person.scheme()
        assert scheme is not None, f"{person_id} is not insured today"
        return Case(person.psn_no, scheme.insured_place, scheme.insutype)

    async def start(
        self,
        person_id: str,
        *bill_ids: str,
        insured: bool = True,
        on_change: Callable[[Attempt], None] = confirm_offer,
    ) -> Visit:
        """Begin to settle bills of a person who has put in their card."""
        found = tuple([_done(await self.his.bill(bill_id)) for bill_id in bill_ids])
        credential = credential_of(person_id)
        plan = Plan(
            attempt=new_attempt_id(),
            refund=new_refund_id(),
            bills=tuple(BillRef(bill.bill_id, bill.version, bill.total_fen) for bill in found),
            total_fen=sum(bill.total_fen for bill in found),
            insured=insured,
            case=await self.case_of(person_id, credential) if insured else None,
            ipt_otp_no=found[0].visit.ipt_otp_no,
        )
        live = Live(credential if insured else None, found, plan.attempt)
        attempt, task = runner.start(self.bench, plan, live=live, on_change=on_change)
        self.tasks.append(task)
        return Visit(attempt, task, found)

    async def undo(self, person_id: str, **kept: Any) -> Visit:
        """Begin the refund that the hospital has declared due to a person."""
        patient = BY_ID[person_id].patient_id
        return await self.undo_of(person_id, _done(await self.his.refunds_due(patient))[0], **kept)

    async def undo_of(self, person_id: str, due: RefundDue, **kept: Any) -> Visit:
        """Begin a refund that was seen before."""
        case = await self.case_of(person_id, credential_of(person_id)) if due.setl_id else None
        attempt, task = runner.start(self.bench, undo_plan(due, case), due=due, **kept)
        self.tasks.append(task)
        return Visit(attempt, task, ())

    # What the journal says

    def agrees_with(self, hospital: Hospital) -> bool:
        """Nothing is open, every phrase told was true, and all books say the same to the cent."""
        path = self.folder / "journal.db"
        assert self.journal.open_settlements() == ()
        for entries in attempts(path).values():
            assert untrue(entries) == []
        assert journal_sums(path) == hospital.sums()
        return True

    def told(self, attempt: str) -> list[str]:
        """Every money phrase that the journal says the patient was told, oldest first."""
        entries = self.journal.entries(settlement=attempt)
        return [phrase for entry in entries for phrase, _ in entry.data.get("told", ())]

    def kinds(self, attempt: str) -> list[str]:
        """The kinds of an attempt's entries."""
        return [entry.kind for entry in self.journal.entries(settlement=attempt)]


@asynccontextmanager
async def open_terminal(
    hospital: Hospital, seal: X25519PublicKey, *, policy: Policy = QUICK, number: int = 1
) -> AsyncIterator[Terminal]:
    """A terminal at `hospital`, signed in."""
    folder = hospital.folder.with_name(f"terminal{number}")
    made = Terminal(folder, hospital.urls, hospital.area, seal=seal, policy=policy, number=number)
    await made.sign_in()
    yield made
    await made.stop()
