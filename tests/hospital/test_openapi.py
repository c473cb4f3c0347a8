"""The document is sound, complete, and what the sandbox and the client really speak."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from kiosk.domain.attempt import new_attempt_id, new_refund_id
from kiosk.domain.bill import ConsentDue, Gate
from kiosk.domain.outcome import Done
from kiosk.hospital.client import HospitalClient
from kiosk.hospital.conformance import run_conformance
from kiosk.hospital.ledger import ledger_sha256
from kiosk.hospital.port import (
    ConsentDecision,
    InsuranceResult,
    InsuranceReversal,
    LedgerEntry,
    Tender,
    TenderKind,
)
from kiosk.sandbox.his import HisStore, his_app, make_bill
from kiosk.sandbox.his._problems import CODES

DOCUMENT: dict[str, Any] = yaml.safe_load(
    resources.files("kiosk.hospital").joinpath("openapi.yaml").read_text("utf-8")
)

DAY = dt.datetime(2026, 10, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))

OPERATIONS = {
    "capabilities", "health", "resolve", "bills", "bill", "lease", "renew", "release", "begin", "commit",
    "cancel", "attempt", "reverse", "refundsDue", "refundBegin", "refundCommit", "refundCancel", "refund",
    "consentsDue", "consent", "invoice", "ledger", "ledgerClose", "changes",
}  # fmt: skip
"""Operations 1 to 3, 5 to 15, 27, 28, 33 and 34."""


def described() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def operation_for(method: str, path: str) -> dict[str, Any] | None:
    """The operation of a concrete path; the one with the fewest placeholders that fits."""
    fitting = []
    for known, template, operation in described():
        pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/:]+", re.escape(template))
        if known == method and re.fullmatch(pattern, path):
            fitting.append((template.count("{"), operation))
    return min(fitting, key=lambda fit: fit[0])[1] if fitting else None


def check(value: Any, schema: dict[str, Any]) -> str:
    """Why `value` is not of `schema`; empty when it is."""
    whole = {**schema, "components": DOCUMENT["components"]}
    found = jsonschema.Draft202012Validator(
        whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).iter_errors(value)
    return "; ".join(f"{error.json_path}: {error.message[:120]}" for error in found)


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@dataclass
class Spoken:
    """Every exchange held against the document."""

    store: HisStore
    wrong: list[str] = field(default_factory=list)
    operations: set[str] = field(default_factory=set)
    statuses: set[int] = field(default_factory=set)

    def middleware(self) -> Any:
        @web.middleware
        async def hold(request: web.Request, handler: Handler) -> web.StreamResponse:
            answer = await handler(request)
            if isinstance(answer, web.Response) and answer.body:
                await self.note(request, answer)
            return answer

        return hold

    async def note(self, request: web.Request, answer: web.Response) -> None:
        operation = operation_for(request.method, request.path.removeprefix("/ki/v1"))
        name = f"{request.method} {request.path}"
        if operation is None:
            self.wrong.append(f"{name} is not in the document")
            return
        self.operations.add(operation["operationId"])
        self.statuses.add(answer.status)
        sent = await request.read()
        if sent and answer.status == 200:
            asked = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            self.tell(name, "request", check(json.loads(sent), asked.get("schema", {"maxProperties": 0})))
        responses = operation["responses"]
        known = resolved(responses.get(str(answer.status)) or responses["default"])
        content = known["content"].get(answer.content_type)
        if content is None:
            self.wrong.append(f"{name}: {answer.status} as {answer.content_type}")
            return
        assert isinstance(answer.body, bytes)
        self.tell(name, str(answer.status), check(json.loads(answer.body), content["schema"]))

    def tell(self, name: str, what: str, why: str) -> None:
        if why:
            self.wrong.append(f"{name} {what}: {why}")


@pytest.fixture
async def spoken(tmp_path: Path) -> AsyncIterator[tuple[Spoken, str]]:
    store = HisStore(tmp_path / "his.db")
    held = Spoken(store=store)
    app = his_app(store)
    app.middlewares.insert(0, held.middleware())
    async with TestServer(app, host="127.0.0.1") as server:
        yield held, str(server.make_url("/")).rstrip("/")
    store.close()


def test_every_operation_of_the_first_version_is_described_once() -> None:
    named = [operation["operationId"] for _, path, operation in described() if not path.startswith("/test/")]
    assert sorted(named) == sorted(OPERATIONS)


def test_every_change_asks_for_its_key_and_its_deadline() -> None:
    for _method, path, operation in described():
        changes = operation["operationId"] in {
            "lease", "renew", "release", "begin", "commit", "cancel", "reverse",
            "refundBegin", "refundCommit", "refundCancel", "consent",
        }  # fmt: skip
        asked = {resolved(one)["name"] for one in operation.get("parameters", [])}
        assert ({"Idempotency-Key", "X-Deadline"} <= asked) == changes, path


def test_every_reference_of_the_document_leads_somewhere() -> None:
    def walk(node: Any) -> int:
        if isinstance(node, dict):
            if "$ref" in node:
                assert resolved(node)
                return 1
            return sum(walk(child) for child in node.values())
        return sum(walk(child) for child in node) if isinstance(node, list) else 0

    assert walk(DOCUMENT) > 100


def test_every_schema_is_a_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_sandbox_refuses_with_codes_of_the_closed_list_alone() -> None:
    assert set(CODES) <= set(DOCUMENT["components"]["schemas"]["Code"]["enum"])
    assert all(len(kind.zh) <= 40 for kind in CODES.values())


async def test_all_that_the_client_says_is_as_the_document_has_it(
    spoken: tuple[Spoken, str], insured_settlement: InsuranceResult
) -> None:
    held, url = spoken
    store = held.store
    store.add_patient("P-1", "陈一一", psn_no="990000000001", cert_no="990100199001010015")
    bill = make_bill("B-1", "P-1", [("阿莫西林胶囊", "2", "43.20")], created_at=DAY)
    due = ConsentDue("C-1", "v1", ("B-1-1",), 8640)
    ref = store.add_bill(dataclasses.replace(bill, gates=(Gate("GT-04", "all"),), consents_due=(due,)))
    ref = store.change_bill("B-1", gates=())
    attempt, refund, split = new_attempt_id(), new_refund_id(), insured_settlement.split
    async with HospitalClient(url, "s01/kiosk-a01") as client:
        await client.capabilities()
        await client.health()
        await client.resolve(psn_no="990000000001", insured_place="990100")
        await client.open_bills("P-1")
        await client.bill("B-1")
        lease = (await client.lease(new_attempt_id(), (ref,), 60, "S-1")).value
        await client.renew(new_attempt_id(), lease.lease_id, lease.fencing_token)
        await client.consent(new_attempt_id(), "VB-1", ConsentDecision("C-1", "v1", ("B-1-1",), "agree"))
        await client.begin(attempt, lease, (ref,), True, split)
        tenders = (
            Tender(TenderKind.FUND, 5400),
            Tender(TenderKind.ACCOUNT, 1800),
            Tender(TenderKind.WECHAT, 1440, attempt),
        )
        assert isinstance(await client.commit(attempt, insured_settlement, tenders), Done)
        await client.attempt(attempt)
        await client.cancel(attempt, "recovery")
        await client.invoice(attempt)
        await client.release(new_attempt_id(), lease.lease_id, lease.fencing_token)
        store.declare_refund_due(attempt, "药品退回")
        (owed,) = (await client.refunds_due("P-1")).value
        await client.refund_begin(refund, owed)
        await client.refund_commit(refund, InsuranceReversal("2208", "S990001"), owed.tenders)
        assert isinstance(await client.refund_cancel(refund, "recovery"), Done)
        await client.invoice(attempt)
        await client.ledger(store.close_day())
    assert held.wrong == []
    assert held.operations >= OPERATIONS - {"reverse", "refund", "changes", "consentsDue", "ledgerClose"}
    assert held.statuses == {200}


async def test_all_that_the_sandbox_says_is_as_the_document_has_it(spoken: tuple[Spoken, str]) -> None:
    held, url = spoken
    report = await run_conformance(url)
    assert report.failed == 0, report.text()
    assert held.wrong == []
    assert held.operations >= OPERATIONS - {"health", "consent", "consentsDue", "resolve"}
    assert {200, 400, 404, 409, 412, 422} <= held.statuses


def test_the_example_of_the_ledger_hash_is_what_the_code_computes() -> None:
    text = DOCUMENT["paths"]["/ledger/{date}/close"]["get"]["description"]
    entry = LedgerEntry(
        number=1,
        attempt_id="0123456789abcdef0123456789",
        kind="settle",
        at="2026-10-20T09:00:00.000+08:00",
        total_fen=8640,
        tenders=(
            Tender(TenderKind.FUND, 5400),
            Tender(TenderKind.WECHAT, 3240, "0123456789abcdef0123456789"),
        ),
        setl_id="S1",
        receipt_no="R1",
    )
    assert ledger_sha256([entry]) in text


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("Fen", 1.5),
        ("Fen", 10**14),
        ("UnitPrice", "1.0000001"),
        ("Attempt", {"attempt_id": "a" * 26, "state": "committed"}),
        ("Problem", {"type": "x", "status": 409, "code": "SOMETHING", "effect": "none", "retry": "never"}),
    ],
)
def test_the_document_would_notice_a_wrong_value(schema: str, value: object) -> None:
    assert check(value, {"$ref": f"#/components/schemas/{schema}"})
