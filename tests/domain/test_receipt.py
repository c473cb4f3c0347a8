"""Facts that must not become a paper never exist."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from kiosk.domain import receipt, slips
from kiosk.domain.bill import Bill, BillLine, Diagnosis, Visit
from kiosk.domain.person import Person, Scheme
from kiosk.domain.receipt import PaperError
from kiosk.domain.split import LineShare, Split

AT = dt.datetime(2026, 3, 2, 9, 0)
ISSUER = receipt.Issuer("示例医院", "", "H99010000001", "990100", "K07", "一楼", "1", "2", "3")
HOLDER = receipt.Holder("测*甲", "1", 36, "01", "9901**********001X")
VISIT = Visit("MZ1", None, "11", AT, "01", "内科", "A01", "D1", "示医生", "", "", "", ())


def _line(line_id: str, category: str, amount_fen: int, *, national: str = "XA") -> BillLine:
    return BillLine(
        line_id=line_id,
        at=AT,
        med_list_codg=national,
        medins_list_codg="H-OWN",
        name="示例项",
        spec="10mg",
        unit="盒",
        list_type="",
        item_class="甲",
        fee_category=category,
        quantity=Decimal(1),
        unit_price=Decimal(amount_fen) / 100,
        amount_fen=amount_fen,
        dept_code="",
        dept_name="",
        doctor_no="",
        doctor_name="",
    )


BILL = Bill(
    "B-1",
    1,
    "outpatient",
    "settled",
    "P1",
    "药品",
    AT,
    600,
    True,
    "",
    VISIT,
    (_line("L1", "09", 100), _line("L2", "02", 200), _line("L3", "09", 300, national="")),
)

STATEMENT = receipt.Statement(
    issuer=ISSUER,
    holder=HOLDER,
    attempt_id="ab" * 13,
    receipt_no="K07-1",
    setl_id="",
    mdtrt_id="",
    settled_at=AT,
    visit=receipt.visit_facts(VISIT),
    categories=receipt.category_sums([BILL]),
    split=Split.self_paid(600),
    payment=receipt.PhonePayment("wechat", 600, "8842"),
)


@pytest.mark.clause("S0-1.9")
def test_a_holder_is_masked_when_it_is_made_of_a_person():
    scheme = Scheme("310", "1101", "1", None, "990100", 0)
    person = Person("99", "01", "99010019900101001X", "测试甲", "1", None, 36, (scheme,))
    made = receipt.holder(person, scheme)
    assert (made.name, made.cert_no) == ("测*甲", "9901**********001X")
    assert (made.insutype, made.insured_place) == ("310", "990100")


@pytest.mark.clause("S0-1.9", "S3-8.1.12")
def test_a_name_or_number_in_full_is_refused():
    with pytest.raises(PaperError, match="name"):
        dataclasses.replace(HOLDER, name="测试甲")
    with pytest.raises(PaperError, match="number"):
        dataclasses.replace(HOLDER, cert_no="99010019900101001X")


@pytest.mark.clause("S3-8.1.12")
def test_more_than_the_last_four_of_a_payment_number_is_refused():
    with pytest.raises(PaperError, match="last four"):
        receipt.PhonePayment("wechat", 600, "98842")
    assert receipt.tail("4200002608842") == "8842"
    assert receipt.tail("42") == "42"


@pytest.mark.clause("S3-6.3.2")
def test_categories_come_in_the_order_of_the_e_invoice_and_are_summed():
    assert receipt.category_sums([BILL]) == (
        receipt.CategorySum("02", 200),
        receipt.CategorySum("09", 400),
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"categories": (receipt.CategorySum("02", 599),)}, "categories"),
        ({"payment": None}, "cash"),
        ({"payment": receipt.PhonePayment("wechat", 601, "")}, "cash"),
        ({"split": dataclasses.replace(Split.self_paid(600), own_fen=1)}, "I1"),
    ],
)
def test_a_statement_that_does_not_add_up_is_refused_and_names_the_fault(change, fault):
    with pytest.raises(PaperError, match=fault):
        dataclasses.replace(STATEMENT, **change)


def test_the_main_diagnosis_stands_on_paper_and_without_a_mark_the_first():
    first = Diagnosis("1", 1, "R05", "咳嗽", "", "", "", AT, main=False)
    main = Diagnosis("1", 2, "J20", "急性支气管炎", "", "", "", AT, main=True)
    assert receipt.visit_facts(dataclasses.replace(VISIT, diagnoses=(first, main))).diagnosis_code == "J20"
    assert receipt.visit_facts(dataclasses.replace(VISIT, diagnoses=(first,))).diagnosis_code == "R05"
    assert receipt.visit_facts(VISIT).diagnosis == ""


@pytest.mark.clause("S0-10.7")
def test_a_line_the_agency_did_not_judge_is_paid_in_full_and_shows_the_hospitals_code():
    shares = (LineShare("L1", 100, "02", Decimal("0.1"), 0, 0, 10, 90, None),)
    judged, _, unmapped = receipt.itemised_lines([BILL], shares)
    assert (judged.item_class, judged.pre_self_fen, judged.own_code) == ("02", 10, False)
    assert (unmapped.item_class, unmapped.own_fen, unmapped.code) == ("", 300, "H-OWN")
    assert unmapped.own_code


def test_a_list_whose_lines_are_not_the_total_is_refused():
    lines = receipt.itemised_lines([BILL], ())
    assert receipt.ItemisedList(ISSUER, "测*甲", "K07-1", lines, 600).total_fen == 600
    with pytest.raises(PaperError, match="total"):
        receipt.ItemisedList(ISSUER, "测*甲", "K07-1", lines, 601)
    with pytest.raises(PaperError, match="without lines"):
        receipt.ItemisedList(ISSUER, "测*甲", "K07-1", (), 0)


def _checking(**change) -> slips.BeingChecked:
    facts = {
        "issuer": ISSUER,
        "name": "测*",
        "attempt_id": "ab" * 13,
        "phrase": "M1",
        "total_fen": 1,
        "cash_fen": 1,
        "channel": "",
        "tail": "",
        "at": AT,
        "check_after": AT,
        "desk": "3",
    }
    return slips.BeingChecked(**(facts | change))


@pytest.mark.parametrize("phrase", ["M0", "M2", "M3", ""])
def test_a_checking_slip_can_only_say_that_it_is_being_checked(phrase):
    assert _checking(phrase="M1b").phrase == "M1b"
    with pytest.raises(PaperError, match="cannot say"):
        _checking(phrase=phrase)


def test_slips_refuse_a_name_in_full():
    with pytest.raises(PaperError, match="masked"):
        _checking(name="测试甲")
    with pytest.raises(PaperError, match="masked"):
        slips.NotUsed(ISSUER, "测试甲", "ab" * 13, "1", AT.date(), "11", 1, "FB-01", AT)


def _refund(**change) -> slips.RefundSlip:
    facts = {
        "issuer": ISSUER,
        "name": "测*",
        "refund_id": "cd" * 13,
        "receipt_no": "R1",
        "original_receipt_no": "K1",
        "reason": "",
        "channel": "wechat",
        "tail": "8842",
        "cash_fen": 100,
        "account_fen": 20,
        "family_fen": 3,
        "fund_fen": 4000,
        "state": "processing",
        "at": AT,
    }
    return slips.RefundSlip(**(facts | change))


@pytest.mark.clause("S3-6.2.3")
def test_a_refund_is_the_sum_of_its_routes():
    assert _refund().total_fen == 4123


@pytest.mark.parametrize("change", [{"cash_fen": -1}, {"fund_fen": -1}, {"state": "maybe"}, {"name": "全名"}])
def test_a_refund_slip_that_cannot_be_true_is_refused(change):
    with pytest.raises(PaperError):
        _refund(**change)


def test_the_first_copy_is_number_one():
    assert slips.CopyMark(1, AT, "一楼").number == 1
    with pytest.raises(PaperError):
        slips.CopyMark(0, AT, "一楼")
