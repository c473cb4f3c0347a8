"""One view of every screen with the amounts of the mockups.

Used by `kiosk ui shots`, by the audit, and to build screens before the first patient comes.
Persons, items and places are invented; 86.40 = 42.00 + 30.00 + 14.40 and
28.00 + 10.00 + 4.40 + 2.00 = 44.40.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from kiosk.journeys import views
from kiosk.ui import _price_samples

NOW = dt.datetime(2026, 11, 21, 10, 15, tzinfo=dt.timezone(dt.timedelta(hours=8)))
NUMBER = 1
LOBBY = {
    "14_refused": "14_refused_lobby",
    "18b_price_search_portrait": "18a_price_search_lobby",
    "19_price_item": "19_price_item_lobby",
}
"""What a price-inquiry terminal shows, and under which name."""


class Samples:
    """The sample views in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def all(self) -> dict[str, views.View]:
        """Views by the name of their picture."""
        return {name: self._view(content, stop) for name, (content, stop) in self._contents().items()}

    def _z(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def _view(self, content: views.Content, stop: int) -> views.View:
        header = views.Header(
            self._z("示例医院", "Example Hospital"),
            self._z("门诊楼 1 层，3 号机", "Outpatients, floor 1, No. 3"),
        )
        return views.View(
            number=NUMBER,
            content=content,
            header=header,
            dock=_dock(content),
            language=self.language,
            stop=stop,
            seen_at=NOW,
        )

    def _contents(self) -> dict[str, tuple[views.Content, int]]:
        return {
            "01_attract": (views.Attract(), 0),
            "02_home": (self._home(), 0),
            "03_identify": (views.Identify(camera=True, card=True, hint="closer"), 1),
            "03b_wrong_code": (views.WrongCode("wechat_pay"), 1),
            "04a_card_needs_code": (views.CardNeedsCode("CD-11"), 1),
            "04b_bank_card": (views.BankCard("CD-03"), 1),
            "05_is_this_you": (self._who(), 1),
            "06_open_bills": (self._bills(), 2),
            "07_who_pays": (self._who_pays(), 3),
            "08_why_line": (self._why_line(), 3),
            "09_consent": (self._consent(), 3),
            "10_pay_qr": (self._pay(), 4),
            "10_pay_qr_refused": (replace(self._pay(), can_show=False, refused="PY-09"), 4),
            "10b_pay_by_code": (views.PayByCode(1440, "show", hint="closer"), 4),
            "10b_pay_by_code_wrong": (views.PayByCode(1440, "show", wrong="PY-11"), 4),
            "10b_pay_by_code_password": (views.PayByCode(1440, "password"), 4),
            "10b_pay_by_code_ending": (views.PayByCode(1440, "ending"), 4),
            "11_settling": (views.Settling(1, 8640, 4200, 3000, 1440, "10:16:02"), 4),
            "12_done": (self._done(), 5),
            "13_unknown": (self._checked("M1"), 4),
            "13_unknown_unproven": (self._checked("M1b"), 4),
            "13_unknown_refund": (replace(self._checked(""), code="RF-02", refund=True), 0),
            "14_refused": (views.NotPossible("EN-01", "M0", self_pay=True), 3),
            "14_refused_returned": (views.NotPossible("SE-02", "M3", returned_fen=1440), 4),
            "16_network_down": (views.NetworkDown("10:12", "FB-01"), 0),
            "17_out_of_paper": (views.DeviceTrouble("printer", "PR-13", "10:14"), 3),
            "17_no_reader": (views.DeviceTrouble("card_reader", "CD-10", "10:14"), 1),
            "17_no_camera": (views.DeviceTrouble("camera", "QR-06", "10:14"), 1),
            "17_no_identity": (views.DeviceTrouble("identity", "CD-10", "10:14"), 1),
            "17_staff_window": (views.StaffWindow("3", "000-00000001"), 0),
            "18b_price_search_portrait": (_price_samples.search(self._z), 0),
            "19_price_item": (_price_samples.item(self._z), 0),
            "26_refund": (self._refund(), 0),
            "26_nothing_to_refund": (views.NothingToRefund(), 0),
        }

    def _home(self) -> views.Home:
        notice = views.Notice(
            self._z("11月28日 20:00–22:00 医保系统升级", "28 Nov 20:00–22:00: insurance system upgrade"),
            self._z(
                "这段时间只能自费付款，请提前安排。",
                "In this time only full self-pay works. Please plan ahead.",
            ),
        )
        return views.Home(notice=notice)

    def _who(self) -> views.Who:
        return views.Who(
            name="张*国",
            sex="1",
            age=67,
            id_number="9901 **** **** **31",
            place=self._z("示例市 990100", "Sample City (990100)"),
            insutype="310",
            psn_type="12",
            entitled=True,
        )

    def _bills(self) -> views.Bills:
        z = self._z
        medicines = (
            views.LineRow(z("盐酸二甲双胍缓释片", "Metformin SR tablets"), "2", 4400, "pre_self"),
            views.LineRow(z("阿司匹林肠溶片", "Aspirin EC tablets"), "1", 420),
            views.LineRow(z("维生素 B1 片", "Vitamin B1 tablets"), "1", 220),
            views.LineRow(z("医用冷敷贴", "Cooling patch"), "1", 1000, "own"),
        )
        tests = (
            views.LineRow(z("普通门诊诊查费", "Consultation"), "1", 800),
            views.LineRow(z("血糖测定", "Blood glucose"), "1", 360),
            views.LineRow(z("静脉采血", "Venous sampling"), "1", 160),
            views.LineRow(z("一次性采血针", "Disposable needle"), "1", 80),
            views.LineRow(z("血糖试纸 25 条", "Test strips, 25"), "1", 1200, "over_limit"),
        )
        dept, doctor = z("内分泌科", "Endocrinology"), z("李医生", "Dr Li")
        first, second = (NOW.replace(hour=9, minute=minute) for minute in (40, 42))
        return views.Bills(
            rows=(
                views.BillRow("B-17", "", dept, doctor, first, 6040, True, medicines),
                views.BillRow("B-18", "", dept, doctor, second, 2600, True, tests, kind="service"),
            ),
            chosen_fen=8640,
            chosen_lines=9,
        )

    def _reasons(self) -> tuple[views.ReasonRow, ...]:
        z = self._z
        return (
            views.ReasonRow("shared", 2800, base_fen=7000, ratio_percent="60"),
            views.ReasonRow("own", 1000, z("医用冷敷贴", "Cooling patch"), 1, z("1 贴", "1"), 1000),
            views.ReasonRow(
                "pre_self", 440, z("二甲双胍", "Metformin"), 1, z("2 盒", "2 boxes"), 4400, ratio_percent="10"
            ),
            views.ReasonRow("over_limit", 200, z("血糖试纸", "Test strips"), 1, "", 1200, 1000),
        )

    def _who_pays(self) -> views.WhoPays:
        return views.WhoPays(
            total_fen=8640,
            fund_fen=4200,
            account_fen=3000,
            family_fen=0,
            hospital_fen=0,
            cash_fen=1440,
            balance_fen=51230,
            person_fen=4440,
            reasons=self._reasons(),
        )

    def _why_line(self) -> views.WhyLine:
        z = self._z
        return views.WhyLine(
            reason=views.ReasonRow(
                "pre_self",
                440,
                z("盐酸二甲双胍缓释片", "Metformin SR tablets"),
                1,
                z("2 盒", "2 boxes"),
                4400,
                ratio_percent="10",
            ),
            spec=z("0.5 克 × 60 片", "0.5 g × 60"),
            unit=z("盒", "box"),
            unit_price="22.00",
            fund_percent="60",
            source=z("示例市医保药品目录（2026 年版）", "Sample City medicine list 2026"),
            source_date=z("1 月 1 日", "1 Jan"),
        )

    def _consent(self) -> views.Consent:
        z = self._z
        item = views.ConsentItem(
            z("无痛胃镜麻醉", "Sedation for gastroscopy"),
            z("1 次，消化科，周医生", "once, Gastroenterology, Dr Zhou"),
            26800,
        )
        return views.Consent((item,), 26800, "C-3")

    def _checked(self, phrase: str) -> views.BeingChecked:
        return views.BeingChecked(
            phrase=phrase,
            cash_fen=1440,
            reference="7F3A-9C21",
            lookup_qr="KC1:990100:K07:7F3A9C21",
            code="SE-03",
            printed=True,
            seen_at="10:17",
        )

    def _refund(self) -> views.RefundOffer:
        return views.RefundOffer(
            refund_due_id="RD-1",
            title=self._z("血糖试纸 25 条", "Test strips, 25"),
            reason=self._z(
                "血糖试纸没有领，药房已同意退。",
                "The test strips were not collected; the pharmacy agreed.",
            ),
            fund_fen=600,
            account_fen=400,
            cash_fen=200,
            channel="wechat",
            balance_after_fen=51630,
        )

    def _pay(self) -> views.Pay:
        code = "https://pay.example.invalid/o/K03-20261121-000417"
        return views.Pay(1440, code, 228, 300, "1–6", can_show=True)

    def _done(self) -> views.Finished:
        z = self._z
        step = views.NextStepRow(
            z("去药房取药", "Get medicine"),
            z("本楼 1 层，向右走 30 米", "This floor, right, 30 m"),
            "3",
            z("约 8 分钟", "In 8 min"),
        )
        return views.Finished(
            cash_fen=1440,
            balance_fen=51230,
            insured=True,
            name="张*国",
            steps=(step,),
            papers=2,
            paper_off=False,
            card_in=True,
            invoice_qr="https://inv.example.invalid/i/20261121000417",
            lookup_qr="",
            leave_s=20,
        )


def _dock(content: views.Content) -> views.Dock:
    """The places that apply, as the journeys say them."""
    match content:
        case views.Attract():
            return views.Dock(back=False, home=False)
        case views.Home():
            return views.Dock(back=False)
        case views.Settling() | views.PayByCode(stage="asking" | "ending"):
            return views.Dock(back=False, home=False, language=False)
        case views.Pay() | views.PayByCode():
            return views.Dock(back=False)
        case views.Finished() | views.BeingChecked() | views.NetworkDown():
            return views.Dock(back=False)
    return views.Dock()


def samples(language: str, role: str = "self_service") -> dict[str, views.View]:
    """The sample views of a language and a terminal's role, by the name of their picture."""
    views_by_name = Samples(language).all()
    if role == "price_inquiry":
        return {LOBBY[name]: view for name, view in views_by_name.items() if name in LOBBY}
    return views_by_name
