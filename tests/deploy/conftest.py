"""Booted hosts for the tests of `deploy/`; how to use them stands at the top of `parts/booted.py`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).with_name("parts")))

from booted import Fleet, why_not
from debian_root import BLANK, PACKAGES, RootNotMade, debian_root
from hospital_keys import HospitalKeys, make_hospital_keys
from release_folder import build_wheel

DEADLINE_S = 3600  # of one test: the first of a module boots its machines and plays their playbooks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(DEADLINE_S))


def _root(packages: Sequence[str], variant: str) -> Path:
    """Skips, with the reason, where none can be made or booted."""
    if reason := why_not():
        pytest.skip(reason)
    try:
        return debian_root(packages, variant)
    except RootNotMade as exc:
        pytest.skip(f"no Debian root: {exc}")


@pytest.fixture(scope="session")
def base_root() -> Path:
    """The Debian root beneath most hosts: the packages of a terminal and of a collector are there."""
    return _root(PACKAGES, "minbase")


@pytest.fixture(scope="session")
def blank_root() -> Path:
    """A Debian root with what its installer leaves behind, SSH, sudo and Python; nothing of ours."""
    return _root(BLANK, "important")


@pytest.fixture(scope="module")
def make_fleet(request: pytest.FixtureRequest) -> Iterator[Callable[..., Fleet]]:
    """`make_fleet("k1", "k2")`: hosts on a root (`root`), made and not yet started (`fleet.start()`)."""
    made: list[Fleet] = []

    def make(*names: str, root: str = "base_root") -> Fleet:
        base = request.getfixturevalue(root)
        folder = Path(tempfile.mkdtemp(prefix="fleet-"))  # short: SSH's control sockets allow 100 letters
        fleet = Fleet(folder, base, names)
        made.append(fleet)
        return fleet

    yield make
    for fleet in made:
        fleet.close()
        shutil.rmtree(fleet.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def fleet_of(make_fleet: Callable[..., Fleet]) -> Callable[..., Fleet]:
    """`fleet_of("k1", "k2")`: booted hosts, for one module."""

    def boot(*names: str) -> Fleet:
        fleet = make_fleet(*names)
        fleet.start()
        return fleet

    return boot


@pytest.fixture(scope="session")
def hospital_keys(tmp_path_factory: pytest.TempPathFactory) -> HospitalKeys:
    """An authority and a seal key that exist for this run alone."""
    return make_hospital_keys(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a terminal, built from this checkout."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))
