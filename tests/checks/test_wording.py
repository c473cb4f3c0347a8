"""The closed table of texts: whole, short, calm, honest about money, and the only source of codes."""

from __future__ import annotations

import ast
import dataclasses
import re
from types import MappingProxyType

import pytest

from kiosk.journeys.texts import CodeText, Text, Wording, shipped

HANZI_MAX = 40
_CODE = re.compile(r"[A-Z]{2}-\d\d")
_PICTURE_CODE = re.compile(r"[CSENPR]-\d\d")
"""The areas of the codes on the pictures, which the two-letter codes replace."""
_FAVOURS = ("优惠", "节省", "报销失败")


def faults(wording: Wording) -> list[str]:
    """What is wrong with the tables, one sentence each."""
    found = []
    said = {f"code {key}": row.text for key, row in wording.codes.items()}
    said |= {f"phrase {key}": text for key, text in wording.phrases.items()}
    for key, amount in wording.amounts.items():
        said |= {f"label {key}": amount.label, f"amount {key}": amount.text}
    for name, text in said.items():
        if not (text.zh and text.en):
            found.append(f"{name}: one language is missing")
        if len(re.findall("[\u4e00-\u9fff]", text.zh)) > HANZI_MAX:
            found.append(f"{name}: more than {HANZI_MAX} hanzi")
    papers = {f"paper {key}": text for key, text in wording.papers.items()}
    for name, text in (said | papers).items():
        if re.search("[!！]", text.zh + text.en):
            found.append(f"{name}: shouts")
        if any(word in text.zh for word in _FAVOURS):
            found.append(f"{name}: speaks of favours or failure")
    for row in wording.codes.values():
        found += _money_faults(row, wording)
    return found


def _money_faults(row: CodeText, wording: Wording) -> list[str]:
    """A text may only say of the money what its phrases say."""
    found = [f"code {row.code}: no phrase {name}" for name in row.phrases if name not in wording.phrases]
    if "没有扣款" in row.text.zh and row.phrases != ("M0",):
        found.append(f"code {row.code}: says that nothing was taken, and agrees with {row.phrases}")
    if "请勿重复付款" in row.text.zh and not set(row.phrases) <= {"M1", "M1b"}:
        found.append(f"code {row.code}: says that it is being checked, and agrees with {row.phrases}")
    if row.phrases == ("M0",) and "没有扣款" not in row.text.zh:
        found.append(f"code {row.code}: agrees with M0 and does not say it")
    return found


def codes_in(source: str) -> list[tuple[int, str]]:
    """Every text constant of a module that looks like a code, two letters or, as on the pictures, one."""
    return [
        (node.lineno, node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (_CODE.fullmatch(node.value) or _PICTURE_CODE.fullmatch(node.value))
    ]


@pytest.mark.clause("S3-8.2.1.2", "S2-J.13")
def test_the_tables_have_no_fault():
    assert faults(shipped()) == []


def test_every_code_in_the_program_is_in_the_table(root, files):
    known = set(shipped().codes)
    wrong = [
        f"{path.relative_to(root)}:{line}: {code}"
        for path in files("kiosk", "hw", "edge_agent", suffixes=(".py",))
        for line, code in codes_in(path.read_text(encoding="utf-8"))
        if code not in known
    ]
    assert not wrong, "\n".join(wrong)


def _planted(code: CodeText) -> Wording:
    return dataclasses.replace(shipped(), codes=MappingProxyType({code.code: code}))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (CodeText("ZZ-01", "1", (), "", Text("只有中文。", "")), "one language is missing"),
        (CodeText("ZZ-01", "1", (), "", Text("字" * 41, "long")), "more than 40 hanzi"),
        (CodeText("ZZ-01", "1", (), "", Text("快点！", "Quick.")), "shouts"),
        (CodeText("ZZ-01", "1", (), "", Text("给您优惠。", "Cheap.")), "favours"),
        (CodeText("ZZ-01", "1", ("M9",), "", Text("好。", "Good.")), "no phrase M9"),
        (CodeText("ZZ-01", "1", ("M2",), "", Text("没有扣款。", "Nothing.")), "nothing was taken"),
        (CodeText("ZZ-01", "1", (), "", Text("没有扣款。", "Nothing.")), "nothing was taken"),
        (CodeText("ZZ-01", "1", ("M0",), "", Text("请勿重复付款。", "Do not.")), "being checked"),
        (CodeText("ZZ-01", "1", ("M0",), "", Text("请稍候。", "Wait.")), "does not say it"),
    ],
)
def test_a_planted_text_is_found(code, told):
    assert any(told in fault for fault in faults(_planted(code)))


def test_a_planted_amount_without_english_is_found():
    amount = dataclasses.replace(shipped().amounts["balc"], text=Text("余额。", ""))
    wording = dataclasses.replace(shipped(), amounts=MappingProxyType({"balc": amount}))
    assert "amount balc: one language is missing" in faults(wording)


def test_planted_codes_are_found():
    assert codes_in("tell('SE-99')\ntell(code='S-52')") == [(1, "SE-99"), (2, "S-52")]
    assert codes_in("'SE-1'; 'UTF-8'; 'GB-18030'; f'{x}-01'") == []
