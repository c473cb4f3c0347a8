"""Phones that show a payment code, and the charge of such a code, as channels do.

A code names its payer, is good for a minute and for one order. A charge is done at once, or the phone asks
its owner for the password first. An order has one charge: the same code again is answered as before, another
one is refused. Whatever comes of it, the code that the order itself had shown is dead.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from kiosk.sandbox.wallet._books import CLOSED, WAITING, Books, StoredOrder

VALID_S = 60
"""A wallet draws a new code each minute (reference: hospital interface, §4.2)."""

BALANCE_FEN = 10_000_00

ASKING, CHARGED, REVERSED = "asking", "charged", "reversed"

CODES = {"wechat": ("13", 18), "alipay": ("28", 18), "unionpay": ("62", 19)}
"""First digits and length of each channel's codes, as `hw.scanner.classify` tells them apart."""


@dataclass(frozen=True, slots=True)
class PayCode:
    """A payment code on somebody's phone."""

    code: str
    channel: str
    payer: str
    ends_at: str
    balance_fen: int
    password: int  # 1: the phone asks its owner before it pays


@dataclass(frozen=True, slots=True)
class Charge:
    """The one charge of an order. `state`: asking, charged, reversed, or the code of the refusal."""

    out_trade_no: str
    code: str
    channel: str
    state: str
    at: str


class Charges:
    """Codes and charges in the wallet's books. What changes anything is called inside `Books.change`."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def issue(self, payer: str, channel: str, valid_s: int, balance_fen: int, *, password: bool) -> str:
        """A fresh code on the phone of `payer`."""
        first, length = CODES[channel]
        code = first + "".join(secrets.choice("0123456789") for _ in range(length - len(first)))
        ends = self._books.now() + dt.timedelta(seconds=valid_s)
        self._books.write(
            "INSERT INTO pay_codes VALUES (?, ?, ?, ?, ?, ?)",
            *(code, channel, payer, ends.isoformat(), balance_fen, int(password)),
        )
        return code

    def charge(self, order: StoredOrder, amount_fen: int, code: str) -> str:
        """Charge an order by a code: "" when it was, now or before; else why not, and nothing was taken."""
        if order.paid_at:
            return ""
        earlier = self.of(order.out_trade_no)
        if earlier is not None and earlier.code != code:
            return "ORDER_CHARGED"
        if order.state == CLOSED or (order.expired and earlier is None):
            return "ORDER_CLOSED"
        if order.amount_fen != amount_fen:
            return "AMOUNT_MISMATCH"
        if earlier is not None:
            return "" if earlier.state == ASKING else earlier.state
        return self._first(order, code)

    def _first(self, order: StoredOrder, code: str) -> str:
        found = self._code(code)
        refusal = self._refusal(found, code, order.amount_fen)
        state = refusal or (ASKING if found and found.password else CHARGED)
        self._books.write(
            "INSERT INTO charges VALUES (?, ?, ?, ?, ?)",
            *(order.out_trade_no, code, found.channel if found else "", state, self._books.stamp()),
        )
        self._books.renew_token(order.out_trade_no, from_now=bool(refusal))
        if state == CHARGED:
            self._books.pay(order.out_trade_no)
        return refusal

    def _refusal(self, found: PayCode | None, code: str, amount_fen: int) -> str:
        if found is None:
            return "CODE_INVALID"
        if self._books.rows("SELECT 1 FROM charges WHERE code = ?", code):
            return "CODE_USED"
        if self._books.now() >= dt.datetime.fromisoformat(found.ends_at):
            return "CODE_EXPIRED"
        return "BALANCE_LOW" if found.balance_fen < amount_fen else ""

    def set_state(self, out_trade_no: str, state: str) -> None:
        """What became of the charge of an order whose phone was asking."""
        sql = "UPDATE charges SET state = ? WHERE out_trade_no = ? AND state = ?"
        self._books.write(sql, state, out_trade_no, ASKING)

    def of(self, out_trade_no: str) -> Charge | None:
        """The charge of an order."""
        rows = self._books.rows("SELECT * FROM charges WHERE out_trade_no = ?", out_trade_no)
        return Charge(**dict(rows[0])) if rows else None

    def asking(self, order: StoredOrder) -> Charge | None:
        """The charge whose phone waits for its password."""
        found = self.of(order.out_trade_no) if order.state == WAITING else None
        return found if found is not None and found.state == ASKING else None

    def age_s(self, charge: Charge) -> float:
        """How long ago it was sent."""
        return (self._books.now() - dt.datetime.fromisoformat(charge.at)).total_seconds()

    def _code(self, code: str) -> PayCode | None:
        rows = self._books.rows("SELECT * FROM pay_codes WHERE code = ?", code)
        return PayCode(**dict(rows[0])) if rows else None
