"""`collector.yml` with PostgreSQL beneath the collector, on a machine that was blank a minute ago.

c1 is the hospital's own machine. The agent of a terminal runs beside it, from this checkout.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from booted import Fleet
from heard_hospital import agent_settings, begin_journal
from hospital import Hospital, wait_for
from hospital_keys import HospitalKeys, make_client
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
    fleet = make_fleet("c1")
    extra = {
        "collector_version": "1.0.0",
        "collector_wheels": str(collector_wheels(folder, wheel)),
        "collector_database": "postgresql",
        "broker_terminals": [{"site": "east", "device": "K1"}],
    }
    hospital = Hospital(fleet, hospital_keys, extra, {})
    fleet.start()
    hospital.collector = hospital.play("collector.yml")
    assert hospital.collector.ok, hospital.collector.output
    start_agent(hospital, folder / "terminal")
    return hospital


def start_agent(hospital: Hospital, folder: Path) -> None:
    """A terminal's agent with one entry to deliver, and the certificate by which the broker knows it."""
    make_client(hospital.keys, folder, "east.K1.agent")
    begin_journal(folder)
    settings = agent_settings(
        "K1",
        hospital.c1.address,
        state=str(folder),
        wake=str(folder / "wake"),
        keys=str(folder),
        name="east.K1.agent",
    )
    config = folder / "edge-agent.toml"
    config.write_text(settings, encoding="utf-8")
    hospital.fleet.start_process([sys.executable, "-m", "edge_agent.cli", "run", "--config", str(config)])


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
