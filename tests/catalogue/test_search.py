"""What a patient finds, and in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from kiosk.catalogue import Catalogue, Kind

Named = Callable[..., Catalogue]
Live = Callable[..., Catalogue]


def names(catalogue: Catalogue, query: str, **more: object) -> list[str]:
    return [hit.name for hit in catalogue.search(query, **more).hits]  # type: ignore[arg-type]


@pytest.mark.clause("S3-6.3.1", "S2-I.3")
def test_a_hit_says_what_the_item_costs_and_what_insurance_makes_of_it(live: Live) -> None:
    row = {
        "code": "m1",
        "name": "盐酸二甲双胍缓释片",
        "spec": "0.5 克 × 60 片",
        "class": "乙",
        "preself_ratio": "0.10",
        "price_fen": 2200,
        "ceiling_fen": 2500,
        "maker": "示例药业",
        "prescription": "是",
        "limits": "限二线用药",
        "valid_from": "2026-01-01",
    }
    (hit,) = live([row]).search("二甲").hits
    assert (hit.code, hit.unit, hit.price_fen, hit.class_, hit.kind) == (
        "M1",
        "盒",
        2200,
        "乙",
        Kind.MEDICINE,
    )
    assert (hit.preself_ratio, hit.price_ceiling_fen, hit.prescription) == (Decimal("0.10"), 2500, True)
    assert (hit.as_of, hit.valid_from, hit.limits) == (
        dt.date(2026, 11, 20),
        dt.date(2026, 1, 1),
        "限二线用药",
    )


@pytest.mark.clause("S3-6.3.1")
def test_the_date_and_the_complaint_channel_stand_beside_the_prices(named: Named) -> None:
    meta = named("青霉素").meta
    assert (meta.as_of, meta.complaint, meta.rows) == (dt.date(2026, 11, 20), "000-8800", 1)


@pytest.mark.parametrize("query", ["胍", "双胍", "二甲双", "双胍缓释片", "ejsg", "EJSG", "sg", "YSEJSGHSP"])
def test_a_name_is_found_by_any_part_of_it_or_of_its_initials(named: Named, query: str) -> None:
    assert names(named("盐酸二甲双胍缓释片", "阿司匹林肠溶片"), query) == ["盐酸二甲双胍缓释片"]


@pytest.mark.parametrize("query", ["维生素 B1", "Ｂ１片", "b1", "wssbp", "维生素b1片"])
def test_spaces_width_case_and_digits_do_not_stand_between_a_patient_and_a_name(
    named: Named, query: str
) -> None:
    assert names(named("维生素 B1 片", "维生素片"), query) == ["维生素 B1 片"]


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("重组人胰岛素", ["CZRYDS", "ZZRYDS"]),
        ("重型肝炎抗体", ["ZXGY", "CXGY"]),
        ("行为疗法", ["XWLF", "HWLF"]),
        ("人参口服液", ["RSKFY", "RCKFY"]),
        ("膀胱镜检查", ["PGJ", "BGJ"]),
        ("颈椎间盘切除", ["JZJP", "GZJP", "JCJP"]),
        ("荨麻疹抗原", ["XMZ", "QMZ"]),
        ("牙龈翻瓣术", ["YYFBS", "YKFBS"]),
        ("疟原虫检查", ["NYC", "YYC"]),
        ("粘膜保护剂", ["NMBH", "ZMBH"]),
    ],
)
def test_a_character_with_several_readings_is_found_by_each(
    named: Named, name: str, queries: list[str]
) -> None:
    catalogue = named(name, "阿司匹林")
    assert [names(catalogue, query) for query in queries] == [[name]] * len(queries)


def test_a_reading_that_is_unusual_in_the_word_comes_last(named: Named) -> None:
    assert names(named("重组蛋白", "重症监测"), "ZZ") == ["重症监测", "重组蛋白"]


@pytest.mark.parametrize("name", ["㱮剂", "𬭩盐片", "䗪虫粉", "αβ 肽", "糖类抗原 CA-125"])
def test_rare_characters_and_signs_are_found_as_they_are_written(named: Named, name: str) -> None:
    catalogue = named(name, "阿司匹林")
    assert names(catalogue, name) == [name]
    assert names(catalogue, name[0]) == [name]


def test_two_characters_find_what_a_trigram_index_would_miss(named: Named) -> None:
    assert names(named("阿莫西林胶囊", "阿司匹林"), "阿莫") == ["阿莫西林胶囊"]


def test_the_order_is_whole_then_common_then_beginning_then_inside(live: Live) -> None:
    rows = [
        {"code": "A1", "name": "复方甘草"},
        {"code": "A2", "name": "甘草颗粒"},
        {"code": "A3", "name": "清热甘草合剂", "common": 1},
        {"code": "A4", "name": "甘草"},
    ]
    assert names(live(rows), "甘草") == ["甘草", "清热甘草合剂", "甘草颗粒", "复方甘草"]


def test_equal_hits_stand_by_kind_then_length_then_code(live: Live) -> None:
    rows = [
        {"code": "B3", "name": "血糖仪", "kind": "supply"},
        {"code": "B2", "name": "血糖测定", "kind": "service"},
        {"code": "B1", "name": "血糖胶囊甲"},
        {"code": "B0", "name": "血糖胶囊"},
        {"code": "A9", "name": "血糖颗粒"},
    ]
    expected = ["血糖颗粒", "血糖胶囊", "血糖胶囊甲", "血糖测定", "血糖仪"]
    assert names(live(rows), "血糖") == expected
    assert names(live(rows, "again.db"), "XT") == expected


def test_rows_of_one_name_stand_together_and_are_all_counted(live: Live) -> None:
    rows = [
        {"code": "C1", "name": "叶酸片", "spec": "5 毫克 × 30 片"},
        {"code": "C2", "name": "叶酸胶囊"},
        {"code": "C3", "name": "叶酸片", "spec": "5 毫克 × 100 片"},
    ]
    page = live(rows).search("叶酸")
    assert [hit.code for hit in page.hits] == ["C3", "C1", "C2"]
    assert page.total == 3


@pytest.mark.parametrize("query", ["X99", "x990", "X9902"])
def test_a_code_is_found_by_its_beginning(live: Live, query: str) -> None:
    catalogue = live([{"code": "X99021", "name": "甲"}, {"code": "Y1", "name": "乙"}])
    assert names(catalogue, query) == ["甲"]


def test_a_whole_code_comes_before_names_and_a_beginning_after_them(live: Live) -> None:
    rows = [
        {"code": "B12", "name": "注射器"},
        {"code": "B123", "name": "针头"},
        {"code": "Z1", "name": "维生素B12片"},
    ]
    assert names(live(rows), "b12") == ["注射器", "维生素B12片", "针头"]


@pytest.mark.parametrize(
    ("kind", "found"), [(Kind.MEDICINE, ["血糖片1"]), (Kind.SERVICE, ["血糖1"]), (Kind.SUPPLY, [])]
)
@pytest.mark.parametrize("query", ["血糖", "XT", "血", "X", "1"])
def test_a_kind_keeps_its_own_hits_alone(live: Live, kind: Kind, found: list[str], query: str) -> None:
    rows = [{"code": "D1", "name": "血糖片1"}, {"code": "E1", "name": "血糖1", "kind": "service"}]
    page = live(rows).search(query, kind=kind)
    assert ([hit.name for hit in page.hits], page.total) == (found, len(found))


@pytest.mark.parametrize("query", ["片", "P", "甲片", "JP", "M"])
def test_pages_side_by_side_are_the_whole_list_once(live: Live, query: str) -> None:
    rows = [
        {"code": f"M{number:04d}", "name": f"{'甲乙丙'[number % 3]}甲片{number // 3}"} for number in range(60)
    ]
    catalogue = live(rows)
    whole = catalogue.search(query, limit=200)
    pages = [catalogue.search(query, limit=7, offset=offset) for offset in range(0, 63, 7)]
    assert [hit.code for page in pages for hit in page.hits] == [hit.code for hit in whole.hits]
    assert {page.total for page in pages} == {whole.total}
    assert catalogue.search(query, limit=7, offset=1_000).hits == ()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "\n",
        "虎骨",
        "溶片虎",
        "虎阿司",
        "片虎",
        "QQQQ",
        "片" * 500,
        "\x00",
        "'; DROP TABLE item",
        "%",
        "*",
    ],
)
def test_a_query_that_fits_nothing_finds_nothing(named: Named, query: str) -> None:
    assert named("阿司匹林肠溶片").search(query).total == 0


@pytest.mark.parametrize(
    ("query", "found"), [("甲甲甲甲", 2), ("JJJJJ", 1), ("甲甲甲甲甲甲", 0), ("丙甲甲甲甲甲甲", 0)]
)
def test_a_query_that_repeats_itself_or_runs_over_the_end_finds_what_holds_it(
    named: Named, query: str, found: int
) -> None:
    assert named("甲甲甲甲甲", "丙甲甲甲甲").search(query).total == found


def test_an_alias_finds_the_item_under_its_proper_name(live: Live) -> None:
    catalogue = live(
        [{"code": "F1", "name": "二甲双胍片", "alias": "metformin|降糖片"}, {"code": "F2", "name": "青霉素"}]
    )
    assert [names(catalogue, query) for query in ("metf", "降糖", "jtp")] == [["二甲双胍片"]] * 3


def test_a_row_without_a_price_is_found_and_has_none(live: Live) -> None:
    rows = [
        {"code": "G1", "name": "护理类", "row_kind": "heading", "price_fen": "", "kind": "service"},
        {"code": "G2", "name": "夜间加收", "row_kind": "surcharge", "price_fen": "", "kind": "service"},
    ]
    catalogue = live(rows)
    assert [hit.price_fen for query in ("护理", "加收") for hit in catalogue.search(query).hits] == [
        None,
        None,
    ]


def test_others_with_the_same_ingredient_come_cheapest_first(live: Live) -> None:
    rows = [
        {"code": "H1", "name": "缓释片", "ingredient": "二甲双胍", "price_fen": 2200},
        {"code": "H2", "name": "片", "ingredient": "二甲双胍", "price_fen": 680},
        {"code": "H3", "name": "小盒", "ingredient": "二甲双胍", "price_fen": 1180},
        {"code": "H4", "name": "别的", "ingredient": "格列本脲"},
        {"code": "H5", "name": "无", "ingredient": ""},
    ]
    catalogue = live(rows)
    assert [hit.code for hit in catalogue.same_ingredient("H1")] == ["H2", "H3"]
    assert catalogue.same_ingredient("H5") == catalogue.same_ingredient("NONE") == ()


@pytest.mark.clause("S2-F.3")
def test_the_first_page_has_the_items_that_the_hospital_calls_common(live: Live) -> None:
    rows = [
        {"code": "I1", "name": "血常规", "kind": "service", "common": 1},
        {"code": "I2", "name": "青霉素", "common": 1},
        {"code": "I3", "name": "阿胶"},
    ]
    catalogue = live(rows)
    assert [hit.name for hit in catalogue.common()] == ["青霉素", "血常规"]
    assert [hit.name for hit in catalogue.common(Kind.SERVICE)] == ["血常规"]


def test_an_item_is_read_by_its_code_in_any_case(named: Named) -> None:
    catalogue = named("青霉素")
    found = catalogue.item("m001")
    assert found is not None
    assert found.name == "青霉素"
    assert catalogue.item("M999") is None


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (201, 0), (20, -1)])
def test_a_page_that_cannot_be_is_an_error_of_the_caller(named: Named, limit: int, offset: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        named("青霉素").search("青", limit=limit, offset=offset)
