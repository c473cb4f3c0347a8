"""`notice.yml`: what the hospital tells everybody lies on every terminal as the kiosk reads it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from booted import Fleet
from playbook import Play

from kiosk.journeys.notice import read_notice

NOW = dt.datetime(2026, 11, 28, 12, 0, tzinfo=dt.UTC)
NOTICE = {
    "title_zh": "今晚医保系统维护",
    "text_zh": "20 点至 22 点只能自费。",
    "title_en": "Maintenance tonight",
    "ends_at": "2026-11-28T22:00:00+08:00",
}


@pytest.fixture(scope="module")
def fleet(fleet_of: Callable[..., Fleet]) -> Fleet:
    fleet = fleet_of("k1", "k2")
    for host in fleet.hosts.values():
        host.inside("mkdir -p /etc/hospital-kiosk")
    return fleet


def tell(fleet: Fleet, **variables: Any) -> Play:
    return fleet.playbook("notice.yml", groups={"terminals": list(fleet.hosts)}, variables=variables)


def shown(fleet: Fleet, name: str) -> str | None:
    """The title that the kiosk of a host would show."""
    notice = read_notice(fleet[name].root / "etc/hospital-kiosk/notice.json", NOW)
    return None if notice is None else notice.title


@pytest.mark.clause("S2-E.3")
def test_a_notice_reaches_every_terminal_and_is_taken_away_again(fleet: Fleet) -> None:
    assert tell(fleet, notice=NOTICE).ok
    assert [shown(fleet, name) for name in fleet.hosts] == [NOTICE["title_zh"]] * 2
    again = tell(fleet, notice=NOTICE)
    assert [again.changed(name) for name in fleet.hosts] == [0, 0]
    assert tell(fleet, notice_over=True).ok
    assert [shown(fleet, name) for name in fleet.hosts] == [None, None]


@pytest.mark.parametrize(
    "bad",
    [{"text_zh": "x"}, NOTICE | {"title_zh": "字" * 41}, NOTICE | {"colour": "red"}],
    ids=["no title", "too long", "unknown"],
)
def test_a_notice_that_no_terminal_could_show_changes_nothing(fleet: Fleet, bad: dict[str, str]) -> None:
    refused = tell(fleet, notice=bad)
    assert not refused.ok
    assert "Nothing was changed" in refused.output
    assert [shown(fleet, name) for name in fleet.hosts] == [None, None]
