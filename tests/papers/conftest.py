"""One invented visit and the papers it leads to: 110.00 = 40.56 fund + 50.00 account + 19.44 by phone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from hw.printer.document import Cut, Document, Feed, Qr, Rule
from hw.printer.layout import Line, layout
from kiosk.domain import receipt, slips
from kiosk.domain.bill import Bill, BillLine, Diagnosis, NextStep, Visit
from kiosk.domain.person import Person, Scheme
from kiosk.domain.split import LineShare, Split
from kiosk.journeys.texts import Wording, shipped

AT = dt.datetime(2026, 3, 2, 10, 15, 42)
ATTEMPT = "7f3a9c21" + "0" * 18

ISSUER = receipt.Issuer(
    hospital="示例市第一医院",
    hospital_en="Example City First Hospital",
    institution_code="H99010000001",
    site="990100",
    terminal="K07",
    place="门诊一楼 07号自助机",
    help_phone="0990-000000",
    complaint_phone="12393",
    price_phone="0990-000001",
)

PERSON = Person(
    psn_no="99010000000000000000000001",
    cert_type="01",
    cert_no="99010019900101001X",
    name="测试甲",
    sex="1",
    birth_date=dt.date(1990, 1, 1),
    age=36,
    schemes=(Scheme("310", "1101", "1", None, "990100", 26230),),
)

VISIT = Visit(
    ipt_otp_no="MZ0001",
    mdtrt_id="990100M260302000081",
    med_type="11",
    begin_at=AT,
    dept_code="0301",
    dept_name="呼吸内科",
    caty="A03",
    doctor_no="D990000000001",
    doctor_name="示医生",
    main_condition="咳嗽",
    disease_code="",
    disease_name="",
    diagnoses=(
        Diagnosis("1", 2, "R05.x00", "咳嗽", "呼吸内科", "D990000000001", "示医生", AT, main=False),
        Diagnosis("1", 1, "J20.900", "急性支气管炎", "呼吸内科", "D990000000001", "示医生", AT, main=True),
    ),
)


def _line(
    number: int, name: str, code: str, own: str, unit: str, category: str, count: str, price: str, fen: int
):
    return BillLine(
        line_id=f"L{number}",
        at=AT,
        med_list_codg=code,
        medins_list_codg=own,
        name=name,
        spec="",
        unit=unit,
        list_type="",
        item_class="",
        fee_category=category,
        quantity=Decimal(count),
        unit_price=Decimal(price),
        amount_fen=fen,
        dept_code="0301",
        dept_name="呼吸内科",
        doctor_no="D990000000001",
        doctor_name="示医生",
        mapped=bool(code),
    )


LINES = (
    _line(1, "普通门诊诊察费", "001101000010000", "H1", "次", "02", "1", "20", 2000),
    _line(2, "血细胞分析(五分类)", "002501010150000", "H2", "次", "04", "1.0000", "18.000000", 1800),
    _line(3, "阿莫西林胶囊 0.25g×24", "XJ01CAA0400000000000A01", "H3", "盒", "09", "2", "12.5", 2500),
    _line(4, "盐酸氨溴索口服溶液100ml", "XR05CBA1970000000000B02", "H4", "瓶", "09", "1", "24", 2400),
    _line(5, "一次性使用雾化器", "C0000000000000000001", "H5", "套", "08", "1", "15", 1500),
    _line(6, "医用外科口罩", "", "HOSP-M-00218", "只", "08", "5", "1.6", 800),
)

SHARES = (
    LineShare("L1", 2000, "01", Decimal(0), 0, 0, 0, 2000, None),
    LineShare("L2", 1800, "01", Decimal(0), 0, 0, 0, 1800, None),
    LineShare("L3", 2500, "01", Decimal(0), 0, 0, 0, 2500, None),
    LineShare("L4", 2400, "02", Decimal("0.1000"), 0, 0, 240, 2160, None),
    LineShare("L5", 1500, "01", Decimal(0), 0, 200, 0, 1300, Decimal(13)),
    LineShare("L6", 800, "03", Decimal(1), 800, 0, 0, 0, None),
)

BILL = Bill(
    bill_id="B-17",
    version=1,
    kind="outpatient",
    state="settled",
    patient_id="P1",
    title="药品 4 项",
    created_at=AT,
    total_fen=11000,
    insurable=True,
    not_insurable_reason="",
    visit=VISIT,
    lines=LINES,
    line_count=6,
)

SPLIT = Split(
    total_fen=11000,
    own_fen=800,
    over_limit_fen=200,
    pre_self_fen=240,
    in_scope_fen=9760,
    deductible_fen=3000,
    pooled_fen=4056,
    civil_fen=0,
    enterprise_fen=0,
    serious_fen=0,
    large_fen=0,
    aid_fen=0,
    other_fen=0,
    fund_fen=4056,
    person_fen=6944,
    account_fen=5000,
    family_fen=0,
    cash_fen=1944,
    hospital_fen=0,
    balance_fen=21230,
    pooled_ratio=Decimal("0.6000"),
)

STATEMENT = receipt.Statement(
    issuer=ISSUER,
    holder=receipt.holder(PERSON, PERSON.scheme()),
    attempt_id=ATTEMPT,
    receipt_no="K07-00012345",
    setl_id="990100S260302000017",
    mdtrt_id="990100M260302000081",
    settled_at=AT,
    visit=receipt.visit_facts(VISIT),
    categories=receipt.category_sums((BILL,)),
    split=SPLIT,
    payment=receipt.PhonePayment("wechat", 1944, receipt.tail("4200002608842")),
    invoice=receipt.EInvoice("issued", "99060126", "0000012345", "a1b2c3", "EINV:99060126:0000012345:a1b2c3"),
    next_steps=(NextStep("取药", "门诊一楼", "3"),),
    deductible_so_far_fen=30000,
)

ITEMISED = receipt.ItemisedList(
    issuer=ISSUER,
    name="测*甲",
    receipt_no="K07-00012345",
    lines=receipt.itemised_lines((BILL,), SHARES),
    total_fen=11000,
)

CHECKING = slips.BeingChecked(
    issuer=ISSUER,
    name="测*甲",
    attempt_id=ATTEMPT,
    phrase="M1",
    total_fen=11000,
    cash_fen=1944,
    channel="wechat",
    tail="8842",
    at=AT,
    check_after=AT + dt.timedelta(minutes=30),
    desk="3",
)

REFUND = slips.RefundSlip(
    issuer=ISSUER,
    name="测*甲",
    refund_id="52rf19c2" + "0" * 18,
    receipt_no="RF-K07-00000052",
    original_receipt_no="K07-00012345",
    reason="药房已同意退药",
    channel="wechat",
    tail="8842",
    cash_fen=1944,
    account_fen=5000,
    family_fen=0,
    fund_fen=4056,
    state="processing",
    at=AT,
)

GUIDANCE = slips.Guidance(
    issuer=ISSUER,
    code="SE-01",
    phrase="M0",
    bill_title="药品 4 项",
    amount_fen=11000,
    desk="2",
    desk_place="门诊一楼 医保窗口",
    bring=("slip", "credential"),
    self_pay=True,
    at=AT,
)

NOT_USED = slips.NotUsed(
    issuer=ISSUER,
    name="测*甲",
    attempt_id="88b10d42" + "0" * 18,
    receipt_no="K07-00012346",
    visit_day=AT.date(),
    med_type="11",
    paid_fen=11000,
    code="FB-01",
    at=AT,
)


@pytest.fixture
def wording() -> Wording:
    return shipped()


@pytest.fixture
def facts() -> SimpleNamespace:
    """The papers of the visit, by name, and what they were made of."""
    return SimpleNamespace(
        at=AT,
        issuer=ISSUER,
        person=PERSON,
        visit=VISIT,
        bill=BILL,
        shares=SHARES,
        split=SPLIT,
        papers={
            "statement": STATEMENT,
            "itemised": ITEMISED,
            "checking": CHECKING,
            "refund": REFUND,
            "guidance": GUIDANCE,
            "not_used": NOT_USED,
        },
    )


@pytest.fixture
def rows():
    """A document as the lines a printer would print, codes as `[QR text]`."""

    def read(document: Document) -> list[str]:
        lines = []
        for row in layout(document):
            match row:
                case Line():
                    lines.append(row.text)
                case Rule():
                    lines.append(row.kind * 48)
                case Qr():
                    lines.append(f"[QR {row.text}]")
                case Feed() | Cut():
                    lines.append("")
        return lines

    return read
