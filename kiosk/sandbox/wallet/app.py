"""The gateway's resource for terminals, and the page that a person opens with a phone."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Awaitable, Callable
from string import Template
from typing import Any

import msgspec
from aiohttp import web

from kiosk.domain.money import yuan_text
from kiosk.sandbox.faults import FaultPlan, fault_middleware, problem_refusal
from kiosk.sandbox.wallet.store import CHANNEL, WalletProblem, WalletStore

BODY_MAX_BYTES = 64 * 1024
_NOT_FOUND = frozenset({"ORDER_NOT_FOUND", "REFUND_NOT_FOUND"})


class _Create(msgspec.Struct):
    amount_fen: int
    subject: str
    valid_s: int


class _Back(msgspec.Struct):
    out_trade_no: str
    amount_fen: int


def wallet_app(store: WalletStore, faults: FaultPlan | None = None) -> web.Application:
    """The application. Operations for faults: create, query, close, refund, refund_query, bill."""
    wallet = _Wallet(store)
    app = web.Application(
        middlewares=[fault_middleware(faults or FaultPlan(), _operation_of, problem_refusal)],
        client_max_size=BODY_MAX_BYTES,
    )
    for method, path, name, handler in (
        ("PUT", "/pay/v1/orders/{id}", "create", wallet.create),
        ("GET", "/pay/v1/orders/{id}", "query", wallet.query),
        ("POST", "/pay/v1/orders/{id}/close", "close", wallet.close),
        ("PUT", "/pay/v1/refunds/{id}", "refund", wallet.refund),
        ("GET", "/pay/v1/refunds/{id}", "refund_query", wallet.refund_query),
        ("GET", "/pay/v1/bill", "bill", wallet.bill),
    ):
        app.router.add_route(method, path, _answering(handler), name=name)
    app.router.add_get("/p/{id}", wallet.page)
    app.router.add_post("/p/{id}", wallet.touched)
    return app


async def _operation_of(request: web.Request) -> str | None:
    """The route's name; the phone's own page meets no fault."""
    return request.match_info.route.name


Handler = Callable[[web.Request], Awaitable[dict[str, Any]]]


def _answering(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return web.json_response(await handler(request))
        except WalletProblem as problem:
            return _problem(404 if problem.code in _NOT_FOUND else 409, problem.code)
        except (msgspec.DecodeError, ValueError):
            return _problem(400, "BAD_REQUEST")

    return answer


def _problem(status: int, code: str) -> web.Response:
    body = {"type": "about:blank", "status": status, "code": code, "effect": "none", "retry": "never"}
    return web.json_response(body, status=status, content_type="application/problem+json")


class _Wallet:
    def __init__(self, store: WalletStore) -> None:
        self._store = store

    async def create(self, request: web.Request) -> dict[str, Any]:
        attempt = request.match_info["id"]
        wish = msgspec.json.decode(await request.read(), type=_Create)
        if wish.amount_fen <= 0 or not 30 <= wish.valid_s <= 3600:
            raise ValueError("amount or validity out of range")
        order = self._store.create(attempt, wish.amount_fen, wish.subject, wish.valid_s)
        return {
            "code_url": f"{request.scheme}://{request.host}/p/{attempt}",
            "amount_fen": order["amount_fen"],
        }

    async def query(self, request: web.Request) -> dict[str, Any]:
        return _order_body(self._store.query(request.match_info["id"]))

    async def close(self, request: web.Request) -> dict[str, Any]:
        return _order_body(self._store.end(request.match_info["id"]))

    async def refund(self, request: web.Request) -> dict[str, Any]:
        wish = msgspec.json.decode(await request.read(), type=_Back)
        return _refund_body(self._store.refund(request.match_info["id"], wish.out_trade_no, wish.amount_fen))

    async def refund_query(self, request: web.Request) -> dict[str, Any]:
        return _refund_body(self._store.refund_query(request.match_info["id"]))

    async def bill(self, request: web.Request) -> dict[str, Any]:
        day = dt.date.fromisoformat(request.query.get("date", ""))
        rows = [
            {
                "out_trade_no": row["attempt"],
                "kind": row["kind"],
                "amount_fen": row["amount_fen"],
                "channel": CHANNEL,
                "at": row["at"],
                "refund_id": row["refund_id"],
            }
            for row in self._store.bill(day)
        ]
        return {"rows": rows}

    async def page(self, request: web.Request) -> web.Response:
        return self._page(request.match_info["id"])

    async def touched(self, request: web.Request) -> web.Response:
        attempt = request.match_info["id"]
        form = await request.post()
        if form.get("do") == "pay":
            self._store.approve(attempt)
        else:
            self._store.decline(attempt)
        return self._page(attempt)

    def _page(self, attempt: str) -> web.Response:
        try:
            order = self._store.query(attempt)
        except WalletProblem:
            return web.Response(text=_phone("没有这笔订单 · No such order", "", ""), content_type="text/html")
        text = _phone(_SAYS[order["state"]], order["subject"], yuan_text(order["amount_fen"]), order["state"])
        return web.Response(text=text, content_type="text/html")


def _order_body(order: dict[str, Any]) -> dict[str, Any]:
    return {key: order[key] for key in ("state", "amount_fen", "channel", "channel_no", "paid_at")}


def _refund_body(refund: dict[str, Any]) -> dict[str, Any]:
    return {"state": "success", "amount_fen": refund["amount_fen"], "channel_no": refund["channel_no"]}


_SAYS = {
    "waiting": "请确认付款 · Please confirm",
    "paid": "已付款 · Paid",
    "closed": "订单已关闭，没有扣钱 · Closed, nothing was taken",
    "refunded": "已原路退回 · Returned to you",
}

_BUTTONS = """<form method=post><button name=do value=pay class=main>付款 · Pay</button>
<button name=do value=no>不付 · Not now</button></form>"""

_PHONE = Template("""<!doctype html><html lang="zh"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>演示钱包 · Demo wallet</title>
<style>
 body { margin:0; background:#F6F2E9; color:#14252B; text-align:center }
 body { font:18px/1.5 "Noto Sans SC",sans-serif }
 main { max-width:420px; margin:0 auto; padding:56px 24px }
 .yuan { font-size:58px; font-weight:700; color:#AB4504; margin:18px 0 4px }
 small { color:#46565B; display:block; margin-bottom:34px }
 button { font:inherit; width:100%; padding:16px; margin:0 0 14px; border-radius:16px;
   border:2px solid #0A6A61; color:#0A6A61; background:#fff }
 button.main { background:#0A6A61; color:#fff }
</style><main><b>$says</b><div class=yuan>$yuan</div><small>$subject</small>$buttons
<small>演示，不动真钱 · A demonstration; no real money moves</small></main></html>""")


def _phone(says: str, subject: str, yuan: str, state: str = "") -> str:
    return _PHONE.substitute(
        says=html.escape(says),
        subject=html.escape(subject),
        yuan=f"¥{yuan}" if yuan else "",
        buttons=_BUTTONS if state == "waiting" else "",
    )
