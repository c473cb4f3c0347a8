"""Films for the demo and for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hw.scanner.film import FILM_FPS, FILM_MAX_S, FilmError, Scene, render_film
from hw.scanner.port import VideoFile
from hw.scanner.sources import Picture, open_source

Film = Callable[..., Path]


def test_the_same_seed_gives_the_same_film(film: Film) -> None:
    scenes = (Scene(0.1), Scene(0.2, "x"))
    one, same = film(*scenes, name="a.avi", seed=1), film(*scenes, name="b.avi", seed=1)
    other = film(*scenes, name="c.avi", seed=2)
    assert one.read_bytes() == same.read_bytes() != other.read_bytes()


def test_a_film_lasts_as_long_as_its_scenes(film: Film) -> None:
    source = open_source(VideoFile(str(film(Scene(0.4), Scene(0.6, "x"))), loop=False))
    pictures = 0
    while isinstance(source.read(), Picture):
        pictures += 1
    source.close()
    assert pictures == FILM_FPS


def test_a_film_too_long_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most"):
        render_film(tmp_path / "long.avi", [Scene(FILM_MAX_S + 1)])
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_cannot_be_written_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match=r"no/such/film\.avi"):
        render_film(tmp_path / "no/such/film.avi", [Scene(0.1)])
