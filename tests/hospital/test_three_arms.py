"""What the wire proves: a raw server that cuts, stalls and talks nonsense in front of the real client."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from kiosk.domain.attempt import new_attempt_id
from kiosk.domain.bill import BillRef
from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.domain.split import Split
from kiosk.hospital._transport import ClientLimits
from kiosk.hospital.client import HospitalClient
from kiosk.hospital.port import Begun, Lease

NOW = "2026-10-20T09:00:00.000+08:00"
CAPABILITIES = {
    "api_version": "1.0",
    "fixmedins_code": "H99010000001",
    "features": ["bills"],
    "limits": {"lease_ttl_s_max": 180, "answer_delay_max_s": 45},
    "time_zone": "Asia/Shanghai",
}
LIMITS = ClientLimits(connect_s=0.5, read_s=0.5, change_s=0.5, page_s=0.5, answer_max_bytes=20_000)
BILL = BillRef("B-1", 1, 100)


def http(status: int, body: bytes, *extra: str, announced: int | None = None) -> bytes:
    """One answer on the wire; `announced` lies about its length."""
    length = len(body) if announced is None else announced
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {length}", f"X-Server-Time: {NOW}", *extra]
    return "\r\n".join([*head, "", ""]).encode() + body


def problem(status: int, code: str, effect: str, **more: object) -> bytes:
    body = {"type": "x", "status": status, "code": code, "effect": effect, "retry": "never", **more}
    return http(status, json.dumps(body).encode(), "Content-Type: application/problem+json")


@dataclass
class RawServer:
    """Answers capabilities as it should, and everything else with the very bytes it was told."""

    url: str = ""
    bytes_back: bytes = b""
    stall: bool = False
    seen: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(
                    (
                        int(row.split(":")[1])
                        for row in head.split("\r\n")
                        if row.lower().startswith("content-l")
                    ),
                    0,
                )
                await reader.readexactly(length)
                if " /ki/v1/capabilities " in head:
                    writer.write(http(200, json.dumps(CAPABILITIES).encode()))
                    await writer.drain()
                    continue
                self.seen.append(head.split(" HTTP")[0])
                self.heads.append(head)
                if self.stall:
                    await reader.read()  # until the client goes away
                writer.write(self.bytes_back)
                await writer.drain()
                writer.close()
                return
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def raw() -> AsyncIterator[RawServer]:
    made = RawServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


async def begin(raw: RawServer) -> object:
    async with HospitalClient(raw.url, "s01/kiosk-a01", limits=LIMITS) as client:
        split = Split.self_paid(100)
        return await client.begin(new_attempt_id(), Lease("L-1", 1, 60), (BILL,), False, split)


async def read_bill(raw: RawServer) -> object:
    async with HospitalClient(raw.url, "s01/kiosk-a01", limits=LIMITS) as client:
        return await client.bill("B-1")


BEGUN = json.dumps({"state": "begun", "attempt_id": "x", "new_field": [1, 2]}).encode()

UNPROVEN = {
    "nothing at all": b"",
    "half an answer": http(200, BEGUN[:10], announced=len(BEGUN)),
    "a head without its end": b"HTTP/1.1 200 OK\r\nContent-Le",
    "no HTTP": b"220 smtp.example ESMTP\r\n",
    "an empty 200": http(200, b""),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "accepted, not done": http(202, BEGUN),
    "a page in place of JSON": http(200, b"<html>please log in</html>"),
    "JSON of another kind": http(200, b'{"ok": true}'),
    "brackets without end": http(200, b"[" * 15_000),
    "an answer too large": http(200, b'{"state":"begun","x":"' + b"y" * 30_000 + b'"}'),
    "another state than asked for": http(200, b'{"state":"committed"}'),
    "a redirect": http(302, b"", "Location: /elsewhere"),
    "a server error": http(500, b"oops"),
    "a server error with a body": problem(500, "INTERNAL", "none"),
    "a gateway that talks like the hospital": problem(502, "MAINTENANCE", "none"),
    "an answer too large in chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"7530\r\n"
    + b'{"state":"begun","x":"'
    + b"y" * 29_976
    + b'"}\r\n0\r\n\r\n',
    "a bad gateway": http(502, b"<html>"),
    "an empty 503": http(503, b""),
    "a 404 of some proxy": http(404, b"<html>not here</html>"),
    "an empty 409": http(409, b""),
    "a 409 in progress": problem(409, "IN_PROGRESS", "none"),
    "a refusal after the effect": problem(422, "IDEMPOTENCY_MISMATCH", "done"),
    "a refusal that does not know": problem(409, "BILL_CHANGED", "unknown"),
    "a refusal without effect named": http(409, b'{"code": "BILL_CHANGED", "status": 409}'),
    "a refusal about another answer": http(409, b'{"code":"BILL_CHANGED","effect":"none","status":503}'),
}


@pytest.mark.parametrize("wire", UNPROVEN.values(), ids=UNPROVEN.keys())
async def test_what_proves_nothing_is_unknown_for_a_change(raw: RawServer, wire: bytes) -> None:
    raw.bytes_back = wire
    outcome = await begin(raw)
    assert isinstance(outcome, Unknown), outcome
    assert outcome.ask_after_s == 45
    assert outcome.why


async def test_a_stalled_change_is_unknown_and_was_sent_once(raw: RawServer) -> None:
    raw.stall = True
    outcome = await begin(raw)
    assert isinstance(outcome, Unknown)
    assert outcome.why == "timeout"
    assert len(raw.seen) == 1


async def test_a_broken_connection_does_not_send_the_change_again(raw: RawServer) -> None:
    raw.bytes_back = b""
    assert isinstance(await begin(raw), Unknown)
    assert len(raw.seen) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422, 429, 503])
async def test_a_valid_problem_without_effect_is_refused_with_its_code(raw: RawServer, status: int) -> None:
    raw.bytes_back = problem(status, "BILL_CHANGED", "none", detail_en="version 3", detail_zh="有变动")
    assert await begin(raw) == Refused("BILL_CHANGED", "version 3")


async def test_a_good_answer_is_done_whatever_else_it_says(raw: RawServer) -> None:
    raw.bytes_back = http(201, BEGUN)
    assert await begin(raw) == Done(Begun())


async def test_a_refused_connection_is_unknown() -> None:
    with socket.socket() as nobody:  # bound and not listening: the port is surely closed
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        outcome = await begin(RawServer(url))
    assert isinstance(outcome, Unknown)
    assert outcome.why.startswith("not sent")


async def test_a_change_carries_its_key_and_a_deadline_on_the_hospitals_clock(raw: RawServer) -> None:
    raw.bytes_back = http(200, BEGUN)
    await begin(raw)
    headers = dict(row.split(": ", 1) for row in raw.heads[0].split("\r\n")[1:] if row)
    assert len(headers["Idempotency-Key"]) == 26
    assert headers["Idempotency-Key"] in raw.seen[0]
    assert headers["X-Terminal"] == "s01/kiosk-a01"
    late = dt.datetime.fromisoformat(headers["X-Deadline"]) - dt.datetime.fromisoformat(NOW)
    assert LIMITS.change_s <= late.total_seconds() < LIMITS.change_s + 5
    assert len(headers["X-Request-Id"]) == 16


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bill: bill.pop("total_fen"),
        lambda bill: bill.update(total_fen=1.5),
        lambda bill: bill.update(total_fen=10**14),
        lambda bill: bill.update(created_at="yesterday"),
        lambda bill: bill["lines"][0].update(quantity="1e9"),
    ],
    ids=["missing", "fraction", "too large", "no date", "no decimal"],
)
async def test_a_read_of_another_shape_is_refused_because_nothing_can_have_changed(
    raw: RawServer, spoil: Callable[[dict[str, object]], object]
) -> None:
    bill = json.loads(A_BILL)
    spoil(bill)
    raw.bytes_back = http(200, json.dumps(bill).encode())
    outcome = await read_bill(raw)
    assert isinstance(outcome, Refused)
    assert outcome.code == "BAD_ANSWER"
    raw.bytes_back = http(200, A_BILL)
    assert isinstance(await read_bill(raw), Done)


async def test_an_attempt_of_another_shape_is_unknown_because_money_hangs_on_it(raw: RawServer) -> None:
    async with HospitalClient(raw.url, "s/t", limits=LIMITS) as client:
        for body in (b'{"state":"somehow"}', b'{"state":"committed"}', b"{}"):
            raw.bytes_back = http(200, body)
            assert isinstance(await client.attempt(new_attempt_id()), Unknown)


async def test_a_person_of_several_records_must_be_listed_as_several(raw: RawServer) -> None:
    raw.bytes_back = http(200, b'{"match":"one","patients":[]}')
    async with HospitalClient(raw.url, "s/t", limits=LIMITS) as client:
        outcome = await client.resolve(psn_no="1", insured_place="990100")
    assert isinstance(outcome, Refused)
    assert outcome.code == "BAD_ANSWER"


A_BILL = json.dumps(
    {
        "bill_id": "B-1",
        "bill_version": 1,
        "kind": "outpatient",
        "state": "open",
        "patient_id": "P-1",
        "created_at": NOW,
        "total_fen": 100,
        "insurable": True,
        "visit": {
            "ipt_otp_no": "V-1",
            "med_type": "11",
            "begin_at": NOW,
            "dept_code": "03",
            "dept_name": "内科",
            "atddr_no": "D1",
            "dr_name": "某",
        },
        "lines": [
            {
                "line_id": "1",
                "at": NOW,
                "med_list_codg": "",
                "medins_list_codg": "L1",
                "name": "检查费",
                "quantity": "1",
                "unit_price": "1.00",
                "amount_fen": 100,
            }
        ],
    }
).encode()
