"""What holds for the whole session: marks name clauses, skips are named, nothing listens but on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

LISTEN = "0A"
LOOPBACK_V4 = "7F"  # the first octet, as /proc writes it: the last pair of a little-endian word
LOOPBACK_V6 = ("00000000000000000000000001000000", "0000000000000000FFFF0000")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A clause mark without a clause is a mistake."""
    for item in items:
        for mark in item.iter_markers("clause"):
            assert mark.args, f"{item.nodeid}: a clause mark names its clauses"


def skips_allowed() -> tuple[str, ...]:
    """Beginnings of the reasons that the judging machine accepts."""
    lines = Path(__file__).with_name("skips_allowed.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the skips that fail the session; see `pytest_sessionfinish`."""
    for reason in sorted(_unnamed(terminalreporter)):
        terminalreporter.write_line(f"a skip that tests/skips_allowed.txt does not name: {reason}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """On the judging machine a test that was left out for an unnamed reason has failed."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None and _unnamed(reporter) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unnamed(reporter: pytest.TerminalReporter) -> set[str]:
    if not os.environ.get("CI"):
        return set()
    reasons = {report.longrepr[2].removeprefix("Skipped: ") for report in reporter.stats.get("skipped", [])}
    return {reason for reason in reasons if not reason.startswith(skips_allowed())}


def open_listeners() -> set[str]:
    """Addresses of this network namespace that listen and are not loopback."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            address = fields[1].split(":")[0]
            if fields[3] == LISTEN and not _is_loopback(address):
                found.add(f"{table} {fields[1]}")
    return found


def _is_loopback(address: str) -> bool:
    if len(address) == 8:
        return address.endswith(LOOPBACK_V4)
    return address == LOOPBACK_V6[0] or (address.startswith(LOOPBACK_V6[1]) and address.endswith(LOOPBACK_V4))


@pytest.fixture(scope="session", autouse=True)
def nothing_listens_outside_loopback() -> Iterator[None]:
    """Listeners before and after the session are the same but for loopback."""
    before = open_listeners()
    yield
    assert open_listeners() - before == set()
