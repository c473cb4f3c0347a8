"""The facts of the papers of a settlement: statement and itemised list.

A paper is made twice: once when it happens and again when somebody asks for a
copy. Both times from the same frozen facts, so that a copy cannot say anything
else. Everything arrives masked, and the types refuse what is not: a paper lies
in a lobby bin longer than a screen stays lit. Which fields belong on which
paper: wording, §1.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kiosk.domain.attempt import lookup_code
from kiosk.domain.bill import Bill, BillLine, NextStep, Visit
from kiosk.domain.person import Person, Scheme, mask_name, mask_number
from kiosk.domain.split import LineShare, Split

TAIL_CHARS = 4
"""Of a payment number only this many last characters are printed (wording, §1)."""

_LONG_NUMBER = re.compile(r"[0-9]{9,}")


class PaperError(ValueError):
    """Facts that must not become a paper: they do not add up, or they show too much. Names the fault."""


def require_masked(name: str) -> None:
    """Raise PaperError unless the name is masked. No name at all is fine."""
    if name and "*" not in name:
        raise PaperError("the name is not masked")


def require_tail(text: str) -> None:
    """Raise PaperError when more than the last four of a payment number would be printed."""
    if len(text) > TAIL_CHARS:
        raise PaperError("more than the last four of a payment number")


def tail(number: str) -> str:
    """The last four characters of a payment's number."""
    return number[-TAIL_CHARS:]


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who hands out the paper. From the terminal's configuration."""

    hospital: str
    hospital_en: str
    institution_code: str  # fixmedins_code
    site: str
    terminal: str  # short name, as in the look-up code: K07
    place: str  # where the terminal stands, for people
    help_phone: str
    complaint_phone: str
    price_phone: str

    def lookup(self, attempt_id: str) -> str:
        """The text of the look-up code of an attempt or a refund made here."""
        return lookup_code(self.site, self.terminal, attempt_id)


@dataclass(frozen=True, slots=True)
class Holder:
    """The patient, masked. Raises PaperError on a name or number that is not."""

    name: str
    sex: str  # 1 male, 2 female
    age: int | None
    cert_type: str
    cert_no: str
    insutype: str = ""  # empty outside insurance, as the two below
    insured_place: str = ""
    psn_type: str = ""

    def __post_init__(self) -> None:
        require_masked(self.name)
        if _LONG_NUMBER.search(self.cert_no):
            raise PaperError("the id number is not masked")


def holder(person: Person, scheme: Scheme | None) -> Holder:
    """The agency's record of a person, masked for paper. No scheme: outside insurance."""
    return Holder(
        name=mask_name(person.name),
        sex=person.sex,
        age=person.age,
        cert_type=person.cert_type,
        cert_no=mask_number(person.cert_no),
        insutype=scheme.insutype if scheme else "",
        insured_place=scheme.insured_place if scheme else "",
        psn_type=scheme.psn_type if scheme else "",
    )


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """The visit, as far as it stands on paper."""

    med_type: str
    department: str
    doctor: str
    diagnosis: str
    diagnosis_code: str


def visit_facts(visit: Visit) -> VisitFacts:
    """A visit with its main diagnosis; the first one where none is marked."""
    main = next((d for d in visit.diagnoses if d.main), next(iter(visit.diagnoses), None))
    return VisitFacts(
        med_type=visit.med_type,
        department=visit.dept_name,
        doctor=visit.doctor_name,
        diagnosis=main.name if main else "",
        diagnosis_code=main.code if main else "",
    )


@dataclass(frozen=True, slots=True)
class CategorySum:
    """One fee category of the e-invoice (`med_chrgitm_type`)."""

    category: str
    amount_fen: int


def category_sums(bills: Iterable[Bill]) -> tuple[CategorySum, ...]:
    """The bills by category, in the order of the e-invoice, which is the order of the national codes."""
    sums: dict[str, int] = {}
    for bill in bills:
        for line in bill.lines:
            sums[line.fee_category] = sums.get(line.fee_category, 0) + line.amount_fen
    return tuple(CategorySum(category, sums[category]) for category in sorted(sums))


