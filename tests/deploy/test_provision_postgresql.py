"""`collector.yml` with PostgreSQL beneath the collector, on machines that were blank a minute ago.

k1 is a terminal that settles, c1 the hospital's own machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from booted import Fleet
from hospital import Hospital, host_variables, wait_for
from hospital_keys import HospitalKeys
from release_folder import lay_release, make_release, share_packages, start_release
from wheels import collector_wheels

PROGRAM = "/opt/hospital-collector/current/venv/bin/edge-agent"
ENTRIES = "SELECT count(*) FROM entry"


@pytest.fixture(scope="module")
def hospital(
    make_fleet: Callable[..., Fleet],
    hospital_keys: HospitalKeys,
    wheel: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Hospital:
    folder = tmp_path_factory.mktemp("hospital")
    fleet = make_fleet("k1", "c1")
    share_packages(fleet)
    extra = {
        "collector_version": "1.0.0",
        "collector_wheels": str(collector_wheels(folder, wheel)),
        "collector_database": "postgresql",
    }
    own = {"k1": {**host_variables()["k1"], "read_only_root_enabled": False}}
    hospital = Hospital(fleet, hospital_keys, extra, own)
    hospital.k1.add_partition("/var/lib/hospital-kiosk")
    lay_release(hospital.k1.root / "opt/hospital-kiosk", make_release(folder, wheel, "1.0.0"))
    fleet.start()
    hospital.collector = hospital.play("collector.yml")
    assert hospital.collector.ok, hospital.collector.output
    hospital.site = hospital.play("site.yml")
    assert hospital.site.ok, hospital.site.output
    start_release(hospital.k1, "kiosk.service", "edge-agent.service")
    return hospital


def asked(hospital: Hospital, question: str, database: str = "collector") -> str:
    """What the database answers its own user."""
    psql = f'runuser -u collector -- psql --no-psqlrc -tA -d {database} -c "{question}"'
    return hospital.c1.ssh(psql).stdout.strip()


@pytest.mark.clause("S3-9.2.3")
def test_what_the_terminal_journals_reaches_the_database(hospital: Hospital) -> None:
    report = f"{PROGRAM} report streams --db postgresql:///collector"
    assert wait_for(hospital.c1, f"runuser -u collector -- {report} | grep -q east/K1"), hospital.c1.ssh(
        "journalctl -u hospital-collector | tail", check=False
    ).stdout
    assert int(asked(hospital, ENTRIES)) > 0


def test_a_second_run_changes_nothing(hospital: Hospital) -> None:
    again = hospital.play("collector.yml")
    assert again.ok, again.output
    assert again.changed("c1") == 0, again.output


def test_nobody_but_its_user_may_read_the_database(hospital: Hospital) -> None:
    said = hospital.c1.ssh("runuser -u nobody -- psql -d collector -c 'SELECT 1'", check=False)
    assert said.returncode != 0
    assert (
        hospital.c1.ssh(
            "runuser -u collector -- psql -h 127.0.0.1 -w -d collector -c 'SELECT 1'", check=False
        ).returncode
        != 0
    )


def test_a_nightly_dump_brings_every_entry_back(hospital: Hospital) -> None:
    c1 = hospital.c1
    c1.ssh("systemctl stop hospital-collector.service")
    before = asked(hospital, ENTRIES)
    c1.ssh("systemctl start hospital-collector-backup.service")
    dump, *_ = c1.ssh("ls -t /var/backups/hospital-collector/*.dump").stdout.split()
    c1.ssh("cd / && runuser -u postgres -- createdb --owner collector --template template0 again")
    c1.ssh(f"runuser -u collector -- pg_restore --exit-on-error --dbname again {dump}")
    assert asked(hospital, ENTRIES, "again") == before
    c1.ssh("systemctl start hospital-collector.service")


def test_it_is_all_there_again_after_a_power_cut(hospital: Hospital) -> None:
    before = int(asked(hospital, ENTRIES))
    hospital.c1.power_cut()
    hospital.c1.start()
    assert wait_for(hospital.c1, "systemctl is-active hospital-collector.service")
    assert int(asked(hospital, ENTRIES)) >= before
