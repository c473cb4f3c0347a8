"""`collector.yml`, `site.yml` and the playbooks of every day, on machines that were blank a minute ago.

k1 settles and has a read-only root, l1 stands in the lobby, c1 is the hospital's own machine.
"""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from booted import CONTROLLER, Fleet
from hospital import Hospital, host_variables, wait_for
from hospital_keys import HospitalKeys
from release_folder import lay_release, make_release, share_packages, start_release
from wheels import collector_wheels

# Nobody listens at the peers' addresses, and the virtual reader comes a moment after the card service.
NOT_HERE = ["hospital", "payment", "insurance", "price list", "card reader"]


@pytest.fixture(scope="module")
def hospital(
    make_fleet: Callable[..., Fleet],
    hospital_keys: HospitalKeys,
    wheel: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Hospital:
    folder = tmp_path_factory.mktemp("hospital")
    fleet = make_fleet("k1", "l1", "c1")
    share_packages(fleet)
    release = make_release(folder, wheel, "1.0.0")
    extra = {"collector_version": "1.0.0", "collector_wheels": str(collector_wheels(folder, wheel))}
    hospital = Hospital(fleet, hospital_keys, extra, host_variables())
    hospital.partition = hospital.k1.add_partition("/state")
    lay_release(hospital.partition / "opt", release)
    lay_release(hospital.l1.root / "opt/hospital-kiosk", release)
    fleet.start()
    hospital.k1.keep_on()  # its playbook closes the root and has it start again
    hospital.collector = hospital.play("collector.yml")
    hospital.site = hospital.play("site.yml")
    start_release(hospital.k1, "kiosk.service", "edge-agent.service")
    start_release(hospital.l1, "kiosk.service")
    return hospital


def test_blank_machines_become_a_hospital(hospital: Hospital) -> None:
    assert hospital.collector.ok, hospital.collector.output
    assert hospital.site.ok, hospital.site.output


def test_a_second_run_changes_nothing(hospital: Hospital) -> None:
    again = hospital.play("site.yml")
    assert again.ok, again.output
    assert (again.changed("k1"), again.changed("l1")) == (0, 0), again.output


def test_a_second_run_leaves_the_collector_alone(hospital: Hospital) -> None:
    again = hospital.play("collector.yml")
    assert again.ok, again.output
    assert again.changed("c1") == 0, again.output


@pytest.mark.clause("S3-10.1.3")
def test_only_the_state_partition_can_be_written(hospital: Hospital) -> None:
    options = hospital.k1.ssh("findmnt --noheadings --output OPTIONS --target /").stdout
    assert "ro" in options.strip().split(",")
    assert hospital.k1.ssh("touch /usr/forged", check=False).returncode != 0
    assert hospital.k1.ssh("touch /etc/forged", check=False).returncode != 0
    assert hospital.k1.ssh("touch /var/lib/hospital-kiosk/probe").returncode == 0


def test_the_programs_run_hardened_on_a_closed_root(hospital: Hospital) -> None:
    for unit in ("kiosk.service", "edge-agent.service"):
        assert hospital.k1.ssh(f"systemctl is-active {unit}", check=False).stdout.strip() == "active"
        gate = hospital.k1.ssh(f"systemd-analyze security --threshold=20 {unit}", check=False)
        assert gate.returncode == 0, gate.stdout
    assert hospital.l1.ssh("systemctl is-active kiosk.service", check=False).stdout.strip() == "active"


def test_a_terminal_minds_the_visit_lock_and_one_with_a_printer_remembers_its_papers(
    hospital: Hospital,
) -> None:
    settings = {
        host.name: tomllib.loads(host.ssh("cat /etc/hospital-kiosk/kiosk.toml").stdout)
        for host in (hospital.k1, hospital.l1)
    }
    assert {one["terminal"]["visit_lock"] for one in settings.values()} == {"/run/hospital-guard/visit.lock"}
    assert wait_for(hospital.k1, f"test -s {settings['k1']['printer']['papers']}")
    assert "printer" not in settings["l1"]


def test_the_screen_is_drawn(hospital: Hospital) -> None:
    """The UI's own log line after the window, GL and all screens are there."""
    for host in (hospital.k1, hospital.l1):
        assert wait_for(host, 'journalctl -u kiosk | grep -q "Start application main loop"')


def test_systemd_has_nothing_to_say_about_the_units(hospital: Hospital) -> None:
    said = hospital.k1.ssh("systemd-analyze verify kiosk.service edge-agent.service 2>&1", check=False)
    assert said.stdout == ""
    said = hospital.c1.ssh(
        "systemd-analyze verify hospital-collector.service hospital-collector-backup.timer 2>&1", check=False
    )
    assert said.stdout == ""


ASK_FOR_CARDS = (
    """python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("/run/pcscd/pcscd.comm")'"""
)


def test_a_card_service_that_falls_over_again_and_again_is_there_again(hospital: Hospital) -> None:
    """systemd gives its socket up after five starts in ten seconds."""
    given_up = "systemctl is-failed --quiet pcscd.socket"
    fall = f"{ASK_FOR_CARDS} 2>/dev/null; pkill -9 -x pcscd"
    hospital.k1.inside(f"for i in $(seq 50); do {fall}; {given_up} && exit 0; done; exit 1")
    assert wait_for(hospital.k1, "systemctl is-active --quiet pcscd.socket")
    assert wait_for(hospital.k1, "pgrep -x pcscd"), "the terminal has not found it again"


def test_everything_is_there_again_after_a_power_cut(hospital: Hospital) -> None:
    hospital.l1.power_cut()
    hospital.l1.start()
    assert hospital.l1.ssh("systemctl is-system-running", check=False).stdout.strip() == "running"
    start_release(hospital.l1, "kiosk.service")
    assert (
        hospital.l1.ssh("systemctl is-active kiosk.service nftables.service").stdout.split() == ["active"] * 2
    )


@pytest.mark.clause("S3-10.1.3")
def test_there_is_no_console_to_come_to(hospital: Hospital) -> None:
    assert hospital.k1.ssh("ps -eo args | grep -E '^(.*/)?(agetty|login)( |$)'", check=False).stdout == ""
    for unit in ("getty@tty1.service", "getty@tty2.service", "autovt@tty3.service", "ctrl-alt-del.target"):
        assert hospital.k1.ssh(f"systemctl start {unit}", check=False).returncode != 0, unit


@pytest.mark.clause("S3-10.1.3")
def test_nobody_logs_in_as_root_or_with_a_password(hospital: Hospital) -> None:
    settings = hospital.k1.ssh("/usr/sbin/sshd -T").stdout.splitlines()
    assert {"permitrootlogin no", "passwordauthentication no", "allowusers ops"} <= set(settings)


@pytest.mark.clause("S3-10.1.3")
def test_a_terminal_reaches_the_peers_of_its_list_and_nobody_else(hospital: Hospital) -> None:
    hospital.fleet.start_process(["python3", "-m", "http.server", "9999", "--bind", CONTROLLER])
    reach = 'timeout 3 bash -c "</dev/tcp/{}/{}"'
    assert wait_for(hospital.c1, reach.format(CONTROLLER, 9999)), (
        "nobody listens: the next line would prove nothing"
    )
    assert hospital.k1.inside(reach.format(CONTROLLER, 9999), check=False).returncode != 0
    assert hospital.k1.inside(reach.format(hospital.c1.address, 8883), check=False).returncode == 0


@pytest.mark.clause("S3-10.1.3")
def test_only_the_controller_comes_in_and_only_over_ssh(hospital: Hospital) -> None:
    reach = 'timeout 3 bash -c "</dev/tcp/{}/22"'
    assert hospital.c1.inside(reach.format(hospital.k1.address), check=False).returncode != 0
    listening = hospital.k1.ssh("nft list chain inet terminal input").stdout
    assert f"ip saddr {CONTROLLER} tcp dport 22 accept" in listening


def test_each_program_reads_its_own_key_and_nobody_elses(hospital: Hospital) -> None:
    def may_read(user: str, path: str) -> bool:
        return hospital.k1.ssh(f"runuser -u {user} -- cat {path}", check=False).returncode == 0

    keys = "/etc/hospital-kiosk/keys"
    assert may_read("kiosk", f"{keys}/kiosk/client.key")
    assert may_read("agent", f"{keys}/agent/client.key")
    assert not may_read("agent", f"{keys}/kiosk/client.key")
    assert not may_read("kiosk", f"{keys}/agent/client.key")
    assert not may_read("ops", f"{keys}/kiosk/client.key")


def test_the_agent_reads_the_journal_and_cannot_write_it(hospital: Hospital) -> None:
    journal = "/var/lib/hospital-kiosk/journal"
    assert wait_for(hospital.k1, f"runuser -u agent -- head -c 1 {journal}/journal.db > /dev/null")
    assert hospital.k1.ssh(f"runuser -u agent -- touch {journal}/forged", check=False).returncode != 0


@pytest.mark.clause("S3-9.2.3")
def test_what_the_terminal_journals_reaches_the_collector(hospital: Hospital) -> None:
    program = "/opt/hospital-collector/current/venv/bin/edge-agent"
    report = f"{program} report streams --db /var/lib/hospital-collector/collector.db"
    assert wait_for(hospital.c1, f"runuser -u collector -- {report} | grep -q east/K1"), hospital.k1.ssh(
        "journalctl -u edge-agent | tail", check=False
    ).stdout


def test_the_collectors_books_are_backed_up_whole(hospital: Hospital) -> None:
    hospital.c1.ssh("systemctl start hospital-collector-backup.service")
    backup, *_ = hospital.c1.ssh("ls -t /var/backups/hospital-collector/*.db").stdout.split()
    ask = f"import sqlite3; print(*sqlite3.connect('{backup}').execute('PRAGMA integrity_check').fetchone())"
    assert hospital.c1.ssh(f'python3 -c "{ask}"').stdout.strip() == "ok"


def test_a_certificate_is_renewed_before_it_runs_out_and_not_earlier(hospital: Hospital) -> None:
    serials = "for f in /etc/hospital-kiosk/keys/*/*.crt; do openssl x509 -noout -serial -in $f; done"
    before = hospital.k1.ssh(serials).stdout
    assert hospital.play("certificates.yml", limit="k1").changed("k1") == 0
    assert hospital.k1.ssh(serials).stdout == before
    renewed = hospital.play("certificates.yml", limit="k1", variables={"certificate_renew_days": 400})
    assert renewed.ok, renewed.output
    assert set(before.split()).isdisjoint(hospital.k1.ssh(serials).stdout.split())
    assert hospital.k1.ssh("systemctl is-active edge-agent.service").stdout.strip() == "active"


def test_an_overlap_of_message_numbers_stops_the_run_before_anything_changes(hospital: Hospital) -> None:
    wrong = host_variables()
    wrong["l1"] |= {"msgid_block": [110, 130]}
    play = hospital.play("site.yml", host_variables=wrong)
    assert not play.ok
    assert "k1 and l1: msgid_block [100, 119] overlaps [110, 130]" in play.output
    assert sum(play.changed(host) for host in play.counts) == 0


def test_doctor_puts_every_terminal_into_one_report(hospital: Hospital, tmp_path: Path) -> None:
    file = tmp_path / "doctor.json"
    hospital.l1.unplug()
    play = hospital.play("doctor.yml", variables={"doctor_report_file": str(file), "doctor_accept": NOT_HERE})
    hospital.l1.plug()
    report = json.loads(file.read_text(encoding="utf-8"))
    assert (report["k1"]["state"], report["k1"]["release"]) == ("ok", "1.0.0"), report["k1"]["failing"]
    assert {row["what"] for row in report["k1"]["rows"]} >= {"journal", "card service", "edge-agent.service"}
    assert report["l1"]["state"] == "unreachable"
    assert not play.ok
    assert "Not well: l1" in play.output


@pytest.mark.clause("S3-10.1.5")
def test_a_terminal_is_not_retired_by_mistake(hospital: Hospital, tmp_path: Path) -> None:
    wishes = {"retire_person": "Ann", "retire_witness": "Bo", "retire_records": str(tmp_path)}
    nameless = hospital.play("retire.yml", limit="k1", variables=wishes)
    assert "Nothing was touched" in nameless.output
    everybody = hospital.play("retire.yml", variables={**wishes, "retire_confirm": "k1"})
    assert "Name one terminal" in everybody.output
    assert hospital.k1.ssh("systemctl is-active kiosk.service").stdout.strip() == "active"


@pytest.mark.clause("S3-10.1.5")
def test_a_retired_terminal_holds_nothing_and_a_signed_record_says_so(
    hospital: Hospital, tmp_path: Path
) -> None:
    acked = "/var/lib/hospital-kiosk/agent/kiosk.acked.json"
    assert wait_for(hospital.k1, f"test -e {acked}"), "the collector has acknowledged nothing yet"
    wishes = {
        "retire_confirm": "k1",
        "retire_person": "Ann",
        "retire_witness": "Bo",
        "retire_records": str(tmp_path),
        "retire_free_space_max_bytes": 8 << 20,
    }
    play = hospital.play("retire.yml", limit="k1", variables=wishes)
    assert play.ok, play.output
    hospital.k1.wait_until_off(150)
    left = [path for part in ("opt", "etc", "lib") for path in (hospital.partition / part).rglob("*")]
    assert left == []
    (record,) = tmp_path.glob("k1-*.json")
    said = json.loads(record.read_text(encoding="utf-8"))
    assert (said["person"], said["witness"], said["journal"]["unsent"]) == ("Ann", "Bo", 0)
    assert said["wiped"]["left"] == []
    assert sum(line.startswith("serial=") for line in said["certificates_to_revoke"]) == 2
    public = subprocess.run(
        ["openssl", "x509", "-noout", "-pubkey", "-in", hospital.keys.ca], capture_output=True, check=True
    )
    key = tmp_path / "public.pem"
    key.write_bytes(public.stdout)
    argv = ["openssl", "dgst", "-sha256", "-verify", key, "-signature", f"{record}.sig", record]
    assert subprocess.run(argv, capture_output=True, check=False).returncode == 0
