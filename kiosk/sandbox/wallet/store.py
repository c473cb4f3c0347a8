"""What the wallet does with an order, as channels do.

An order is keyed by the merchant's number and paid once, by a phone that scans its code or by the code that a
phone shows. A refund is keyed by its own number, and a new
number sends money back again, up to what was paid. Closing an order never seen leaves a tombstone, and one
whose charge waits for a password is reversed. Every change is on disk before it is answered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.sandbox.wallet._books import (
    CHANNEL_OF,
    CLOSED,
    FAILED,
    PROCESSING,
    SUCCESS,
    WAITING,
    Books,
    StoredOrder,
    StoredRefund,
    channel_number,
)
from kiosk.sandbox.wallet.charges import BALANCE_FEN, CHARGED, REVERSED, VALID_S, Charges

ORDERS_SHOWN_MAX = 200


class WalletProblem(Exception):
    """A request that the books refuse: `code` of the gateway's list. `effect`: what is stored already."""

    def __init__(self, status: int, code: str, text: str, effect: str = "none") -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.effect = effect


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class WalletStore:
    """Orders and refunds in one file. Safe from several threads; survives being killed.

    `refunds_wait`: while True, a new refund stays `processing` until `finish_refund`.
    `reverse_after_s`: a charge is reversed no sooner; closing its order before that is answered IN_PROGRESS.
    `pays_at_reverse`: while True, the password comes in the moment of the reversal: the channel takes the
    money and gives it back by itself.
    """

    def __init__(self, path: Path, clock: Callable[[], dt.datetime] = _now) -> None:
        self._books = Books(path, clock)
        self._charges = Charges(self._books)
        self.refunds_wait = False
        self.reverse_after_s = 0.0
        self.pays_at_reverse = False

    def close(self) -> None:
        """Close the file; the books stay."""
        self._books.close()

    # --- what the gateway is asked ----------------------------------------------------------------

    def create(self, out_trade_no: str, amount_fen: int, subject: str, valid_s: int) -> StoredOrder:
        """A new order, or the same one again.

        Raises:
            WalletProblem: ORDER_CLOSED, ORDER_PAID, IDEMPOTENCY_MISMATCH (another order has this number),
                IN_PROGRESS (a phone asks for its password).
        """
        with self._books.change():
            if self._books.order(out_trade_no) is None:
                self._books.insert_order(out_trade_no, WAITING, amount_fen, subject, valid_s)
        found = self.order(out_trade_no)
        if found.state == CLOSED:
            raise WalletProblem(409, "ORDER_CLOSED", "the order is closed")
        if (found.amount_fen, found.subject) != (amount_fen, subject):
            raise WalletProblem(422, "IDEMPOTENCY_MISMATCH", "another order has this number", "done")
        if found.state != WAITING:
            raise WalletProblem(409, "ORDER_PAID", "the order is paid")
        if self._charges.asking(found) is not None:
            raise WalletProblem(409, "IN_PROGRESS", "a phone asks for its password", "unknown")
        return found

    def charge(self, out_trade_no: str, amount_fen: int, code: str) -> StoredOrder:
        """Take the amount from the wallet that shows `code`; the order waits while its phone asks.

        Raises:
            WalletProblem: ORDER_NOT_FOUND, ORDER_CLOSED, ORDER_CHARGED (by another code), AMOUNT_MISMATCH,
                CODE_INVALID, CODE_USED, CODE_EXPIRED, BALANCE_LOW: nothing was taken.
        """
        with self._books.change():
            refusal = self._charges.charge(self.order(out_trade_no), amount_fen, code)
        if refusal:
            raise WalletProblem(409, refusal, "nothing was taken")
        return self.order(out_trade_no)

    def order(self, out_trade_no: str) -> StoredOrder:
        """The order as it stands. Raises WalletProblem ORDER_NOT_FOUND, which is not final."""
        found = self._books.order(out_trade_no)
        if found is None:
            raise WalletProblem(404, "ORDER_NOT_FOUND", "no such order")
        return found

    def end(self, out_trade_no: str) -> StoredOrder:
        """Close what waits; what is paid stays paid; what was never seen can never be created.

        Raises:
            WalletProblem: IN_PROGRESS, when a charge is too young to be reversed.
        """
        with self._books.change():
            if self._books.order(out_trade_no) is None:
                self._books.insert_order(out_trade_no, CLOSED, 0, "", 0)
            asking = self._charges.asking(self.order(out_trade_no))
            if asking is not None and self._charges.age_s(asking) < self.reverse_after_s:
                raise WalletProblem(409, "IN_PROGRESS", "too early to reverse the charge", "unknown")
            if asking is not None and self.pays_at_reverse:
                self._pay(out_trade_no)
                paid = self.order(out_trade_no)
                self._insert_refund(f"reverse-{out_trade_no}", paid, paid.amount_fen)
            self._leave_unpaid(out_trade_no)
            return self.order(out_trade_no)

    def refund(self, refund_id: str, out_trade_no: str, amount_fen: int) -> StoredRefund:
        """Send money back, once for each id.

        Raises:
            WalletProblem: ORDER_NOT_FOUND, ORDER_NOT_PAID, REFUND_EXCEEDS, IDEMPOTENCY_MISMATCH.
        """
        with self._books.change():
            if self._books.refund(refund_id) is None:
                self._insert_refund(refund_id, self.order(out_trade_no), amount_fen)
        found = self.refund_of(refund_id)
        if (found.out_trade_no, found.amount_fen) != (out_trade_no, amount_fen):
            raise WalletProblem(422, "IDEMPOTENCY_MISMATCH", "another refund has this number", "done")
        return found

    def refund_of(self, refund_id: str) -> StoredRefund:
        """The refund as it stands. Raises WalletProblem REFUND_NOT_FOUND, which is not final."""
        found = self._books.refund(refund_id)
        if found is None:
            raise WalletProblem(404, "REFUND_NOT_FOUND", "no such refund")
        return found

    def bill(self, day: dt.date, first: int, count: int) -> list[dict[str, Any]]:
        """Payments and refunds of a day in China, by time, from number `first` on, at most `count`."""
        rows = self._books.rows(
            "SELECT * FROM (SELECT out_trade_no, 'pay' AS kind, amount_fen, paid_at AS at, '' AS refund_id,"
            f"  {CHANNEL_OF} AS channel FROM orders WHERE substr(paid_at, 1, 10) = ?1"
            " UNION ALL SELECT refunds.out_trade_no, 'refund', refunds.amount_fen, refunds.at, refund_id,"
            f"  {CHANNEL_OF} FROM refunds JOIN orders USING (out_trade_no)"
            "   WHERE substr(refunds.at, 1, 10) = ?1 AND refunds.state <> 'failed')"
            " ORDER BY at, out_trade_no, kind, refund_id LIMIT ?2 OFFSET ?3",
            day.isoformat(),
            count,
            first,
        )
        return [dict(row) for row in rows]

    # --- what the person with the phone does ------------------------------------------------------

    def pay_code(
        self,
        payer: str = "",
        channel: str = "wechat",
        *,
        valid_s: int = VALID_S,
        balance_fen: int = BALANCE_FEN,
        password: bool = False,
    ) -> str:
        """A fresh payment code on a phone. `password`: it asks its owner before it pays (`approve`).

        Raises KeyError for a channel that has no codes.
        """
        with self._books.change():
            return self._charges.issue(payer, channel, valid_s, balance_fen, password=password)

    def approve(self, out_trade_no: str) -> bool:
        """Pay: as the phone that scanned, or by the password that the charged phone asks for.

        False when the order does not wait any more, or its time is over.
        """
        with self._books.change():
            found = self._books.order(out_trade_no)
            if found is None or (found.expired and self._charges.asking(found) is None):
                return False
            return self._pay(out_trade_no)

    def decline(self, out_trade_no: str) -> bool:
        """Refuse to pay: the channel closes the order. False when it does not wait any more."""
        with self._books.change():
            return self._leave_unpaid(out_trade_no)

    def by_token(self, token: str) -> StoredOrder | None:
        """The order behind a code."""
        rows = self._books.rows("SELECT out_trade_no FROM orders WHERE token = ?", token)
        return self.order(rows[0]["out_trade_no"]) if rows else None

    # --- what the box looks at --------------------------------------------------------------------

    def newest_waiting(self) -> str | None:
        """The newest order that a phone could pay now."""
        waiting = (self.order(row["order"]) for row in self.orders() if row["state"] == WAITING)
        can_pay = (order for order in waiting if not order.expired or self._charges.asking(order))
        return next((order.out_trade_no for order in can_pay), None)

    def orders(self) -> list[dict[str, Any]]:
        """The newest orders, newest first, with what went back of each."""
        rows = self._books.rows(
            "SELECT out_trade_no FROM orders ORDER BY rowid DESC LIMIT ?", ORDERS_SHOWN_MAX
        )
        return [_shown(self.order(row["out_trade_no"])) for row in rows]

    def sums(self) -> dict[str, int]:
        """All that phones ever paid, all that went back or is on its way, and the difference, in fen."""
        sql = "SELECT coalesce(sum(amount_fen), 0) AS fen, count(*) AS n FROM"
        paid = self._books.rows(f"{sql} orders WHERE paid_at <> ''")[0]
        back = self._books.rows(f"{sql} refunds WHERE state <> ?", FAILED)[0]
        return {
            "paid_fen": paid["fen"],
            "returned_fen": back["fen"],
            "net_fen": paid["fen"] - back["fen"],
            "payments": paid["n"],
            "refunds": back["n"],
        }

    def finish_refund(self, refund_id: str, *, failed: bool = False) -> bool:
        """End a refund that is `processing`; a failed one leaves its amount to be sent back again."""
        with self._books.change():
            state = FAILED if failed else SUCCESS
            sql = "UPDATE refunds SET state = ? WHERE refund_id = ? AND state = ?"
            return self._books.write(sql, state, refund_id, PROCESSING) == 1

    # --- inside -----------------------------------------------------------------------------------

    def _pay(self, out_trade_no: str) -> bool:
        self._charges.set_state(out_trade_no, CHARGED)
        return self._books.pay(out_trade_no)

    def _leave_unpaid(self, out_trade_no: str) -> bool:
        if not self._books.leave_waiting(out_trade_no, CLOSED):
            return False
        self._charges.set_state(out_trade_no, REVERSED)
        return True

    def _insert_refund(self, refund_id: str, order: StoredOrder, amount_fen: int) -> None:
        if not order.paid_at:
            raise WalletProblem(409, "ORDER_NOT_PAID", "the order was never paid")
        left_fen = order.amount_fen - order.returned_fen
        if amount_fen > left_fen:
            raise WalletProblem(409, "REFUND_EXCEEDS", f"{left_fen} fen are left to send back")
        self._books.write(
            "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?)",
            refund_id,
            order.out_trade_no,
            PROCESSING if self.refunds_wait else SUCCESS,
            amount_fen,
            self._books.stamp(),
            channel_number("50"),
        )


def _shown(order: StoredOrder) -> dict[str, Any]:
    return {
        "order": order.out_trade_no,
        "state": order.state,
        "amount_fen": order.amount_fen,
        "returned_fen": order.returned_fen,
        "subject": order.subject,
        "paid_at": order.paid_at,
        "channel_no": order.channel_no,
    }
