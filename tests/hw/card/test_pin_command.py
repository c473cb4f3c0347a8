"""`kiosk card pin`, with a real card behind a real service: what it says, and what it never says."""

import json

import pytest

from hw.card.pin_command import pin_command
from hw.card.virtual import invent


@pytest.fixture
def typed(monkeypatch):
    """`typed(digits)`: what the holder types, unseen."""

    def types(digits: str) -> None:
        monkeypatch.setattr("getpass.getpass", lambda prompt: digits)

    return types


def test_the_command_says_whether_the_card_took_it_and_never_what_was_typed(
    virtual, pin, wrong, typed, capsys
):
    virtual.insert(invent(1), pin=pin)
    typed(wrong)
    assert pin_command(None, as_json=False, use_last_try=False) == 1
    typed(pin)
    assert pin_command(None, as_json=False, use_last_try=False) == 0
    said = capsys.readouterr().out
    assert "refused" in said
    assert "tries left" in said
    assert "accepted" in said
    assert pin not in said
    assert wrong not in said


def test_the_command_leaves_the_last_try_alone(virtual, pin, wrong, typed, capsys):
    virtual.insert(invent(1), pin=pin)
    typed(wrong)
    for _ in range(5):
        pin_command(None, as_json=True, use_last_try=False)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["reason"] == "last_try"
    typed(pin)
    assert pin_command(None, as_json=True, use_last_try=True) == 0
