"""What every test shares: nothing but the clause mark's shape."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A clause mark without a clause is a mistake."""
    for item in items:
        for mark in item.iter_markers("clause"):
            assert mark.args, f"{item.nodeid}: a clause mark names its clauses"
