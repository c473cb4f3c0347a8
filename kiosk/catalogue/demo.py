"""A price list of our own, for the demo, the tests and the pictures: invented, and it says so.

    python -m kiosk.catalogue.demo assets/catalogue/demo.csv

The seed is fixed: the same program writes the same bytes. Names are composed from the generic word parts of
`assets/catalogue/demo_words.toml`; makers are called 示例 ("example"); codes have a shape that no real list
uses (M, S or C, then 99 and seven digits).
"""

from __future__ import annotations

import csv
import io
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

from kiosk import assets

SEED: Final = 990100
AS_OF: Final = "2026-11-20"
HERBALS: Final = 440
NOTES: Final = (
    f"#as_of: {AS_OF}",
    "#complaint: 000-8800，或到 1 层物价台",
    "#note: 演示目录：名称、价格、厂家均为虚构 · demonstration data, names, prices and makers are invented",
)
COLUMNS: Final = (
    "code",
    "kind",
    "row_kind",
    "name",
    "alias",
    "ingredient",
    "spec",
    "unit",
    "price_fen",
    "class",
    "preself_ratio",
    "ceiling_fen",
    "prescription",
    "maker",
    "limits",
    "valid_from",
    "common",
)
DATES: Final = ("2025-01-01", "2025-07-01", "2026-01-01", "2026-04-01", "2026-09-01", AS_OF)
LIMITS: Final = ("限二级及以上医疗机构", "限有明确诊断者", "限住院使用", "限二线用药")

Record: TypeAlias = dict[str, str | int]
Words: TypeAlias = dict[str, Any]


def demo_rows(seed: int = SEED) -> list[Record]:
    """All rows of the demo list, by column name; about 3,000."""
    random = Random(seed)
    words = tomllib.loads(assets.path("catalogue", "demo_words.toml").read_text(encoding="utf-8"))
    rows = [
        *_pictured(words),
        *_medicines(words, random),
        *_herbals(words, random),
        *_services(words, random),
        *_supplies(words, random),
    ]
    empty: Record = dict.fromkeys(COLUMNS, "")
    return [empty | row for row in rows]


def demo_csv(seed: int = SEED) -> str:
    """The demo list as the text of a CSV file."""
    out = io.StringIO()
    out.writelines(f"{note}\n" for note in NOTES)
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(demo_rows(seed))
    return out.getvalue()


def _row(code: str, kind: str, name: str, spec: str, unit: str, price_fen: int, class_: str) -> Record:
    ratio = {"甲": "0", "乙": "0.10", "丙": "1"}[class_]
    return {
        "code": code,
        "kind": kind,
        "name": name,
        "spec": spec,
        "unit": unit,
        "price_fen": price_fen,
        "class": class_,
        "preself_ratio": ratio,
        "valid_from": AS_OF,
    }


def _pictured(words: Words) -> Iterator[Record]:
    """The rows that the pictures of the screens show, with their prices."""
    med, svc, sup = "medicine", "service", "supply"
    maker: Record = {"maker": words["makers"][0]}
    common: Record = {"common": 1}
    metformin: Record = maker | {"ingredient": "二甲双胍", "alias": "metformin", "prescription": 1}
    first = _row("M990010101", med, "盐酸二甲双胍缓释片", "0.5 克 × 60 片", "盒", 2_200, "乙")
    yield first | metformin | common | {"ceiling_fen": 2_500}
    yield _row("M990010102", med, "二甲双胍片", "0.25 克 × 48 片", "盒", 680, "甲") | metformin
    yield _row("M990010103", med, "二甲双胍缓释片", "0.5 克 × 30 片", "盒", 1_180, "乙") | metformin
    for number, second, price_fen, pack in ((4, "格列本脲", 3_150, "30 片"), (5, "恩格列净", 5_820, "14 片")):
        name, spec = f"二甲双胍{second}片", f"复方 × {pack}"
        compound = maker | {"ingredient": f"二甲双胍/{second}", "prescription": 1}
        yield _row(f"M99001010{number}", med, name, spec, "盒", price_fen, "乙") | compound
    aspirin = maker | common | {"ingredient": "阿司匹林", "alias": "aspirin"}
    yield _row("M990010201", med, "阿司匹林肠溶片", "0.1 克 × 30 片", "盒", 420, "甲") | aspirin
    vitamin = maker | {"ingredient": "维生素B1"}
    yield _row("M990010301", med, "维生素 B1 片", "10 毫克 × 100 片", "瓶", 220, "甲") | vitamin
    yield _row("S990010101", svc, "普通门诊诊查费", "门诊", "次", 800, "甲") | common
    yield _row("S990010102", svc, "血糖测定", "检验", "次", 360, "甲") | common
    yield _row("S990010103", svc, "静脉采血", "检验", "次", 160, "甲") | common
    yield _row("S990010104", svc, "二甲双胍血药浓度测定", "检验", "次", 12_000, "丙")
    yield _row("S990010105", svc, "无痛胃镜麻醉", "麻醉", "次", 26_800, "丙")
    yield _row("S990010106", svc, "床位费（三人间）", "住院", "日", 4_500, "甲") | common
    yield _row("S990010107", svc, "二级护理", "住院", "日", 2_800, "甲")
    yield _row("S990010108", svc, "血常规", "检验", "次", 2_000, "甲") | common
    yield _row("C990010101", sup, "一次性采血针", "21G", "支", 80, "甲") | common
    yield _row("C990010102", sup, "血糖试纸", "25 条", "盒", 1_200, "甲") | common | {"ceiling_fen": 1_000}
    yield _row("C990010103", sup, "医用冷敷贴", "4 片", "盒", 1_000, "丙")


