"""The hospital's books with a clock moved by hand, and requests in their plainest form."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from kiosk.domain.attempt import new_attempt_id
from kiosk.domain.bill import BillRef
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.his import HisStore, his_app, make_bill

DAY = dt.datetime(2026, 10, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@dataclass
class Clock:
    now: float = DAY.timestamp()

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class His:
    """The hospital and one way to talk to it."""

    store: HisStore
    clock: Clock
    faults: FaultPlan
    url: str
    session: aiohttp.ClientSession

    def add_bill(self, bill_id: str = "B-1", price: str = "86.40", visit_no: str = "") -> BillRef:
        self.store.add_patient("P-1", "陈一一", psn_no="990000000001", cert_no="990100199001010015")
        items = [("阿莫西林胶囊", "1", price)]
        return self.store.add_bill(make_bill(bill_id, "P-1", items, created_at=DAY, visit_no=visit_no))

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        terminal: str = "s01/a",
        **headers: str,
    ) -> tuple[int, dict[str, Any]]:
        sent = {"X-Terminal": terminal, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if key:
            deadline = dt.datetime.fromtimestamp(self.clock.now + 15, dt.UTC)
            sent |= {"Idempotency-Key": key, "X-Deadline": deadline.isoformat()}
        data = None if body is None else json.dumps(body)
        async with self.session.request(method, f"{self.url}/ki/v1{path}", data=data, headers=sent) as answer:
            return answer.status, await answer.json(content_type=None)

    async def lease(self, *bills: BillRef, terminal: str = "s01/a", ttl_s: int = 60) -> dict[str, Any]:
        body = {"bills": [{"id": b.bill_id, "version": b.version} for b in bills], "ttl_s": ttl_s}
        status, answer = await self.call("POST", "/leases", body, key=new_attempt_id(), terminal=terminal)
        assert status == 200, answer
        return answer

    async def begin(self, *bills: BillRef, **other: Any) -> str:
        lease, attempt = await self.lease(*bills), new_attempt_id()
        body = {
            "lease_id": lease["lease_id"],
            "fencing_token": lease["fencing_token"],
            "bills": [{"id": b.bill_id, "version": b.version} for b in bills],
            "total_fen": sum(b.total_fen for b in bills),
            "mode": "self_pay",
            **other,
        }
        status, answer = await self.call("PUT", f"/settlements/{attempt}", body, key=attempt)
        assert status == 200, answer
        return attempt

    async def commit(self, attempt: str, fen: int) -> tuple[int, dict[str, Any]]:
        tenders = [{"kind": "wechat", "amount_fen": fen, "out_trade_no": attempt}]
        body = {"tenders": tenders, "insurance": None}
        return await self.call("POST", f"/settlements/{attempt}:commit", body, key=attempt)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[HisStore]:
    made = HisStore(tmp_path / "his.db", clock=clock)
    yield made
    made.close()


@pytest.fixture
async def his(store: HisStore, clock: Clock) -> AsyncIterator[His]:
    faults = FaultPlan()
    async with (
        TestServer(his_app(store, faults=faults), host="127.0.0.1") as server,
        aiohttp.ClientSession() as session,
    ):
        yield His(store, clock, faults, str(server.make_url("/")).rstrip("/"), session)
