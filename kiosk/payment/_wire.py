"""The bodies of the gateway's resource as they travel. Unknown keys are ignored, missing ones are errors."""

from __future__ import annotations

from typing import Annotated

import msgspec

from kiosk.domain.money import MAX_FEN
from kiosk.payment.port import PaymentState, RefundState

CODE_MAX_CHARS = 512
"""Longer than any channel's code, shorter than a QR code that a phone finds hard to read."""

Fen = Annotated[int, msgspec.Meta(ge=1, le=MAX_FEN)]


class OrderBody(msgspec.Struct):
    """What `PUT /orders/{out_trade_no}` sends."""

    amount_fen: int
    subject: str
    valid_s: int


class ChargeBody(msgspec.Struct):
    """What `POST /orders/{out_trade_no}:charge` sends. `auth_code` is the payer's credential."""

    amount_fen: int
    auth_code: str


class OrderAnswer(msgspec.Struct):
    """An order as the gateway has it. A tombstone of an order never seen has no amount."""

    out_trade_no: str
    state: PaymentState
    amount_fen: Annotated[int, msgspec.Meta(ge=0, le=MAX_FEN)]
    code_url: Annotated[str, msgspec.Meta(max_length=CODE_MAX_CHARS)] = ""
    channel: str = ""
    channel_no: str = ""
    paid_at: str = ""


class RefundBody(msgspec.Struct):
    """What `PUT /refunds/{refund_id}` sends."""

    out_trade_no: str
    amount_fen: int


class RefundAnswer(msgspec.Struct):
    """A refund as the gateway has it."""

    refund_id: str
    out_trade_no: str
    state: RefundState
    amount_fen: Fen
    channel_no: str = ""


class BillLine(msgspec.Struct):
    """One row of the channel's daily bill."""

    out_trade_no: str
    kind: str
    amount_fen: Fen
    channel: str
    at: str
    refund_id: str = ""


class BillPage(msgspec.Struct):
    """A part of a day's bill; an empty `next_cursor` ends it."""

    date: str
    rows: list[BillLine]
    next_cursor: str = ""
