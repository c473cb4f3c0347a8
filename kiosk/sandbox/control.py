"""The control port of the box: what a person at the table page, a test or the demo can make happen.

Faults of demo and tests go through here, never through a terminal. Everything is
JSON over loopback; `GET /` is the same for a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from kiosk.sandbox.box import Box, film
from kiosk.sandbox.faults import FaultError
from kiosk.sandbox.his.store import HisError
from kiosk.sandbox.persons import BY_ID
from kiosk.sandbox.table import page
from kiosk.sandbox.wallet.charges import BALANCE_FEN

Handler: TypeAlias = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

BODY_MAX_BYTES = 64 * 1024


class ControlError(Exception):
    """A wish that cannot be met; the text says why."""


def control_app(box: Box) -> web.Application:
    """The application of the control port."""
    control = _Control(box)
    app = web.Application(client_max_size=BODY_MAX_BYTES)
    app.router.add_get("/", control.table)
    app.router.add_get("/ledgers", control.ledgers)
    app.router.add_get("/orders", control.orders)
    for name, handler in control.handlers().items():
        app.router.add_post(f"/{name}", _answering(handler))
    return app


def _answering(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            values = await request.json() if request.can_read_body else {}
            if not isinstance(values, dict):
                raise ControlError("a JSON object is needed")
            return web.json_response(await handler(values))
        except (ControlError, FaultError, HisError, KeyError, ValueError) as exc:
            return web.json_response({"error": str(exc)}, status=400)

    return answer


class _Control:
    def __init__(self, box: Box) -> None:
        self._box = box

    def handlers(self) -> dict[str, Handler]:
        """What can be posted."""
        return {
            "card/insert": self._insert,
            "card/remove": self._remove,
            "code/show": self._code,
            "code/hide": self._hide,
            "pay-code/show": self._pay_code,
            "pay": self._pay,
            "fault": self._fault,
            "fault/clear": self._clear,
            "refund-due": self._refund_due,
        }

    def _person(self, values: dict[str, Any]) -> str:
        person = str(values.get("person", ""))
        if person not in BY_ID:
            raise ControlError(f"no person {person!r}; one of {', '.join(BY_ID)}")
        return person

    async def _insert(self, values: dict[str, Any]) -> dict[str, Any]:
        """`{"person": "zhang", "profile": "plain"}`."""
        if self._box.reader is None:
            raise ControlError("this box has no card reader")
        person = self._person(values)
        if BY_ID[person].card is None:
            raise ControlError(f"{person} has no card")
        await asyncio.to_thread(self._box.insert_card, person, str(values.get("profile", "plain")))
        return {"card_in": person}

    async def _remove(self, values: dict[str, Any]) -> dict[str, Any]:
        """Pull the card."""
        if self._box.reader is None:
            raise ControlError("this box has no card reader")
        await asyncio.to_thread(self._box.remove_card)
        return {"card_in": ""}

    async def _code(self, values: dict[str, Any]) -> dict[str, Any]:
        """`{"person": "zhang"}`: a fresh code; on a terminal with a film for a camera it is held up."""
        digits = await asyncio.to_thread(self._box.show_code, self._person(values))
        return {"code": digits}

    async def _pay_code(self, values: dict[str, Any]) -> dict[str, Any]:
        """`{"person": "zhang", "channel": "alipay", "password": true, "balance_fen": 100}`: to be charged."""
        code = await asyncio.to_thread(
            self._box.show_pay_code,
            self._person(values),
            str(values.get("channel", "wechat")),
            password=bool(values.get("password")),
            balance_fen=int(values.get("balance_fen", BALANCE_FEN)),
        )
        return {"code": code}

    async def _hide(self, values: dict[str, Any]) -> dict[str, Any]:
        """Nobody holds up a phone any more."""
        if self._box.config.code_film is not None:
            await asyncio.to_thread(film, self._box.config.code_film, "")
        return {}

    async def _pay(self, values: dict[str, Any]) -> dict[str, Any]:
        """`{"order": id}` or the newest waiting one; `{"decline": true}` declines it."""
        order = values.get("order") or self._box.wallet.newest_waiting()
        if order is None:
            raise ControlError("no order waits to be paid")
        paid = self._box.wallet.decline(order) if values.get("decline") else self._box.wallet.approve(order)
        return {"order": order, "done": paid}

    async def _fault(self, values: dict[str, Any]) -> dict[str, Any]:
        """`{"peer": "agency", "operation": "2207", "fault": "lost_after", "times": 1, "seconds": 2}`.

        `refuse` takes a `code` and a `text`, `deviate` a `code` (`amounts_as_strings`).
        """
        peer = str(values.get("peer", ""))
        plan = self._box.faults.get(peer)
        if plan is None:
            raise ControlError(f"no peer {peer!r}; one of {', '.join(self._box.faults)}")
        plan.plan(
            str(values["operation"]),
            str(values["fault"]),
            int(values.get("times", 1)),
            seconds=float(values.get("seconds", 0)),
            code=str(values.get("code", "")),
            text=str(values.get("text", "")),
        )
        return {"planned": str(values["fault"])}

    async def _clear(self, values: dict[str, Any]) -> dict[str, Any]:
        """Everybody is polite again."""
        for plan in self._box.faults.values():
            plan.clear()
        return {}

    async def _refund_due(self, values: dict[str, Any]) -> dict[str, Any]:
        """`{"attempt": id, "reason": "..."}`; without an attempt the newest settlement."""
        attempt = values.get("attempt")
        if attempt is None:
            settled = [row for row in self._box.his.ledger_rows() if row.kind == "settle"]
            if not settled:
                raise ControlError("nothing is settled yet")
            attempt = settled[-1].attempt_id
        reason = str(values.get("reason", "药品没有领取，药房已同意退费"))
        return {"refund_due": self._box.his.declare_refund_due(str(attempt), reason), "attempt": attempt}

    async def table(self, request: web.Request) -> web.Response:
        """The page for a person."""
        return web.Response(text=page(self._box), content_type="text/html")

    async def ledgers(self, request: web.Request) -> web.Response:
        """The books of all three, summed and row by row."""
        box = self._box
        rows = [
            {
                "attempt": row.attempt_id,
                "kind": row.kind,
                "total_fen": row.total_fen,
                "receipt_no": row.receipt_no,
                "setl_id": row.setl_id,
                "at": row.at,
            }
            for row in box.his.ledger_rows()
        ]
        return web.json_response(
            {"sums": box.sums(), "his": rows, "bills": box.his.bill_states(), "card_in": box.card_in}
        )

    async def orders(self, request: web.Request) -> web.Response:
        """The wallet's orders, newest first."""
        return web.json_response({"orders": self._box.wallet.orders()})
