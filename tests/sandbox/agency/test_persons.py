"""The invented persons: nobody real, and between them everything the product must cope with."""

from __future__ import annotations

import datetime as dt

from kiosk.assets import path as asset
from kiosk.domain.person import id_is_valid, mask_name, mask_number
from kiosk.sandbox.benefits import load_items
from kiosk.sandbox.persons import BY_ID, PERSONS, bills

DAY = dt.date(2026, 11, 21)


def test_every_id_number_is_invented_and_right_in_form():
    for person in PERSONS:
        assert id_is_valid(person.cert_no), person.id
        assert person.cert_no[:2] == "99", person.id
        assert person.cert_no[6:14] == f"{person.birth_date:%Y%m%d}"
        assert int(person.cert_no[16]) % 2 == int(person.sex) % 2, person.id


def test_cards_have_the_published_shape():
    cards = [person.card for person in PERSONS if person.card]
    for card in cards:
        assert (len(card.card_no), len(card.card_id)) == (9, 32)
        assert card.card_no[0].isalpha()
        assert bytes.fromhex(card.card_id)
        assert card.card_id[6:16] == "D156000005"
        assert card.issued_on < DAY < card.expires_on
    assert len({card.card_no for card in cards}) == len(cards)
    assert {card.version for card in cards} == {"1.00", "2.00", "3.00"}


def test_numbers_and_handles_are_unique():
    for name in ("id", "cert_no", "psn_no", "patient_id", "name"):
        assert len({getattr(person, name) for person in PERSONS}) == len(PERSONS), name


def test_the_person_of_the_mockup_is_shown_as_drawn():
    zhang = BY_ID["zhang"]
    assert (mask_name(zhang.name), zhang.age_on(DAY), zhang.region) == ("张*国", 67, "990100")
    assert mask_number(zhang.cert_no).startswith("9901")
    assert zhang.cert_no.endswith("31")


def test_the_bills_of_the_mockup_are_as_drawn():
    drugs, tests = bills("zhang", DAY)
    assert [(bill.title, bill.total_fen, bill.line_count) for bill in (drugs, tests)] == [
        ("药品", 6040, 4),
        ("检查治疗", 2600, 5),
    ]
    drawn = [(line.name, str(line.quantity), line.amount_fen) for line in (*drugs.lines, *tests.lines)]
    assert drawn == [
        ("盐酸二甲双胍缓释片", "2", 4400),
        ("阿司匹林肠溶片", "1", 420),
        ("维生素 B1 片", "1", 220),
        ("医用冷敷贴", "1", 1000),
        ("普通门诊诊查费", "1", 800),
        ("血糖测定", "1", 360),
        ("静脉采血", "1", 160),
        ("一次性采血针", "1", 80),
        ("血糖试纸 25 条", "1", 1200),
    ]
    assert (drugs.visit.dept_name, drugs.visit.doctor_name) == ("内分泌科", "李医生")
    assert [f"{bill.created_at:%H:%M}" for bill in (drugs, tests)] == ["09:40", "09:42"]


def test_every_bill_adds_up_and_its_line_numbers_are_unique_in_the_visit():
    for person in PERSONS:
        found = bills(person.id, DAY)
        assert found
        assert all(bill.faults() == () for bill in found), person.id
        numbers = [line.line_id for bill in found for line in bill.lines]
        assert len(set(numbers)) == len(numbers)
        assert max(map(len, numbers)) <= 30


def test_every_item_but_the_unlisted_is_in_the_agencys_directory():
    codes = load_items(asset("policies", "990100-items.toml")).by_code
    classes = {"甲": "01", "乙": "02", "丙": "03"}
    for person in PERSONS:
        for bill in bills(person.id, DAY):
            for line in bill.lines:
                assert codes[line.med_list_codg].item_class == classes[line.item_class], line.name


def test_an_item_outside_the_fund_above_200_yuan_needs_consent():
    (bill,) = bills("he", DAY)
    (due,) = bill.consents_due
    assert due.amount_fen == 26800
    assert [line.name for line in bill.lines if line.line_id in due.line_ids] == ["无痛胃镜麻醉"]


def test_between_them_they_have_what_a_terminal_must_cope_with():
    schemes = {scheme.insutype for person in PERSONS for scheme in person.schemes}
    assert schemes == {"310", "390"}
    assert any(not scheme.usable for scheme in BY_ID["wang"].schemes)
    assert any(len(char.encode("gb18030")) == 4 for char in BY_ID["zhu"].name)
    assert len(BY_ID["ayi"].name.encode("gb18030")) > 30  # more than the card's first name field
    assert BY_ID["zhao"].region == "990200"
    assert min(person.age_on(DAY) for person in PERSONS) < 18
    assert max(len(bills(person.id, DAY)) for person in PERSONS) == 2


def test_a_repr_shows_neither_person_nor_card():
    zhang = BY_ID["zhang"]
    for secret in (zhang.name, zhang.cert_no, zhang.psn_no, zhang.card.card_no, zhang.card.card_id):
        assert secret not in repr(zhang)
