"""What the hospital tells everybody: shown at home while it holds; a bad file is as none."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from journeys_panel import home_again

from kiosk.journeys.notice import NOTICE_MAX_BYTES, read_notice
from kiosk.journeys.views import Attract, Home

NOW = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
TEXTS = {"title_zh": "今晚维护", "text_zh": "20 点起只能自费。", "title_en": "Maintenance tonight"}


@pytest.fixture
def put(tmp_path):
    """`put(fields)` leaves a notice where the terminal looks."""
    path = tmp_path / "notice.json"

    def write(fields) -> None:
        path.write_text(fields if isinstance(fields, str) else json.dumps(fields), encoding="utf-8")

    write.path = path
    return write


@pytest.mark.clause("S2-E.3")
async def test_a_notice_is_there_when_the_next_patient_comes_and_gone_with_its_file(panel, put):
    panel.terminal.notice_file = put.path
    put(TEXTS)
    await panel.see(Attract)
    panel.touch("start")
    notice = (await panel.see(Home)).notice
    assert (notice.title, notice.title_en, notice.text_en) == (
        "今晚维护",
        "Maintenance tonight",
        TEXTS["text_zh"],
    )
    panel.touch("back")
    await home_again(panel)
    put.path.unlink()
    panel.touch("start")
    assert (await panel.see(Home)).notice is None


@pytest.mark.parametrize(
    ("begins_at", "ends_at", "shown"),
    [
        ("2026-11-28T11:00:00Z", "2026-11-28T13:00:00Z", True),
        ("2026-11-28T12:30:00Z", None, False),
        (None, "2026-11-28T20:00:00+08:00", False),
    ],
)
def test_it_is_shown_while_it_holds(put, begins_at, ends_at, shown):
    put(TEXTS | {"begins_at": begins_at, "ends_at": ends_at})
    assert (read_notice(put.path, NOW) is not None) is shown


@pytest.mark.parametrize(
    "bad",
    [
        "{", "[]", '{"title_zh": 7}', "\x00", json.dumps(TEXTS | {"colour": "red"}),
        json.dumps(TEXTS | {"begins_at": "2026-11-28T11:00:00"}), json.dumps(TEXTS) + " " * NOTICE_MAX_BYTES,
    ],
)  # fmt: skip
def test_a_notice_that_cannot_be_read_keeps_nobody_away(put, bad):
    put(bad)
    assert read_notice(put.path, NOW) is None
