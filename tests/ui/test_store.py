"""The pictures of last time: a cache that may be missing, old or damaged."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kiosk.ui import config
from kiosk.ui.theme import store as module
from kiosk.ui.theme.store import Raw, Store

RAW = Raw(2, 3, "luminance_alpha", bytes(range(12)))


@pytest.fixture
def saved(tmp_path):
    """A store's file with one picture in it."""
    path = tmp_path / "deep" / "shapes"
    first = Store(path)
    first.put("plate", RAW)
    first.save()
    return path


def test_what_was_put_is_there_at_the_next_start(saved):
    assert Store(saved).get("plate") == RAW


def test_new_pictures_join_the_old_ones(saved):
    second = Store(saved)
    second.put("icon", RAW)
    second.save()
    assert {key: Store(saved).get(key) for key in ("plate", "icon")} == {"plate": RAW, "icon": RAW}


def test_after_saving_nothing_more_is_taken_in(saved):
    second = Store(saved)
    second.save()
    second.put("late", RAW)
    second.save()
    assert Store(saved).get("late") is None


def test_other_sources_make_it_start_anew(saved, monkeypatch):
    monkeypatch.setattr(module, "made_of", lambda: 1)
    assert Store(saved).get("plate") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:9],
        lambda content: content[:-1],
        lambda content: b"x" + content[1:],
        lambda content: content.replace(b'"plate": [2', b'"plate": [9'),
        lambda content: content.replace(b"luminance_alpha", b"luminance_beta_"),
    ],
)
def test_a_damaged_file_is_as_good_as_none(saved, damage):
    saved.write_bytes(damage(saved.read_bytes()))
    assert Store(saved).get("plate") is None


def test_a_folder_that_cannot_be_written_costs_speed_and_nothing_else(tmp_path):
    (tmp_path / "file").write_text("in the way")
    one = Store(tmp_path / "file" / "shapes")
    one.put("plate", RAW)
    one.save()
    assert not (tmp_path / "file" / "shapes").exists()


def test_shapes_are_taken_from_it_instead_of_being_made(stage, tmp_path, monkeypatch):
    from kiosk.ui.theme import shapes, textures

    monkeypatch.setattr(textures, "_kept", {})
    textures.use_store(Store(tmp_path / "shapes"))
    try:
        textures.plate(77)
        textures.save()
        textures.use_store(Store(tmp_path / "shapes"))
        monkeypatch.setattr(textures, "_kept", {})
        monkeypatch.setattr(shapes, "make", lambda *_: pytest.fail("made again"))
        assert textures.plate(77).size == (2 * 78 + 2, 2 * 78 + 2)
    finally:
        textures.use_store(None)


def test_the_program_starts_without_numpy(tmp_path):
    """Importing what the first frame needs must not pull it in: it costs a tenth of a second."""
    code = (
        "from kiosk.ui import config; config.prepare(config.WindowPlan(video='offscreen'));"
        "import kiosk.ui.host, sys; assert 'numpy' not in sys.modules and 'qrcode' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=200)


def test_kivys_data_is_linked_without_its_style_rules(tmp_path):
    lean = config._lean_data_dir(tmp_path / "data")
    assert lean is not None
    assert (lean / "glsl" / "default.fs").exists()
    assert "Button" not in (lean / "style.kv").read_text(encoding="utf-8")
    assert config._lean_data_dir(tmp_path / "data") == lean


def test_where_the_links_cannot_be_made_kivys_own_data_serve(tmp_path):
    (tmp_path / "data").write_text("in the way")
    assert config._lean_data_dir(tmp_path / "data") is None


def test_the_services_cache_directory_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path))
    assert config.cache_dir() == tmp_path
    monkeypatch.delenv("CACHE_DIRECTORY")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert config.cache_dir() == tmp_path / "x" / "kiosk"
