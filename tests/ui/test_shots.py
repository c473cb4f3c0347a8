"""`kiosk ui shots`."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest


def test_it_renders_every_screen_of_a_role(stage, tmp_path, capsys):
    from kiosk.ui import samples
    from kiosk.ui.shots import shots_command

    assert shots_command(tmp_path, role="self_service", lang="zh", as_json=True) == 0
    written = json.loads(capsys.readouterr().out)["shots"]
    assert len(written) == len(samples.samples("zh")) + 1  # and the question above the bills
    picture = (tmp_path / "self_service_zh_light" / "07_who_pays.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1080, 1920)


def test_the_lobby_is_landscape(stage, tmp_path, capsys):
    from kiosk.ui.shots import shots_command

    assert shots_command(tmp_path, role="price_inquiry", lang="en", mode="dark") == 0
    lines = capsys.readouterr().out.split()
    assert {line.rpartition("/")[2] for line in lines} == {
        "14_refused_lobby.png", "18a_price_search_lobby.png", "19_price_item_lobby.png",
    }  # fmt: skip


def test_two_renderings_are_the_same_to_the_pixel(stage, show):
    show("07_who_pays")
    first = stage.pixels()
    show("02_home")
    show("07_who_pays")
    assert np.array_equal(first, stage.pixels())


@pytest.mark.parametrize("wrong", [{"role": "cashier"}, {"lang": "xx"}, {"mode": "sepia"}])
def test_bad_usage_says_what_there_is(stage, tmp_path, capsys, wrong):
    from kiosk.ui.shots import shots_command

    assert shots_command(tmp_path, **wrong) == 2
    assert "--role self_service|price_inquiry" in capsys.readouterr().out


def test_a_picture_can_be_read_by_others(tmp_path):
    from PIL import Image

    from kiosk.ui.png import write_png

    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    write_png(tmp_path / "a.png", pixels)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), pixels)


def test_the_environment_cannot_be_prepared_too_late(stage):
    from kiosk.ui import config

    with pytest.raises(RuntimeError, match=r"before kiosk\.ui\.config\.prepare"):
        config.prepare(config.WindowPlan())
