"""From the agency's amounts to the rows of 06, 07 and 08, by what the agency returned and nothing else."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from kiosk.domain.bill import Bill, BillLine
from kiosk.domain.split import LineShare, Reason, Split, reasons
from kiosk.journeys.views import BillRow, LineRow, ReasonRow, WhoPays, WhyLine


def bill_row(bill: Bill, *, chosen: bool, off_code: str) -> BillRow:
    """A bill on 06. The marks are the hospital's hint; the agency decides later."""
    medicine = any(line.fee_category in ("09", "10", "11") for line in bill.lines)
    return BillRow(
        bill_id=bill.bill_id,
        title=bill.title,
        dept=bill.visit.dept_name,
        doctor=bill.visit.doctor_name,
        at=bill.created_at,
        amount_fen=bill.total_fen,
        chosen=chosen,
        lines=tuple(
            LineRow(line.name, plain_number(line.quantity), line.amount_fen, _mark(line))
            for line in bill.lines
        ),
        off_code=off_code,
        kind="medicine" if medicine else "service",
    )


def _mark(line: BillLine) -> str:
    if not line.mapped or line.item_class == "丙":
        return "own"
    return "pre_self" if line.item_class == "乙" else ""


def who_pays(
    split: Split,
    shares: tuple[LineShare, ...],
    bills: tuple[Bill, ...],
    *,
    insured: bool,
    busy: bool = False,
) -> WhoPays:
    """07. `busy`: the patient has agreed, the code to pay is being made."""
    rows = tuple(_reason_row(reason, split, shares, bills) for reason in reasons(split, shares))
    return WhoPays(
        total_fen=split.total_fen,
        fund_fen=split.fund_fen,
        account_fen=split.account_fen,
        family_fen=split.family_fen,
        hospital_fen=split.hospital_fen,
        cash_fen=split.cash_fen,
        balance_fen=split.balance_fen,
        person_fen=split.person_fen,
        reasons=rows if insured else (),
        insured=insured,
        busy=busy,
    )


def _reason_row(
    reason: Reason, split: Split, shares: tuple[LineShare, ...], bills: tuple[Bill, ...]
) -> ReasonRow:
    line = _line(reason.line_ids[0], bills) if len(reason.line_ids) == 1 else None
    share = next((s for s in shares if line and s.line_id == line.line_id), None)
    ratio, base_fen = "", 0
    match reason.key:
        case "shared":
            ratio, base_fen = _percent(split.pooled_ratio), split.in_scope_fen
        case "pre_self" if share is not None:
            ratio = _percent(share.selfpay_ratio)
        case "over_limit" if share is not None:
            base_fen = share.amount_fen - share.over_limit_fen
        case _:
            pass
    return ReasonRow(
        key=reason.key,
        amount_fen=reason.amount_fen,
        item=line.name if line else "",
        items=len(reason.line_ids),
        quantity=f"{plain_number(line.quantity)} {line.unit}" if line else "",
        item_fen=line.amount_fen if line else 0,
        base_fen=base_fen,
        ratio_percent=ratio,
    )


def why_line(
    row: ReasonRow,
    split: Split,
    shares: tuple[LineShare, ...],
    bills: tuple[Bill, ...],
    source: tuple[str, str],
) -> WhyLine:
    """08: one row of 07, worked out. `source`: where the share is fixed, and since when."""
    line_ids = next((r.line_ids for r in reasons(split, shares) if r.key == row.key), ())
    line = _line(line_ids[0], bills) if len(line_ids) == 1 else None
    return WhyLine(
        reason=row,
        spec=line.spec if line else "",
        unit=line.unit if line else "",
        unit_price=f"{line.unit_price:,.2f}" if line else "",
        fund_percent=_percent(split.pooled_ratio),
        source=source[0],
        source_date=source[1],
    )


def _line(line_id: str, bills: tuple[Bill, ...]) -> BillLine | None:
    return next((line for bill in bills for line in bill.lines if line.line_id == line_id), None)


def _percent(ratio: Decimal) -> str:
    """`0.6` -> `60`. Some agencies derive the ratio from rounded amounts: a tenth is as fine as it means."""
    return plain_number((ratio * 100).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def plain_number(number: Decimal) -> str:
    """`Decimal("2.0000")` -> `2`."""
    text = f"{number.normalize():f}"
    return text if text != "-0" else "0"
