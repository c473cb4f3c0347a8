"""The bills of the invented persons, as plain data. Items, prices and doctors are invented too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from kiosk.domain.bill import Bill, BillLine, ConsentDue, Diagnosis, Visit
from kiosk.domain.money import line_amount_fen

_ZONE = ZoneInfo("Asia/Shanghai")
_MEDICINE, _SERVICE, _MATERIAL = "101", "201", "301"  # list_type


@dataclass(frozen=True, slots=True)
class Goods:
    """What a line can charge."""

    code: str  # med_list_codg
    name: str
    spec: str
    unit: str
    list_type: str
    item_class: str
    fee_category: str  # med_chrgitm_type
    price: str


GOODS: dict[str, Goods] = {
    "metformin": Goods(
        "XA10BAE046A010020199001",
        "盐酸二甲双胍缓释片",
        "0.5 克 × 60 片",
        "盒",
        _MEDICINE,
        "乙",
        "09",
        "22.00",
    ),
    "aspirin": Goods(
        "XB01ACA056A002010199002", "阿司匹林肠溶片", "100 毫克 × 30 片", "盒", _MEDICINE, "甲", "09", "4.20"
    ),
    "vitamin_b1": Goods(
        "XA11DAW024A001010199003", "维生素 B1 片", "10 毫克 × 100 片", "瓶", _MEDICINE, "甲", "09", "2.20"
    ),
    "cooling_patch": Goods(
        "C99010100000000000001", "医用冷敷贴", "1 贴", "贴", _MATERIAL, "丙", "08", "10.00"
    ),
    "consultation": Goods("001102000019901", "普通门诊诊查费", "", "次", _SERVICE, "甲", "02", "8.00"),
    "glucose": Goods("002503020019901", "血糖测定", "", "项", _SERVICE, "甲", "04", "3.60"),
    "sampling": Goods("001204000019902", "静脉采血", "", "次", _SERVICE, "甲", "05", "1.60"),
    "needle": Goods("C99020100000000000002", "一次性采血针", "1 支", "支", _MATERIAL, "甲", "08", "0.80"),
    "test_strips": Goods(
        "C99030100000000000003", "血糖试纸 25 条", "25 条", "盒", _MATERIAL, "甲", "08", "12.00"
    ),
    "amoxicillin": Goods(
        "XJ01CAA040E001010199004", "阿莫西林胶囊", "0.25 克 × 24 粒", "盒", _MEDICINE, "甲", "09", "9.80"
    ),
    "blood_count": Goods("002501010159903", "血细胞分析", "", "次", _SERVICE, "甲", "04", "20.00"),
    "ultrasound": Goods("002203010019904", "彩色多普勒超声检查", "", "部位", _SERVICE, "乙", "03", "120.00"),
    "cough_syrup": Goods(
        "ZA04CAE0023010199005", "川贝止咳糖浆", "100 毫升", "瓶", _MEDICINE, "乙", "11", "18.60"
    ),
    "amlodipine": Goods(
        "XC08CAA250A001010199006", "苯磺酸氨氯地平片", "5 毫克 × 28 片", "盒", _MEDICINE, "甲", "09", "15.40"
    ),
    "gastroscopy": Goods("003109020059905", "电子胃镜检查", "", "次", _SERVICE, "乙", "03", "180.00"),
    "anaesthesia": Goods("003301000079906", "无痛胃镜麻醉", "", "次", _SERVICE, "丙", "06", "268.00"),
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """One bill: title, time of the day, goods and quantities."""

    title: str
    at: str
    goods: tuple[tuple[str, str], ...]
    consent: str = ""  # goods that need the patient's consent


@dataclass(frozen=True, slots=True)
class _VisitPlan:
    dept: tuple[str, str, str]  # code, name, caty
    doctor: tuple[str, str]
    diagnosis: tuple[str, str]
    bills: tuple[_Plan, ...]


_ENDOCRINE = ("0305", "内分泌科", "A03.05")
_INTERNAL = ("0301", "普通内科", "A03.01")
_DIGESTIVE = ("0302", "消化科", "A03.02")
_PAEDIATRIC = ("0700", "儿科", "A07")

_LI = ("D990100000101", "李医生")
_ZHOU = ("D990100000102", "周医生")
_WU = ("D990100000103", "吴医生")

_DIABETES = ("E11.900", "2 型糖尿病")
_HYPERTENSION = ("I10.x00", "原发性高血压")
_INFECTION = ("J06.900", "急性上呼吸道感染")
_GASTRITIS = ("K29.500", "慢性胃炎")

_TESTS = _Plan("检查治疗", "09:42", (("consultation", "1"), ("blood_count", "1"), ("sampling", "1")))
_COLD = _VisitPlan(
    _INTERNAL,
    _WU,
    _INFECTION,
    (
        _Plan("药品", "09:20", (("amoxicillin", "2"), ("cough_syrup", "1"))),
        _TESTS,
    ),
)

_VISITS: dict[str, _VisitPlan] = {
    "zhang": _VisitPlan(
        _ENDOCRINE,
        _LI,
        _DIABETES,
        (
            _Plan(
                "药品",
                "09:40",
                (("metformin", "2"), ("aspirin", "1"), ("vitamin_b1", "1"), ("cooling_patch", "1")),
            ),
            _Plan(
                "检查治疗",
                "09:42",
                (
                    ("consultation", "1"),
                    ("glucose", "1"),
                    ("sampling", "1"),
                    ("needle", "1"),
                    ("test_strips", "1"),
                ),
            ),
        ),
    ),
    "chen": _VisitPlan(
        _INTERNAL, _WU, _HYPERTENSION, (_Plan("药品", "08:55", (("amlodipine", "2"), ("aspirin", "1"))),)
    ),
    "li": _VisitPlan(
        _PAEDIATRIC, _WU, _INFECTION, (_Plan("药品", "10:05", (("amoxicillin", "1"), ("cough_syrup", "2"))),)
    ),
    "he": _VisitPlan(
        _DIGESTIVE,
        _ZHOU,
        _GASTRITIS,
        (_Plan("检查治疗", "09:10", (("gastroscopy", "1"), ("anaesthesia", "1")), consent="anaesthesia"),),
    ),
    "zhou": _VisitPlan(
        _INTERNAL,
        _WU,
        _HYPERTENSION,
        (
            _Plan("药品", "09:30", (("amlodipine", "3"), ("aspirin", "1"))),
            _Plan("检查治疗", "09:35", (("ultrasound", "1"), ("consultation", "1"))),
        ),
    ),
}


def bills_of(person_id: str, patient_id: str, day: dt.date) -> tuple[Bill, ...]:
    """The open bills of one person on a day: one visit, one or two bills. Who is not named has a cold."""
    plan = _VISITS.get(person_id, _COLD)
    number = f"{patient_id[-4:]}{day:%m%d}"
    visit = _visit(plan, f"M{day:%Y%m%d}{patient_id[-4:]}", _at(day, "09:00"))
    return tuple(
        _bill(one, f"B{number}{index}", patient_id, visit, day) for index, one in enumerate(plan.bills, 1)
    )


def _visit(plan: _VisitPlan, number: str, begin_at: dt.datetime) -> Visit:
    dept_code, dept_name, caty = plan.dept
    doctor_no, doctor_name = plan.doctor
    code, name = plan.diagnosis
    diagnosis = Diagnosis("1", 1, code, name, dept_name, doctor_no, doctor_name, begin_at, main=True)
    return Visit(
        ipt_otp_no=number,
        mdtrt_id=None,
        med_type="11",
        begin_at=begin_at,
        dept_code=dept_code,
        dept_name=dept_name,
        caty=caty,
        doctor_no=doctor_no,
        doctor_name=doctor_name,
        main_condition=name,
        disease_code="",
        disease_name="",
        diagnoses=(diagnosis,),
    )


def _bill(plan: _Plan, bill_id: str, patient_id: str, visit: Visit, day: dt.date) -> Bill:
    at = _at(day, plan.at)
    lines = tuple(
        _line(f"{bill_id}-{index}", GOODS[name], Decimal(quantity), visit, at)
        for index, (name, quantity) in enumerate(plan.goods, 1)
    )
    due = tuple(
        line
        for line, (name, _) in zip(lines, plan.goods, strict=True)
        if plan.consent and name == plan.consent
    )
    consents = tuple(ConsentDue(f"C{line.line_id}", "1", (line.line_id,), line.amount_fen) for line in due)
    return Bill(
        bill_id=bill_id,
        version=1,
        kind="outpatient",
        state="open",
        patient_id=patient_id,
        title=plan.title,
        created_at=at,
        total_fen=sum(line.amount_fen for line in lines),
        insurable=True,
        not_insurable_reason="",
        visit=visit,
        lines=lines,
        line_count=len(lines),
        combine_group=visit.ipt_otp_no,
        consents_due=consents,
    )


def _line(line_id: str, goods: Goods, quantity: Decimal, visit: Visit, at: dt.datetime) -> BillLine:
    medicine = goods.list_type == _MEDICINE
    price = Decimal(goods.price)
    return BillLine(
        line_id=line_id,
        at=at,
        med_list_codg=goods.code,
        medins_list_codg=f"H{goods.code[-6:]}",
        name=goods.name,
        spec=goods.spec,
        unit=goods.unit,
        list_type=goods.list_type,
        item_class=goods.item_class,
        fee_category=goods.fee_category,
        quantity=quantity,
        unit_price=price,
        amount_fen=line_amount_fen(quantity, price),
        dept_code=visit.dept_code,
        dept_name=visit.dept_name,
        doctor_no=visit.doctor_no,
        doctor_name=visit.doctor_name,
        rx_no=f"R{line_id}" if medicine else "",
        dose="按医嘱" if medicine else "",
        route="口服" if medicine else "",
    )


def _at(day: dt.date, time: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time), _ZONE)