@dataclass(frozen=True, slots=True)
class PhonePayment:
    """What was paid by phone. `channel`: wechat, alipay, unionpay, aggregate; `tail`: see `tail()`."""

    channel: str
    amount_fen: int
    tail: str

    def __post_init__(self) -> None:
        require_tail(self.tail)


@dataclass(frozen=True, slots=True)
class EInvoice:
    """The medical e-invoice of a settlement. `qr_text` is the platform's, printed as it is, never built."""

    state: str  # none, pending, issued, red, failed
    bill_code: str = ""
    bill_no: str = ""
    check_code: str = ""
    qr_text: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """Outpatient settlement statement (门诊医疗费用结算单; wording, §2.1; S3-6.3.2).

    `setl_id` is empty for a bill paid outside insurance. Raises PaperError unless the split holds together,
    the categories are the total and the phone payment is the cash.
    """

    issuer: Issuer
    holder: Holder
    attempt_id: str
    receipt_no: str
    setl_id: str
    mdtrt_id: str
    settled_at: dt.datetime  # in the hospital's zone
    visit: VisitFacts
    categories: tuple[CategorySum, ...]
    split: Split
    payment: PhonePayment | None  # None when there was nothing to pay
    invoice: EInvoice = EInvoice("none")
    next_steps: tuple[NextStep, ...] = ()
    deductible_so_far_fen: int | None = None  # of the year; None when the agency did not say

    def __post_init__(self) -> None:
        faults = list(self.split.faults())
        if sum(c.amount_fen for c in self.categories) != self.split.total_fen:
            faults.append("categories")
        if (self.payment.amount_fen if self.payment else 0) != self.split.cash_fen:
            faults.append("cash")
        if faults:
            raise PaperError(f"the statement does not add up: {', '.join(faults)}")

    @property
    def insured(self) -> bool:
        """Whether insurance was used."""
        return bool(self.setl_id)


@dataclass(frozen=True, slots=True)
class ItemisedLine:
    """One fee line as the agency judged it.

    `own_code`: `code` is the hospital's own, there is no national one. `item_class`: 01, 02, 03 (甲 乙 丙),
    empty when the agency did not judge the line.
    """

    name: str
    code: str
    own_code: bool
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount_fen: int
    day: dt.date
    item_class: str
    selfpay_ratio: Decimal
    own_fen: int
    over_limit_fen: int
    pre_self_fen: int


@dataclass(frozen=True, slots=True)
class ItemisedList:
    """Itemised list (费用明细清单; wording, §2.2; S3-6.3.2). Raises PaperError when lines miss the total."""

    issuer: Issuer
    name: str
    receipt_no: str
    lines: tuple[ItemisedLine, ...]
    total_fen: int

    def __post_init__(self) -> None:
        require_masked(self.name)
        if not self.lines:
            raise PaperError("a list without lines")
        if sum(line.amount_fen for line in self.lines) != self.total_fen:
            raise PaperError("the lines are not the total")


def itemised_lines(bills: Iterable[Bill], shares: Iterable[LineShare]) -> tuple[ItemisedLine, ...]:
    """The lines of settled bills with what 2204 said of each. A line it did not judge is paid in full."""
    by_id = {share.line_id: share for share in shares}
    return tuple(_itemised(line, by_id.get(line.line_id)) for bill in bills for line in bill.lines)


def _itemised(line: BillLine, share: LineShare | None) -> ItemisedLine:
    return ItemisedLine(
        name=f"{line.name} {line.spec}".strip(),
        code=line.med_list_codg or line.medins_list_codg,
        own_code=not line.med_list_codg,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount_fen=line.amount_fen,
        day=line.at.date(),
        item_class=share.item_class if share else "",
        selfpay_ratio=share.selfpay_ratio if share else Decimal(1),
        own_fen=share.own_fen if share else line.amount_fen,
        over_limit_fen=share.over_limit_fen if share else 0,
        pre_self_fen=share.pre_self_fen if share else 0,
    )
