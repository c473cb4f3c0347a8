"""Texts by key: whole in both languages, and nothing that nobody says."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from kiosk import assets
from kiosk.ui.text import catalog, i18n

UI = Path(i18n.__file__).resolve().parents[1]
KEYS_BUILT = {
    # groups of keys that are put together from a value of the view
    "month", "weekday", "hint", "sex", "ins", "psn", "channel", "code", "phrase",
    "unk", "wrong", "nopaper", "noreader", "nocamera", "noidentity", "ref.again", "ref.try",
}  # fmt: skip
_KEY = re.compile(r"""["']([a-z0-9]+(?:\.[a-zA-Z0-9]+)+)["']""")


@pytest.fixture(scope="module")
def messages():
    """Our own texts, by language."""
    return {
        language: catalog.read_po(
            assets.path("locale", language, "LC_MESSAGES", "kiosk.po").read_text(encoding="utf-8")
        )
        for language in i18n.LANGUAGES
    }


@pytest.fixture
def english(stage):
    """The screen speaks English during a test."""
    i18n.use("en")


def places(text):
    """Names of the places to be filled."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def keys_in_sources():
    """Every key that stands in the program as it is."""
    found = set()
    for path in (*UI.rglob("*.py"), *UI.rglob("*.kv")):
        found |= set(_KEY.findall(path.read_text(encoding="utf-8")))
    return found


def test_both_languages_have_the_same_texts(messages):
    assert set(messages["zh"]) == set(messages["en"])


def test_both_languages_fill_the_same_places(messages):
    rarer = {"date.day": {"number"}, "share.tenths": {"n"}, "pre.head": {"unit"}}
    for key, text in messages["zh"].items():
        wanted = places(text) - rarer.get(key, set())
        assert places(messages["en"][key]) - {"month"} == wanted - {"month"}, key


def test_every_key_in_the_program_has_a_text(messages):
    groups = {key.partition(".")[0] for key in messages["zh"] if key}
    parts = {"money.s"}  # the second half of a key that is built
    missing = {key for key in keys_in_sources() if key.partition(".")[0] in groups}
    assert missing - set(messages["zh"]) - parts == set()


def test_every_text_is_said_somewhere(messages):
    used = keys_in_sources()
    idle = {
        key
        for key in messages["zh"]
        if key and key not in used and not any(key.startswith(f"{group}.") for group in KEYS_BUILT)
    }
    assert not idle


def test_no_english_text_is_empty_but_the_tenths(messages):
    assert [key for key, text in messages["en"].items() if not text] == ["share.tenths"]


def test_a_text_takes_its_values_by_name(stage):
    assert i18n.tr("split.pay", amount="14.40") == "明白了，去付 14.40 元"


def test_the_other_language_says_the_same(english):
    assert i18n.tr("split.pay", amount="14.40") == "Understood, pay 14.40"


def test_a_text_that_a_language_lacks_is_taken_from_chinese(english):
    assert i18n.tr("share.tenths", n="六") == "六成"


def test_an_unknown_key_is_an_error_and_no_text(stage):
    with pytest.raises(i18n.NoSuchText):
        i18n.tr("no.such.key")


def test_a_language_that_is_not_installed_is_refused(stage):
    with pytest.raises(i18n.NoCatalog):
        i18n.use("xx")
    assert i18n.language() == "zh"


@pytest.mark.parametrize(
    ("percent", "zh", "en"),
    [("60", "六成", "60 %"), ("85", "八成五", "85 %"), ("10", "一成", "10 %"), ("62.5", "62.5%", "62.5 %")],
)
def test_shares_are_said_as_a_neighbour_says_them(stage, percent, zh, en):
    from kiosk.ui.text.amounts import share_words

    assert share_words(percent) == zh
    i18n.use("en")
    assert share_words(percent) == en


def test_a_catalogue_is_compiled_with_its_escapes_and_continued_lines(tmp_path):
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "kiosk.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        '#. note\nmsgctxt "a.b"\nmsgid "a.b"\n'
        'msgstr ""\n"一\\n"\n"\\"二\\""\n',
        encoding="utf-8",
    )
    (written,) = catalog.compile_all(tmp_path)
    import gettext

    with written.open("rb") as file:
        assert gettext.GNUTranslations(file).pgettext("a.b", "a.b") == '一\n"二"'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('msgctxt "a"\nmsgid "a"\nmsgstr "x"\n\nmsgctxt "a"\nmsgid "a"\nmsgstr "y"\n', "twice"),
        ('msgctxt "a"\nmsgid "a"\n', "no msgstr"),
        ('msgctxt "a"\nmsgstr x\n', "line 2"),
        ('mgsctxt "a"\n', "line 1"),
    ],
)
def test_a_broken_catalogue_is_told_with_its_line(text, why):
    with pytest.raises(catalog.BadCatalog, match=why):
        catalog.read_po(text)
