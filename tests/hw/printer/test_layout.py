"""Papers keep to their columns and lose nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.printer import Columns, Cut, Document, Feed, Qr, Rule, Text, text_width
from hw.printer.document import COLUMNS, MISSING, QR_MAX_BYTES, Item, Paper, marked, printable
from hw.printer.layout import Line, layout, wrap

_PIECES = st.one_of(
    st.sampled_from("姓名费用𬎆㛃龘，。、（）《》￥…×·★ "),
    st.characters(codec="utf-8"),
    st.integers(1, 120).map("x".__mul__),
)
mixed = st.lists(_PIECES, max_size=60).map("".join)
papers = st.sampled_from(["80mm", "A4"])


def _lines(*items: Item, paper: Paper = "80mm") -> list[Line]:
    return [row for row in layout(Document(paper, "t", items)) if isinstance(row, Line)]


def _shown(text: str) -> str:
    return "".join(printable(text).split())


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("Name", 4), ("姓名 Name", 9), ("￥19.44", 7), ("测*𬎆", 5), ("…8842 (末四位)", 15), ("×", 2)],
)
def test_a_hanzi_takes_two_columns_and_a_latin_letter_one(text: str, columns: int) -> None:
    assert text_width(text) == columns


@given(st.characters())
def test_every_wide_or_ambiguous_character_takes_two_columns(character: str) -> None:
    if unicodedata.east_asian_width(character) in "WFA":
        assert text_width(character) == 2


@given(mixed, papers, st.booleans(), st.sampled_from(["left", "center", "right"]))
def test_no_line_is_wider_than_its_paper(text: str, paper: Paper, double: bool, align: str) -> None:
    room = COLUMNS[paper] // (2 if double else 1)
    lines = _lines(Text(text, align=align, double=double), paper=paper)
    assert all(text_width(line.text) <= room for line in lines)


@given(mixed, papers, st.booleans())
def test_no_character_of_a_paragraph_is_lost(text: str, paper: Paper, double: bool) -> None:
    lines = _lines(Text(text, double=double), paper=paper)
    whole = "".join(_shown(part) for part in text.split("\n"))
    assert _shown("".join(line.text for line in lines)) == whole


@given(mixed, mixed)
def test_no_character_of_a_label_or_its_value_is_lost(left: str, right: str) -> None:
    lines = _lines(Columns(left, right))
    assert all(text_width(line.text) <= 48 for line in lines)
    assert _shown("".join(line.text for line in lines)) == _shown(left) + _shown(right)


@given(st.text("费用Ab1 ", max_size=60), st.from_regex(r"￥?[0-9]{1,9}\.[0-9]{2}", fullmatch=True))
def test_an_amount_ends_at_the_last_column(label: str, amount: str) -> None:
    last = _lines(Columns(label, amount))[-1].text
    assert last.endswith(amount)
    assert text_width(last) == 48


def test_a_label_and_a_value_that_fit_share_a_line() -> None:
    (line,) = _lines(Columns("姓名 Name", "测*甲   男 M   36岁"))
    assert line.text == "姓名 Name                    测*甲   男 M   36岁"


def test_a_value_that_does_not_fit_goes_below_at_the_right_edge() -> None:
    label, value = _lines(Columns("诊断 Diagnosis", "急性支气管炎伴有喘息及其他说明很长的诊断名称"))
    assert label.text == "诊断 Diagnosis"
    assert value.text.endswith("诊断名称")
    assert text_width(value.text) == 48


@pytest.mark.parametrize(("value_columns", "lines"), [(23, 1), (24, 2), (25, 2)])
def test_between_a_label_and_its_value_is_at_least_a_blank(value_columns: int, lines: int) -> None:
    assert len(_lines(Columns("费" * 12, "9" * value_columns))) == lines


def test_words_stay_whole_where_a_line_can_hold_them() -> None:
    assert wrap("Use this code to look up", 10) == ["Use this", "code to", "look up"]


def test_a_word_longer_than_a_line_is_cut_and_kept() -> None:
    assert wrap("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_a_line_begins_with_no_closing_sign_and_ends_with_no_opening_one() -> None:
    assert wrap("费用合计，共三项（详见清单）。", 8) == ["费用合", "计，共三", "项（详见", "清单）。"]
    assert wrap("合计（详", 6) == ["合计", "（详"]


def test_further_lines_keep_the_indent() -> None:
    assert wrap("  次 一 二 三", 8) == ["  次 一", "  二 三"]


def test_a_paragraph_with_a_line_break_has_two_lines_and_an_empty_one_stays() -> None:
    assert [line.text for line in _lines(Text("one\n\ntwo"))] == ["one", "", "two"]


def test_centred_text_stands_in_the_middle() -> None:
    (line,) = _lines(Text("退款凭条", align="center"))
    assert line.text == " " * 20 + "退款凭条"


@pytest.mark.parametrize("dangerous", ["\x1b@", "\x10\x04\x01", "a\x00b", "\u202e", "\u200b", "\ufe0f"])
def test_no_text_can_command_a_printer_or_hide_in_a_line(dangerous: str) -> None:
    shown = printable(dangerous)
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Mn") for character in shown)


@given(st.text(st.characters()))
def test_what_is_printable_can_be_written_in_gb18030(text: str) -> None:
    assert printable(text).encode("gb18030").decode("gb18030") == printable(text)


def test_half_a_character_is_printed_as_a_missing_one() -> None:
    assert printable("a\ud800b") == f"a{MISSING}b"


def test_a_yen_sign_is_printed_as_the_yuan_sign() -> None:
    assert printable("¥19.44") == "￥19.44"


def test_other_elements_pass_in_their_order() -> None:
    items = (Rule("="), Qr("x"), Feed(3), Cut())
    assert layout(Document("80mm", "t", items)) == items


@pytest.mark.clause("S0-6.15b")
def test_each_slip_of_a_copy_bears_the_mark() -> None:
    two = Document("80mm", "t", (Text("one"), Cut(), Text("two"), Cut()))
    mark = Text("补打 第1次 Copy No. 1", align="center", bold=True)
    assert marked(two, 1).lines == (mark, Text("one"), Cut(), mark, Text("two"), Cut())
    assert marked(marked(two, 1), 1) == marked(two, 1)


def test_an_original_bears_no_mark() -> None:
    document = Document("80mm", "t", (Text("one"), Cut()))
    assert marked(document, 0) == document


@pytest.mark.parametrize("make", [lambda: Qr(""), lambda: Qr("x" * (QR_MAX_BYTES + 1)), lambda: Feed(-1)])
def test_an_element_that_no_printer_can_print_is_an_error_at_once(make) -> None:
    with pytest.raises(ValueError):
        make()
