"""The tables of words: complete, in both languages, and agreeing with the money they speak of."""

from __future__ import annotations

import re
import string

import pytest

from kiosk import assets
from kiosk.journeys import wording_po
from kiosk.journeys.texts import Text, Wording, WordingError, load, shipped

PHRASES = ("M0", "M1", "M1b", "M2", "M3", "M4", "M5", "N0", "N1", "N2", "N3", "N4")


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_money_phrases_are_the_fixed_ones():
    assert tuple(shipped().phrases) == PHRASES


def test_both_languages_of_a_text_leave_the_same_places_open():
    for key, text in wording_po.entries(shipped()):
        if not key.startswith("paper."):  # on paper the two languages stand together and share the work
            assert _places(text.zh) == _places(text.en), key


def test_a_text_fills_its_places_and_a_forgotten_value_is_an_error():
    text = Text("第{n}次", "no. {n}")
    assert text.fill(n=2) == Text("第2次", "no. 2")
    with pytest.raises(KeyError):
        text.fill(m=2)


def test_an_unknown_value_is_its_own_name():
    assert shipped().named("scheme", "999").label == "999"
    assert shipped().named("channel", "wechat").label == "微信支付 WeChat Pay"


@pytest.mark.parametrize("language", wording_po.LANGUAGES)
def test_the_fragments_are_made_from_the_tables(language):
    committed = assets.path("locale", "wording", f"{language}.po").read_text(encoding="utf-8")
    assert committed == wording_po.fragment(shipped(), language)


def test_a_fragment_reads_back_as_the_texts(tmp_path):
    fragment = wording_po.fragment(shipped(), "zh")
    pairs = re.findall(r'^msgctxt "(.+)"\nmsgid "(.+)"\nmsgstr "(.*)"$', fragment, re.MULTILINE)
    read = {key: text.replace("\\n", "\n").replace('\\"', '"') for key, _, text in pairs}
    assert read == {key: text.zh for key, text in wording_po.entries(shipped()) if text.zh}


@pytest.fixture
def tables(tmp_path):
    """A copy of the tables to damage."""
    for table in assets.path("locale", "wording").glob("*.csv"):
        (tmp_path / table.name).write_bytes(table.read_bytes())
    return tmp_path


def test_the_tables_load_from_a_folder(tables):
    assert isinstance(load(tables), Wording)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: text.replace("key,zh,en", "key,zh,english"), "columns must be"),
        (lambda text: text + "M0,又一次。,Again.\n", "M0: twice"),
        (lambda text: text + "M9,只有一半。\n", "M9: not 3 columns"),
        (lambda text: text + 'M9,"没有结束', "not a table"),
    ],
)
def test_a_damaged_table_is_refused_and_the_file_named(tables, damage, told):
    path = tables / "phrases.csv"
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(WordingError, match=r"phrases\.csv") as refused:
        load(tables)
    assert told in str(refused.value)


def test_a_missing_table_is_named(tables):
    (tables / "codes.csv").unlink()
    with pytest.raises(WordingError, match=r"codes\.csv"):
        load(tables)


def test_a_table_that_is_not_text_is_named(tables):
    (tables / "amounts.csv").write_bytes(b"field,label_zh,label_en,text_zh,text_en\n\xff\xfe,1,2,3,4\n")
    with pytest.raises(WordingError, match=r"amounts\.csv"):
        load(tables)
