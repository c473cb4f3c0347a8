"""One handler per operation: read the body, run the operation, answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from aiohttp import web

from kiosk.sandbox.his import _bills, _changes, _consents, _leases, _ledger, _refunds, _settlements
from kiosk.sandbox.his import _requests as body
from kiosk.sandbox.his._books import Books
from kiosk.sandbox.his._headers import PAGE_MAX, STORE, keyed_of, limit_of, terminal_of
from kiosk.sandbox.his._problems import Problem

API_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class HisLimits:
    """What the hospital declares in its capabilities."""

    lease_ttl_max_s: int = 180
    answer_delay_max_s: int = 60
    inquiry_months: int = 24
    receipt_months: int = 24


LIMITS = web.AppKey("limits", HisLimits)
CODE = web.AppKey("fixmedins_code", str)
SIGNAL = web.AppKey("signal", _changes.Signal)


def _answer(request: web.Request, act: Callable[[Books], dict[str, Any]]) -> web.Response:
    """A read: nothing is stored."""
    return web.json_response(request.app[STORE].perform(terminal_of(request), act).body)


async def _change(
    request: web.Request,
    operation: str,
    act: Callable[[Books], dict[str, Any]],
    own_key: str = "",
) -> web.Response:
    """A change: done once under its key, told again when asked again."""
    keyed = await keyed_of(request, operation, own_key)
    done = request.app[STORE].perform(terminal_of(request), act, keyed)
    headers = {"Idempotent-Replayed": "true"} if done.replayed else {}
    return web.json_response(done.body, headers=headers)


async def openapi(request: web.Request) -> web.Response:
    document = resources.files("kiosk.hospital").joinpath("openapi.yaml").read_bytes()
    return web.Response(body=document, content_type="application/yaml")


async def capabilities(request: web.Request) -> web.Response:
    limits, store = request.app[LIMITS], request.app[STORE]
    features = ["bills", "settlements", "reverse", "refunds", "consents", "invoices", "ledger", "changes"]
    if "test_bills" in request.app.router.named_resources():
        features += ["test_faults", "test_resources"]
    return web.json_response(
        {
            "api_version": API_VERSION,
            "fixmedins_code": request.app[CODE],
            "features": features,
            "limits": {
                "lease_ttl_s_max": limits.lease_ttl_max_s,
                "answer_delay_max_s": limits.answer_delay_max_s,
                "page_max": PAGE_MAX,
                "inquiry_months": limits.inquiry_months,
                "receipt_months": limits.receipt_months,
            },
            "time_zone": store.zone.key,
            "last_hop": "keyed",
            "keys": [],
        }
    )


async def health(request: web.Request) -> web.Response:
    store = request.app[STORE]
    return web.json_response({"state": store.health, "since": store.health_since, "planned": []})


async def resolve(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.ResolveBody)
    return _answer(request, lambda books: _bills.resolve(books, asked))


async def bills(request: web.Request) -> web.Response:
    patient, query, limit = request.match_info["patient_id"], request.query, limit_of(request)
    state, kind, cursor = query.get("state", "open"), query.get("kind", ""), query.get("cursor", "")

    def act(books: Books) -> dict[str, Any]:
        rows = _bills.bills_of(books, patient, state, kind)
        return _bills.page(books, f"bills {patient} {state} {kind}", rows, cursor, limit, "bills")

    return _answer(request, act)


async def bill(request: web.Request) -> web.Response:
    name = request.match_info["bill_id"]
    done = request.app[STORE].perform(
        terminal_of(request), lambda books: _bills.bill_view(books, _bills.the_bill(books, name), lines=True)
    )
    return web.json_response(done.body, headers={"ETag": f'"{done.body["bill_version"]}"'})


async def lease(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.LeaseBody)
    most = request.app[LIMITS].lease_ttl_max_s
    return await _change(request, "lease", lambda books: _leases.lease(books, asked, most))


async def renew(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.RenewBody)
    name = request.match_info["lease_id"]
    return await _change(request, "renew", lambda books: _leases.renew(books, name, asked))


async def release(request: web.Request) -> web.Response:
    name, token = request.match_info["lease_id"], request.query.get("fencing_token", "")
    if not token.isdecimal():
        raise Problem("BAD_REQUEST", "fencing_token is missing")
    return await _change(request, "release", lambda books: _leases.release(books, name, int(token)))


async def begin(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.BeginBody)
    name = request.match_info["attempt_id"]
    return await _change(request, "begin", lambda books: _settlements.begin(books, name, asked), name)


async def commit(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.CommitBody)
    name = request.match_info["attempt_id"]
    return await _change(request, "commit", lambda books: _settlements.commit(books, name, asked), name)


async def cancel(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.CancelBody)
    name = request.match_info["attempt_id"]
    return await _change(request, "cancel", lambda books: _settlements.cancel(books, name, asked), name)


async def attempt(request: web.Request) -> web.Response:
    name = request.match_info["attempt_id"]
    return _answer(request, lambda books: _settlements.show(books, name))


async def reverse(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.ReverseBody)
    name = request.match_info["attempt_id"]
    return await _change(
        request, "reverse", lambda books: _settlements.reverse(books, name, asked), asked.reverse_id
    )


async def refunds_due(request: web.Request) -> web.Response:
    name = request.match_info["patient_id"]
    return _answer(request, lambda books: {"refunds": _refunds.refunds_due(books, name)})


async def refund_begin(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.RefundBeginBody)
    expected = request.headers.get("If-Match")
    if expected is not None and expected != f'"{asked.version}"':
        raise Problem("BAD_REQUEST", "If-Match and version differ")
    name = request.match_info["refund_id"]
    return await _change(request, "refund_begin", lambda books: _refunds.begin(books, name, asked), name)


async def refund_commit(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.RefundCommitBody)
    name = request.match_info["refund_id"]
    return await _change(request, "refund_commit", lambda books: _refunds.commit(books, name, asked), name)


async def refund_cancel(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.CancelBody)
    name = request.match_info["refund_id"]
    return await _change(request, "refund_cancel", lambda books: _refunds.cancel(books, name, asked), name)


async def refund(request: web.Request) -> web.Response:
    name = request.match_info["refund_id"]
    return _answer(request, lambda books: _refunds.show(books, name))


async def consents_due(request: web.Request) -> web.Response:
    visit = request.match_info["visit_no"]
    return _answer(request, lambda books: _consents.consents_due(books, visit))


async def consent(request: web.Request) -> web.Response:
    asked = body.body_of(await request.read(), body.ConsentBody)
    return await _change(request, "consent", lambda books: _consents.consent(books, asked))


async def invoice(request: web.Request) -> web.Response:
    name = request.match_info["attempt_id"]
    return _answer(request, lambda books: _consents.invoice(books, name))


async def ledger(request: web.Request) -> web.Response:
    day, cursor, limit = request.query.get("date", ""), request.query.get("cursor", ""), limit_of(request)
    return _answer(
        request,
        lambda books: _bills.page(
            books, f"ledger {day}", _ledger.entries(books, day), cursor, limit, "entries"
        ),
    )


async def ledger_close(request: web.Request) -> web.Response:
    day = request.match_info["date"]
    return _answer(request, lambda books: _ledger.close(books, day))


async def changes(request: web.Request) -> web.Response:
    cursor, wait_s = request.query.get("cursor", ""), request.query.get("wait_s", "0")
    terminal_of(request)
    return web.json_response(await _changes.wait(request.app[STORE], request.app[SIGNAL], cursor, wait_s))


_ATTEMPT = "/settlements/{attempt_id:[0-9A-Za-z-]{26,36}}"
_REFUND = "/refunds/{refund_id:[0-9A-Za-z-]{26,36}}"
_LEASE = "/leases/{lease_id:[0-9A-Za-z-]{1,64}}"

ROUTES = (
    ("GET", "/openapi.yaml", openapi),
    ("GET", "/capabilities", capabilities),
    ("GET", "/health", health),
    ("POST", "/patients:resolve", resolve),
    ("GET", "/patients/{patient_id}/bills", bills),
    ("GET", "/bills/{bill_id}", bill),
    ("POST", "/leases", lease),
    ("POST", _LEASE + ":renew", renew),
    ("DELETE", _LEASE, release),
    ("PUT", _ATTEMPT, begin),
    ("POST", _ATTEMPT + ":commit", commit),
    ("POST", _ATTEMPT + ":cancel", cancel),
    ("GET", _ATTEMPT, attempt),
    ("POST", _ATTEMPT + ":reverse", reverse),
    ("GET", "/patients/{patient_id}/refunds-due", refunds_due),
    ("PUT", _REFUND, refund_begin),
    ("POST", _REFUND + ":commit", refund_commit),
    ("POST", _REFUND + ":cancel", refund_cancel),
    ("GET", _REFUND, refund),
    ("GET", "/visits/{visit_no}/consents-due", consents_due),
    ("POST", "/consents", consent),
    ("GET", _ATTEMPT + "/invoice", invoice),
    ("GET", "/ledger", ledger),
    ("GET", "/ledger/{date}/close", ledger_close),
    ("GET", "/changes", changes),
)
"""Operations 1 to 3, 5 to 15, 27, 28, 33 and 34; a handler's name is the operation's name for faults."""
