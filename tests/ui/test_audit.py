"""The rules of the design: each planted fault is found, and they hold for large sums and long names too.

That every screen keeps them as drawn, in all themes, the command itself is asked in `tests/cli`.
"""

from __future__ import annotations

import dataclasses

import pytest

from kiosk.ui.audit import audit, contrast


def rules(findings):
    return {finding.rule for finding in findings}


@pytest.fixture
def plant(stage):
    """Mount boxes below each other and audit them."""

    def mount(*boxes, pad=(48, 400, 48, 300), gap=24):
        from kiosk.ui.widgets.flex import Root

        root = Root(pad=list(pad), gap=gap)
        for box in boxes:
            root.add_widget(box)
        stage.mount(root)
        return rules(audit(root, 1080, 1920))

    return mount


GIVEN = {"name", "item", "title", "reason", "dept", "doctor", "what", "where", "spec", "place"}
"""Words that come from the hospital, as long as it likes."""


def changed(value, change):
    """A view in which every field went through `change(name, value)`, all the way down."""
    if isinstance(value, tuple):
        return tuple(changed(each, change) for each in value)
    if not dataclasses.is_dataclass(value):
        return value
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return dataclasses.replace(
        value, **{name: changed(change(name, each), change) for name, each in fields.items()}
    )


def dear(name, value):
    """Every sum a thousand times as large: they still add up."""
    return 1000 * value if name.endswith("_fen") and value is not None else value


def wordy(name, value):
    """Three times as many words, in brackets, as names in price lists often are."""
    return f"{value}（{value}{value}）" if name in GIVEN and isinstance(value, str) and value else value


def dear_and_wordy(name, value):
    """Both at once."""
    return dear(name, wordy(name, value))


@pytest.mark.parametrize("change", [dear, wordy, dear_and_wordy])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("role", ["self_service", "price_inquiry"])
def test_large_sums_and_long_names_keep_the_rules(stage, monkeypatch, role, language, change):
    from kiosk.ui import samples, shots

    views = {name: changed(view, change) for name, view in samples.samples(language, role).items()}
    monkeypatch.setattr(samples, "samples", lambda *_: views)
    width, height = shots.LANDSCAPE if role == "price_inquiry" else shots.PORTRAIT
    pages = shots.mounted(role, language, "light")
    found = {name: audit(page, width, height, language) for name, page in pages}
    assert len(found) >= 3
    assert {name: findings for name, findings in found.items() if findings} == {}


def button(**kwargs):
    from kiosk.ui.widgets.buttons import PressButton

    return PressButton(**({"text": "去付", "kind": "secondary"} | kwargs))


def words(**kwargs):
    from kiosk.ui.widgets.basics import Words

    return Words(**({"text": "没有扣钱"} | kwargs))


def test_a_sound_screen_has_no_findings(plant):
    assert plant(words(), button()) == set()


def test_a_small_target_is_found(plant):
    assert "target_small" in plant(button(h=60, min_h=0, pad=[0, 0, 0, 0]))


def test_a_small_key_is_found(plant):
    from kiosk.ui.widgets.keys import LetterKeys

    assert "target_small" in plant(LetterKeys(key_h=70))


def test_targets_too_close_are_found(plant):
    assert "gap_small" in plant(button(), button(), gap=4)


def test_targets_over_each_other_are_found(plant, stage):
    from kiosk.ui.widgets.flex import Layers

    layers = Layers(h=200)
    layers.add_widget(button())
    layers.add_widget(button())
    assert "targets_overlap" in plant(layers)


def test_a_target_off_the_screen_is_found(plant):
    assert "target_off_screen" in plant(button(), pad=(-200, 400, 48, 300))


def test_two_filled_buttons_are_found(plant):
    assert "more_than_one_primary" in plant(button(kind="primary"), button(kind="primary"))


def test_eight_choices_in_a_group_are_found(plant):
    assert "too_many_choices" in plant(*(button() for _ in range(8)), pad=(48, 10, 48, 10))


def test_text_that_overflows_its_box_is_found(plant):
    assert "text_overflows" in plant(words(text="没有扣钱" * 12, h=50))


def test_a_box_that_overflows_is_found(plant):
    from kiosk.ui.widgets.flex import Beside

    line = Beside()
    line.add_widget(words(text="正在核对这笔款请不要再付" * 2, type="h1", lines_max=0))
    line.add_widget(button(w=900))
    assert "box_overflows" in plant(line)


def test_small_text_is_found(plant):
    assert "text_small" in plant(words(type=22))


def test_a_lonely_last_character_is_found(plant):
    assert "widow" in plant(words(text="没有扣钱\n了"))


def test_weak_contrast_is_found(plant):
    assert "contrast" in plant(words(role="line"))


def test_a_small_code_is_found(plant):
    from kiosk.ui.widgets.codes import QrCard

    assert "code_small" in plant(QrCard(text="https://pay.example.invalid/1", side=200))


def test_contrast_is_that_of_the_guideline():
    assert contrast((1, 1, 1, 1), (0, 0, 0, 1)) == pytest.approx(21)


def test_the_command_counts_screens_and_finds_nothing(stage, capsys, monkeypatch):
    import json

    from kiosk.ui import shots
    from kiosk.ui.audit import audit_command

    monkeypatch.setattr(shots, "ROLES", ("price_inquiry",))
    assert audit_command(as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"screens": 3 * 2 * 3, "violations": []}


def test_the_command_names_each_finding_and_fails(stage, capsys, monkeypatch):
    from kiosk.ui import audit as module
    from kiosk.ui import shots

    monkeypatch.setattr(shots, "ROLES", ("price_inquiry",))
    monkeypatch.setattr(shots, "LANGUAGES", ("zh",))
    monkeypatch.setattr(shots, "MODES", ("light",))
    monkeypatch.setattr(module, "TARGET_MM", 40.0)
    assert module.audit_command() == 1
    said = capsys.readouterr().out
    assert "price_inquiry zh light 18a_price_search_lobby: target_small:" in said