def _medicines(words: Words, random: Random) -> Iterator[Record]:
    for number, entry in enumerate(words["substances"], start=101):
        substance, second, salt, forms = entry.split()
        class_ = random.choice("甲甲乙乙乙丙")
        base_fen = random.randrange(250, 2_800)
        shared: Record = {"ingredient": substance, "alias": second.replace("-", "")}
        for place, letter in enumerate(forms, start=1):
            form = words["forms"][letter]
            name = form["name"].format(salt.replace("-", "") + substance)
            strengths = random.sample(form["strengths"], min(3, len(form["strengths"])))
            packs = random.sample(form["packs"], min(2, len(form["packs"])))
            offers = [(strength, pack) for strength in strengths for pack in packs]
            for item, (strength, pack) in enumerate(offers, start=1):
                price_fen = _rounded(base_fen * random.randrange(60, 220) // 100)
                code, spec = f"M99{number:04d}{place}{item:02d}", f"{strength} × {pack}"
                yield (
                    _row(code, "medicine", name, spec, form["unit"], price_fen, class_)
                    | _details(random, price_fen, class_)
                    | shared
                    | {"prescription": random.choice((1, 1, 0)), "maker": random.choice(words["makers"])}
                )


def _herbals(words: Words, random: Random) -> Iterator[Record]:
    packs = {"颗粒": "10 克 × 12 袋", "丸": "6 克 × 10 丸", "口服液": "10 毫升 × 10 支", "合剂": "120 毫升"}
    for number in range(1, HERBALS + 1):
        first, second = random.sample(words["herbs"], 2)
        aim, form = random.choice(words["herb_aims"]), random.choice(words["herb_forms"])
        names = (f"复方{first}{second}{form}", f"{first}{aim}{form}", f"{first}{second}{aim}{form}")
        name, class_ = random.choice(names), random.choice("甲乙乙丙")
        price_fen = _rounded(random.randrange(900, 6_800))
        spec = packs.get(form, "0.3 克 × 36")
        row = _row(f"M995{number:03d}001", "medicine", name, spec, "盒", price_fen, class_)
        maker = random.choice(words["makers"])
        yield row | _details(random, price_fen, class_) | {"ingredient": name, "maker": maker}


def _services(words: Words, random: Random) -> Iterator[Record]:
    offers = _service_names(words, random)
    for number, (name, spec, unit, (low, high), class_) in enumerate(offers, start=2_001):
        row = _row(
            f"S990{number}00", "service", name, spec, unit, _rounded(random.randrange(low, high)), class_
        )
        yield row | {"valid_from": random.choice(DATES)}
    for number, group in enumerate(("床位", "护理", "诊查", "手术", "检验"), start=1):
        heading = _row(f"S99900{number}000", "service", f"{group}类", "分类", "-", 0, "甲")
        yield heading | {"row_kind": "heading", "price_fen": ""}
    for number, name in enumerate(("儿童手术加收", "夜间急诊加收", "经腔镜使用加收"), start=1):
        surcharge = _row(f"S99910{number}000", "service", name, "按比例", "次", 0, "乙")
        yield surcharge | {"row_kind": "surcharge", "price_fen": ""}


def _service_names(words: Words, random: Random) -> Iterator[tuple[str, str, str, tuple[int, int], str]]:
    """Name, group, unit, span of the price in fen, class."""
    for way in words["imaging"]:
        for part in words["parts"]:
            yield way["name"].format(part), "检查", way["unit"], way["fen"], way["class"]
    for assay in words["assays"]:
        for analyte in words["analytes"]:
            yield assay["name"].format(analyte), "检验", "项", assay["fen"], random.choice("甲甲乙")
    for operation in words["surgery"]:
        for organ in words["organs"]:
            yield operation["name"].format(organ), "手术", "次", operation["fen"], random.choice("甲乙乙")
    for name in words["treatments"]:
        yield name, "治疗", "次", (300, 60_000), random.choice("甲甲乙丙")
    for room in words["rooms"]:
        yield f"床位费（{room}）", "住院", "日", (2_000, 30_000), "甲"
    for name in words["nursing"]:
        yield name, "住院", "日", (800, 9_000), "甲"
    for name in words["visits"]:
        yield name, "诊查", "次", (800, 20_000), "甲"


def _supplies(words: Words, random: Random) -> Iterator[Record]:
    for number, supply in enumerate(words["supplies"], start=101):
        for place, size in enumerate(supply["sizes"], start=1):
            for item, maker in enumerate(words["device_makers"], start=1):
                price_fen = _rounded(random.randrange(*supply["fen"]))
                code = f"C99{number:04d}{place}{item:02d}"
                row = _row(code, "supply", supply["name"], size, supply["unit"], price_fen, supply["class"])
                yield row | _details(random, price_fen, supply["class"]) | {"maker": maker}


def _details(random: Random, price_fen: int, class_: str) -> Record:
    """Share paid first, ceiling, limits and date, as lists have them for some rows."""
    details: Record = {"valid_from": random.choice(DATES)}
    if class_ == "乙":
        details["preself_ratio"] = random.choice(("0.05", "0.10", "0.10", "0.20"))
        if random.randrange(6) == 0:
            details["limits"] = random.choice(LIMITS)
    if class_ != "丙" and random.randrange(3) == 0:
        details["ceiling_fen"] = _rounded(price_fen * random.randrange(90, 131) // 100)
    return details


def _rounded(fen: int) -> int:
    """To whole jiao from 1 yuan up, as shop prices are."""
    return max(fen, 10) if fen < 100 else fen // 10 * 10


def main(arguments: Sequence[str]) -> int:
    """Write the demo list to the one path given. 0 done, 2 bad usage."""
    if len(arguments) != 1:
        print("usage: python -m kiosk.catalogue.demo OUT.csv", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(demo_csv(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
