"""Playbooks, roles and units as they stand in the tree: lint, exposure, and what must never be among them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hw.card.kernel_nfc import NFC_DRIVERS

ROOT = Path(__file__).resolve().parents[2]
ANSIBLE = ROOT / "deploy" / "ansible"
UNITS = sorted((ROOT / "deploy" / "units").glob("*.service"))

EXPOSURE_MAX = 20  # tenths: systemd calls everything up to 2.0 safe


def test_ansible_lint_finds_nothing_in_its_strictest_profile(tmp_path):
    programs = Path(sys.executable).parent
    done = subprocess.run(
        [str(programs / "ansible-lint"), "--offline", "--nocolor", "--profile", "production"],
        cwd=ANSIBLE,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "ANSIBLE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_exposes_little(unit):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("not installed: systemd-analyze")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.splitlines()[-2:]


def test_the_gate_would_close(tmp_path):
    """A unit without any of the hardening is over the limit, so the test above can fail."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("not installed: systemd-analyze")
    bare = tmp_path / "bare.service"
    bare.write_text("[Service]\nExecStart=/bin/true\n", encoding="ascii")
    argv = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE_MAX}", str(bare)]
    assert subprocess.run(argv, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_reached_through_current_alone(unit):
    text = unit.read_text(encoding="utf-8")
    (start,) = re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE)
    assert start.startswith("/opt/hospital-kiosk/current/venv/bin/")
    assert "[Install]" not in text, "the guard starts it; an enabled unit would survive a roll-back"


def test_no_secret_lies_in_an_inventory():
    for path in (ANSIBLE / "inventories").rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "PRIVATE KEY" not in text, path
            assert not re.search(r"^vault_\w+:\s*\S*[^\s\"'].*$", text, re.MULTILINE), path


def test_every_task_that_holds_a_secret_says_so():
    found = 0
    for path in ANSIBLE.rglob("tasks/*.yml"):
        for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            arguments = {key: value for key, value in task.items() if key != "when"}
            if "vault_" in str(arguments):
                found += 1
                assert task.get("no_log") is True, f"{path.relative_to(ROOT)}: {task['name']}"
    assert found > 0


def _tasks(tasks):
    """Tasks, and those within blocks."""
    for task in tasks or []:
        inner = [one for part in ("block", "rescue", "always") for one in task.get(part, [])]
        if inner:
            yield from _tasks(inner)
        else:
            yield task


def test_every_kernel_driver_that_takes_readers_is_kept_away():
    rules = (ANSIBLE / "roles/terminal/files/hospital-readers.conf").read_text(encoding="utf-8")
    kept = re.findall(r"^blacklist (\S+)$", rules, re.MULTILINE)
    assert sorted(kept) == sorted(NFC_DRIVERS)
