"""The one bill that is settled a million times, and its plans. Amounts vary with the run."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.bill import BillRef
from kiosk.domain.split import LineShare, Split
from kiosk.hospital.port import Tender, TenderKind
from kiosk.insurance.port import Case
from kiosk.settlement.state import Plan, RefundPlan

SETTLED_AT = dt.datetime(2026, 3, 2, 10, 15, 42, tzinfo=dt.UTC)
CANARY = "9900990000000000000000CANARY"
"""The person's number of every run: it must never stand in an open part of the journal."""

ATTEMPT = AttemptId("a" * 26)
REFUND = RefundId("b" * 26)
TOTAL_FEN = 8640


def split(total_fen: int, *, account_less_fen: int = 0, all_account: bool = False) -> Split:
    """Half fund, the rest account and cash; `account_less_fen` moves money from the account to cash."""
    fund = total_fen // 2
    person = total_fen - fund
    account = person if all_account else person // 2 - account_less_fen
    return Split(
        total_fen=total_fen,
        own_fen=0,
        over_limit_fen=0,
        pre_self_fen=0,
        in_scope_fen=total_fen,
        deductible_fen=0,
        pooled_fen=fund,
        civil_fen=0,
        enterprise_fen=0,
        serious_fen=0,
        large_fen=0,
        aid_fen=0,
        other_fen=0,
        fund_fen=fund,
        person_fen=person,
        account_fen=account,
        family_fen=0,
        cash_fen=person - account,
        hospital_fen=0,
        balance_fen=51230,
        pooled_ratio=Decimal("0.5"),
    )


SHARES = (LineShare("F1", TOTAL_FEN, "01", Decimal(0), 0, 0, 0, TOTAL_FEN, None),)
CASE = Case(CANARY, "990100", "310")
PLAN = Plan(
    ATTEMPT, REFUND, (BillRef("B1", 1, TOTAL_FEN),), TOTAL_FEN, insured=True, case=CASE, ipt_otp_no="V1"
)
SELF_PAY = Plan(ATTEMPT, REFUND, (BillRef("B1", 1, TOTAL_FEN),), TOTAL_FEN, insured=False)
BY_HOSPITAL = Plan(
    ATTEMPT,
    REFUND,
    (BillRef("B1", 1, TOTAL_FEN),),
    TOTAL_FEN,
    insured=True,
    visit_by_hospital=True,
    case=CASE,
)


def undo_plan(settled: Split, setl_id: str) -> RefundPlan:
    """The undo of a settlement with this split."""
    tenders = (
        Tender(TenderKind.FUND, settled.fund_fen),
        Tender(TenderKind.ACCOUNT, settled.account_fen),
        Tender(TenderKind.WECHAT, settled.cash_fen, ATTEMPT),
    )
    return RefundPlan(
        REFUND,
        "D1",
        1,
        ATTEMPT,
        settled.total_fen,
        settled.fund_fen,
        settled.account_fen,
        settled.cash_fen,
        tenders,
        setl_id,
        CASE,
    )
