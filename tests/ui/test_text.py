"""Words on the screen: shapes, rare characters, line breaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTCollection, TTFont

from kiosk.ui.text import extract_font

COLLECTION = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
RARE = "㛃䶮喆堃犇𠅤𬭚𫖯𠮷㐱㑇㕵㛹㬎䒟䓨䜣䢺𥔲"
"""Characters of given names, from Ext A and beyond the basic plane, that the SC face has."""


@pytest.fixture
def drawn(stage):
    """The pixels of one character in a font of this process."""
    from kivy.core.text import Label

    def draw(character, font="terminal"):
        label = Label(text=character, font_name=font, font_size=96)
        label.refresh()
        texture = label.texture
        return np.frombuffer(texture.pixels, np.uint8).reshape(texture.height, texture.width, 4)[..., 3]

    return draw


@pytest.fixture
def japanese(stage):
    """The first face of Debian's collection, which Kivy would open by itself."""
    from kivy.core.text import LabelBase

    if not COLLECTION.exists():
        pytest.skip("the package fonts-noto-cjk is not installed")
    LabelBase.register("collection", str(COLLECTION))
    return "collection"


@pytest.mark.parametrize("character", "直骨角画")
def test_the_shapes_are_the_chinese_ones_not_the_japanese(drawn, japanese, character):
    assert not np.array_equal(drawn(character), drawn(character, japanese))


def test_a_character_that_is_alike_in_both_is_drawn_alike(drawn, japanese):
    assert np.array_equal(drawn("一"), drawn("一", japanese))


def test_the_rare_characters_of_names_are_no_empty_boxes(drawn):
    from kiosk.ui.text import fonts

    unassigned = drawn("\U0003fffd")
    for character in RARE:
        assert fonts.runs(character) == [(fonts.FACE, character)], character
        picture = drawn(character)
        assert picture.any(), character
        assert not np.array_equal(picture, unassigned), character


def test_a_character_that_no_font_has_is_shown_as_missing_and_never_dropped(stage):
    from kiosk.ui.text import fonts, setting

    assert fonts.runs("张\U0003fffd国") == [(fonts.FACE, "张〓国")]
    assert setting.set_line("张\U0003fffd国", 40, False).width_px == setting.width("张〓国", 40, False)


def test_a_name_of_25_characters_with_the_dot_fits_its_line(stage):
    from kiosk.ui.text import setting

    name = "古丽米热·买买提艾力·阿不都热合曼·吐尔逊江·艾买提"
    assert setting.wrap(name, 40, True, 1100) == (name,)


def test_lines_break_between_characters_but_not_before_closing_marks(stage):
    from kiosk.ui.text import setting

    lines = setting.wrap("您的钱已付出，但医保那边还没有答复。我们会一直查到有结果。", 40, False, 280)
    assert all(not line.startswith(("，", "。")) for line in lines)
    assert "".join(lines) == "您的钱已付出，但医保那边还没有答复。我们会一直查到有结果。"
    assert all(setting.width(line, 40, False) <= 280 for line in lines)


def test_latin_words_and_amounts_stay_whole(stage):
    from kiosk.ui.text import setting

    lines = setting.wrap("Insurance counts 1,234.50 up to the limit", 40, False, 330)
    assert "1,234.50" in " ".join(lines).split()
    assert " ".join(lines) == "Insurance counts 1,234.50 up to the limit"


def test_a_word_wider_than_the_room_is_broken_rather_than_lost(stage):
    from kiosk.ui.text import setting

    lines = setting.wrap("Metformin/glibenclamide", 40, False, 200)
    assert "".join(lines) == "Metformin/glibenclamide"
    assert all(setting.width(line, 40, False) <= 200 for line in lines)


@pytest.mark.parametrize("room_px", range(300, 700, 40))
def test_no_line_ends_with_one_or_two_characters_left_alone(stage, room_px):
    from kiosk.ui.text import setting

    lines = setting.wrap("医保中心答复您的医保关系正在转移转好前先用不了", 40, False, room_px)
    assert setting.width(lines[-1], 40, False) >= 2.6 * 40


def test_a_name_too_long_for_its_row_is_set_smaller_and_only_then_cut(stage):
    from kiosk.ui.widgets.basics import Words

    long = Words(text="盐酸二甲双胍缓释片" * 2, type=38, bold=True, lines_max=2)
    size_px, _, lines = long.setting(400)
    assert size_px == 30
    assert "".join(lines) == long.text
    endless = Words(text="盐酸二甲双胍缓释片" * 9, type=38, lines_max=2)
    assert endless.setting(400)[2][-1].endswith("…")


def test_what_was_set_is_forgotten_when_asked(stage):
    from kiosk.ui.text import setting

    setting.set_line("测*甲", 40, False)
    setting.forget()
    assert not any("测" in key[0] for key in setting._lines)


def test_the_faces_are_extracted_once_and_left_alone_after(tmp_path):
    if not COLLECTION.exists():
        pytest.skip("the package fonts-noto-cjk is not installed")
    first = extract_font.extract(tmp_path)
    assert {path.name for path in first} == set(extract_font.FACES)
    assert extract_font.extract(tmp_path) == []


def test_a_face_keeps_the_date_of_its_collection_so_that_bundles_are_the_same_everywhere(tmp_path):
    if not COLLECTION.exists():
        pytest.skip("the package fonts-noto-cjk is not installed")
    extract_font.extract(tmp_path)
    collection = TTCollection(str(COLLECTION), lazy=True).fonts
    (face,) = [font for font in collection if font["name"].getDebugName(1) == extract_font.SCREEN]
    assert TTFont(tmp_path / "NotoSansSC-Regular.otf")["head"].modified == face["head"].modified


def test_a_missing_collection_names_the_package(tmp_path, capsys):
    assert extract_font.main(["--to", str(tmp_path / "out"), "--from", str(tmp_path)]) == 1
    assert "fonts-noto-cjk" in capsys.readouterr().err
