"""The gateway's resource for terminals (`kiosk.payment.client` describes it), and the page behind a code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias

import msgspec
from aiohttp import web

from kiosk.domain.money import MAX_FEN
from kiosk.sandbox.faults import FaultPlan, fault_middleware, problem_refusal
from kiosk.sandbox.wallet._books import StoredOrder, StoredRefund
from kiosk.sandbox.wallet._page import page
from kiosk.sandbox.wallet.store import WalletProblem, WalletStore

BODY_MAX_BYTES = 64 * 1024
PAGE_ROWS = 1_000
SUBJECT_CHARS_MAX = 127
AUTH_CODE_CHARS_MAX = 512
VALID_MAX_S = 7_200  # a channel's code lives two hours at most

Fen = Annotated[int, msgspec.Meta(ge=1, le=MAX_FEN)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_*|-]{6,36}$")]


class _Create(msgspec.Struct):
    amount_fen: Fen
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=SUBJECT_CHARS_MAX)]
    valid_s: Annotated[int, msgspec.Meta(ge=1, le=VALID_MAX_S)]


class _Charge(msgspec.Struct):
    amount_fen: Fen
    auth_code: Annotated[str, msgspec.Meta(min_length=1, max_length=AUTH_CODE_CHARS_MAX)]


class _Back(msgspec.Struct):
    out_trade_no: Name
    amount_fen: Fen


def wallet_app(store: WalletStore, faults: FaultPlan | None = None) -> web.Application:
    """The application.

    Operations for faults: create, charge_code, query, close, refund, refund_query, bill.
    """
    wallet = _Wallet(store)
    app = web.Application(
        middlewares=[fault_middleware(faults or FaultPlan(), _operation_of, problem_refusal)],
        client_max_size=BODY_MAX_BYTES,
    )
    for method, path, name, handler in (
        ("PUT", "/pay/v1/orders/{id}", "create", wallet.create),
        ("GET", "/pay/v1/orders/{id}", "query", wallet.query),
        ("POST", "/pay/v1/orders/{id}:charge", "charge_code", wallet.charge),
        ("POST", "/pay/v1/orders/{id}:close", "close", wallet.close),
        ("PUT", "/pay/v1/refunds/{id}", "refund", wallet.refund),
        ("GET", "/pay/v1/refunds/{id}", "refund_query", wallet.refund_query),
        ("GET", "/pay/v1/bill", "bill", wallet.bill),
    ):
        app.router.add_route(method, path, _answering(handler), name=name)
    app.router.add_get("/phone/{token}", wallet.show)
    app.router.add_post("/phone/{token}", wallet.touch)
    return app


async def _operation_of(request: web.Request) -> str | None:
    """The route's name; the phone's own page has none and meets no fault."""
    return request.match_info.route.name


_Handler: TypeAlias = Callable[[web.Request], Awaitable[dict[str, Any]]]


def _answering(handler: _Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(request))
        except WalletProblem as problem:
            return _problem(problem.status, problem.code, problem.effect, str(problem))
        except (msgspec.MsgspecError, ValueError) as error:
            return _problem(400, "BAD_REQUEST", "none", str(error))

    return answer


def _problem(status: int, code: str, effect: str, text: str) -> web.Response:
    body = {
        "type": "about:blank",
        "status": status,
        "code": code,
        "effect": effect,
        "retry": "never",
        "detail_en": text,
    }
    return web.json_response(body, status=status, content_type="application/problem+json")


class _Wallet:
    def __init__(self, store: WalletStore) -> None:
        self._store = store

    async def create(self, request: web.Request) -> dict[str, Any]:
        name = _key(request)
        wish = msgspec.json.decode(await request.read(), type=_Create)
        order = self._store.create(name, wish.amount_fen, wish.subject, wish.valid_s)
        return _order_body(order) | {"code_url": f"{request.url.origin()}/phone/{order.token}"}

    async def charge(self, request: web.Request) -> dict[str, Any]:
        name = _key(request)
        wish = msgspec.json.decode(await request.read(), type=_Charge)
        return _order_body(self._store.charge(name, wish.amount_fen, wish.auth_code))

    async def query(self, request: web.Request) -> dict[str, Any]:
        return _order_body(self._store.order(request.match_info["id"]))

    async def close(self, request: web.Request) -> dict[str, Any]:
        return _order_body(self._store.end(_key(request)))

    async def refund(self, request: web.Request) -> dict[str, Any]:
        name = _key(request)
        wish = msgspec.json.decode(await request.read(), type=_Back)
        return _refund_body(self._store.refund(name, wish.out_trade_no, wish.amount_fen))

    async def refund_query(self, request: web.Request) -> dict[str, Any]:
        return _refund_body(self._store.refund_of(request.match_info["id"]))

    async def bill(self, request: web.Request) -> dict[str, Any]:
        day = dt.date.fromisoformat(request.query.get("date", ""))
        first = int(request.query.get("cursor") or "0")
        rows = self._store.bill(day, first, PAGE_ROWS)
        following = str(first + PAGE_ROWS) if len(rows) == PAGE_ROWS else ""
        return {"date": day.isoformat(), "rows": rows, "next_cursor": following}

    async def show(self, request: web.Request) -> web.Response:
        return web.Response(text=page(self._behind(request)), content_type="text/html")

    async def touch(self, request: web.Request) -> web.Response:
        order = self._behind(request)
        form = await request.post()
        if order is not None:
            (self._store.approve if form.get("do") == "pay" else self._store.decline)(order.out_trade_no)
        raise web.HTTPSeeOther(request.path)  # so that loading the page again pays nothing again

    def _behind(self, request: web.Request) -> StoredOrder | None:
        return self._store.by_token(request.match_info["token"])


def _key(request: web.Request) -> str:
    """The id in the path, which a change repeats as its key."""
    name = msgspec.convert(request.match_info["id"], type=Name)
    if request.headers.get("Idempotency-Key") != name:
        raise ValueError("Idempotency-Key must be the id in the path")
    return name


def _order_body(order: StoredOrder) -> dict[str, Any]:
    return {
        "out_trade_no": order.out_trade_no,
        "state": order.state,
        "amount_fen": order.amount_fen,
        "channel": order.channel if order.paid_at else "",
        "channel_no": order.channel_no,
        "paid_at": order.paid_at,
    }


def _refund_body(refund: StoredRefund) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "out_trade_no": refund.out_trade_no,
        "state": refund.state,
        "amount_fen": refund.amount_fen,
        "channel_no": refund.channel_no,
    }
