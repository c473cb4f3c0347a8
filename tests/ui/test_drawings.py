"""Icons and shapes by distance, at any size."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk import assets
from kiosk.ui.theme import drawings, patterns, raster, svg, tokens

LOOK = tokens.make("light", "kiosk", 1080)


def test_a_rounded_rectangle_is_full_inside_and_cut_at_its_corners():
    mask = raster.rounded_rect(100, 60, [20, 20, 20, 20])
    assert mask[30, 50] == 1
    assert mask[0, 0] == 0
    corner = mask[:20, :20].sum()
    assert corner == pytest.approx(np.pi * 20 * 20 / 4, rel=0.01)


def test_corners_may_differ():
    mask = raster.rounded_rect(100, 60, [24, 8, 8, 24])
    assert mask[3, 3] == 0
    assert mask[3, 96] > 0.9


def test_a_stroke_has_its_width_and_round_ends():
    mask = raster.strokes(100, 40, [[(20, 20), (80, 20)]], 10)
    assert mask[:, 50].sum() == pytest.approx(10, abs=0.1)
    assert mask.sum() == pytest.approx(60 * 10 + np.pi * 25, rel=0.01)


def test_a_filled_shape_covers_its_area_and_leaves_its_hole():
    outer = [(10, 10), (90, 10), (90, 90), (10, 90)]
    inner = [(30, 30), (70, 30), (70, 70), (30, 70)]
    mask = raster.fill(100, 100, [outer, inner])
    assert mask.sum() == pytest.approx(80 * 80 - 40 * 40, rel=0.02)
    assert mask[50, 50] == 0


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 1.0])
def test_a_ring_covers_its_share_of_the_circle(fraction):
    covered = raster.ring(200, 14, fraction).sum()
    whole = np.pi * (200 - 14) * 14
    caps = np.pi * 49 if fraction < 1 else 0
    assert covered == pytest.approx(whole * fraction + caps, rel=0.05)


def test_a_shadow_keeps_the_weight_of_its_shape():
    mask = raster.shadow(32, 20)
    margin = 20
    solid = mask.shape[0] - 2 * margin
    assert mask.sum() == pytest.approx(solid * solid - (4 - np.pi) * 32 * 32, rel=0.01)


@pytest.mark.parametrize("size", [30, 48, 92])
def test_an_icon_keeps_its_stroke_at_every_size(size):
    mask = drawings.icon("minus", size)  # one horizontal line, 2 of 24 units thick
    assert mask[:, size // 2].sum() == pytest.approx(size / 12, abs=0.1)


def test_every_icon_can_be_drawn():
    names = [path.stem for path in assets.path("icons").glob("*.svg")]
    assert len(names) > 50
    for name in names:
        assert drawings.icon(name, 48).max() > 0.9, name


def test_every_picture_can_be_drawn_in_every_theme():
    names = [path.stem for path in assets.path("icons", "art").glob("*.svg")]
    for mode in ("light", "dark", "contrast"):
        look = tokens.make(mode, "kiosk", 1080)
        for name in names:
            assert drawings.picture(name, 120, 80, look)[..., 3].max() == 255, name


def test_an_icon_that_does_not_exist_is_an_error():
    with pytest.raises(FileNotFoundError):
        drawings.icon("unicorn", 48)


@pytest.mark.parametrize(
    "body",
    [
        "<text>1</text>",
        "<path d='M0 0Q1 1 2 2'/>",
        "<g transform='skewX(3)'><rect width='1' height='1'/></g>",
    ],
)
def test_what_the_reader_does_not_know_is_refused(tmp_path, body):
    file = tmp_path / "odd.svg"
    file.write_text(f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='ink'>{body}</svg>")
    with pytest.raises(ValueError, match="not supported"):
        svg.load(file)


def test_an_arc_ends_where_the_drawing_says(tmp_path):
    file = tmp_path / "arc.svg"
    file.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><path d='M4 12a8 8 0 0 1 16 0'/></svg>"
    )
    (line,) = svg.load(file).shapes[0].lines
    assert line[-1] == pytest.approx((20, 12))
    assert min(y for _, y in line) == pytest.approx(4, abs=0.05)


def test_the_stub_is_dotted_along_both_edges_with_whole_dots():
    pixels = patterns.segment(LOOK, "you", 240, 96, [8, 8, 8, 8])
    sheet = np.array([round(part * 255) for part in LOOK.colour("sheet")[:3]])
    dots = (pixels[12, :, :3] == sheet).all(axis=1)
    starts = np.flatnonzero(dots[1:] & ~dots[:-1])
    assert len(starts) == 10
    assert np.array_equal(pixels[12], pixels[83])
    assert not (pixels[48, 20:220, :3] == sheet).all(axis=1).any()


def test_the_hatching_runs_upwards_to_the_right():
    pixels = patterns.segment(LOOK, "acct", 200, 96, [0, 0, 0, 0])[..., 0].astype(int)
    assert np.array_equal(pixels[40, 40:160], pixels[41, 39:159])


def test_an_estimates_frame_is_dashed_all_round():
    mask = raster.dashed(400, 120, 36, 4, 12)
    top = mask[2, 40:360] > 0.5
    assert 0.4 < top.mean() < 0.7
    assert mask[60, 200] == 0


def test_colours_have_an_unknown_role_as_an_error():
    with pytest.raises(KeyError):
        LOOK.colour("mauve")


def test_sizes_follow_the_panel():
    half = tokens.make("light", "kiosk", 540)
    assert half.px(48) == 24
    assert half.type_px("h1") == 30
    assert half.px_per_mm == pytest.approx(LOOK.px_per_mm / 2)
