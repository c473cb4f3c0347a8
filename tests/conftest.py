"""What holds for the whole session: marks name clauses, and nothing listens but on loopback."""

from __future__ import annotations

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
