"""A whole small hospital on loopback, with a client in front of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from kiosk.domain.attempt import AttemptId, new_attempt_id
from kiosk.domain.bill import BillRef
from kiosk.domain.outcome import Done
from kiosk.domain.split import Split
from kiosk.hospital.client import HospitalClient
from kiosk.hospital.port import InsuranceResult, Lease, Tender, TenderKind
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.his import HisStore, his_app, make_bill

DAY = dt.datetime(2026, 10, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@dataclass
class Clock:
    """The hospital's clock, moved by hand."""

    now: float = DAY.timestamp()

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


def insured_split(total_fen: int, fund_fen: int, account_fen: int) -> Split:
    """A split of class-A items: the person pays what fund and account leave."""
    person_fen = total_fen - fund_fen
    return Split(
        total_fen=total_fen,
        own_fen=0,
        over_limit_fen=0,
        pre_self_fen=0,
        in_scope_fen=total_fen,
        deductible_fen=0,
        pooled_fen=fund_fen,
        civil_fen=0,
        enterprise_fen=0,
        serious_fen=0,
        large_fen=0,
        aid_fen=0,
        other_fen=0,
        fund_fen=fund_fen,
        person_fen=person_fen,
        account_fen=account_fen,
        family_fen=0,
        cash_fen=person_fen - account_fen,
        hospital_fen=0,
        balance_fen=10_000,
        pooled_ratio=Decimal("0.70"),
    )


@dataclass
class Hospital:
    """Store, server, client, and the shortest way through a settlement."""

    store: HisStore
    client: HospitalClient
    clock: Clock
    faults: FaultPlan
    url: str
    keys: list[str] = field(default_factory=list)

    def add_bill(self, bill_id: str = "B-17", price: str = "86.40") -> BillRef:
        self.store.add_patient(
            "P-1", "陈一一", psn_no="990000000001", cert_no="990100199001010015", insured_place="990100"
        )
        items = [("阿莫西林胶囊", "1", price)]
        return self.store.add_bill(make_bill(bill_id, "P-1", items, created_at=DAY, title="内科处方"))

    async def lease(self, *bills: BillRef, ttl_s: int = 120) -> Lease:
        leased = await self.client.lease(new_attempt_id(), bills, ttl_s, "S-1")
        assert isinstance(leased, Done), leased
        return leased.value

    async def begin(self, *bills: BillRef, insured: bool = False) -> AttemptId:
        """Lease and begin; the attempt's id."""
        attempt = new_attempt_id()
        total_fen = sum(bill.total_fen for bill in bills)
        lease = await self.lease(*bills)
        begun = await self.client.begin(attempt, lease, bills, insured, Split.self_paid(total_fen))
        assert isinstance(begun, Done), begun
        return attempt

    async def settle(self, *bills: BillRef, insurance: InsuranceResult | None = None) -> AttemptId:
        """Lease, begin and commit; the attempt's id."""
        attempt = await self.begin(*bills, insured=insurance is not None)
        total_fen = sum(bill.total_fen for bill in bills)
        tenders = tenders_of(insurance.split if insurance else Split.self_paid(total_fen))
        committed = await self.client.commit(attempt, insurance, tenders)
        assert isinstance(committed, Done), committed
        return attempt


def tenders_of(split: Split) -> tuple[Tender, ...]:
    """The tenders of a split, the person's cash paid by phone."""
    parts = (
        Tender(TenderKind.FUND, split.fund_fen),
        Tender(TenderKind.ACCOUNT, split.account_fen),
        Tender(TenderKind.WECHAT, split.cash_fen, "o" * 26, "4200001", "2026-10-20T09:01:00+08:00"),
    )
    return tuple(tender for tender in parts if tender.amount_fen)


def insurance_of(split: Split) -> InsuranceResult:
    return InsuranceResult(
        infno="2207",
        msgid="H99010000001202610200901000001",
        setl_id="S990001",
        mdtrt_id="M990001",
        setl_time="2026-10-20 09:01:00",
        split=split,
        fund_includes_account=False,
        pre_settle_digest="0" * 64,
    )


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[Hospital]:
    clock, faults = Clock(), FaultPlan()
    store = HisStore(tmp_path / "his.db", clock=clock)
    async with TestServer(his_app(store, faults=faults), host="127.0.0.1") as server:
        url = str(server.make_url("/")).rstrip("/")
        async with HospitalClient(url, "s01/kiosk-a01") as client:
            yield Hospital(store, client, clock, faults, url)
    store.close()


@pytest.fixture
def insured_settlement() -> InsuranceResult:
    """86.40 in all: the fund 54.00, the account 18.00, cash 14.40."""
    return insurance_of(insured_split(8640, 5400, 1800))
