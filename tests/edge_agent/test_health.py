"""Health figures: read where there are any, left out where there are none, told when they matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.health import HealthReports, Machine, is_significant

FILES = {
    "proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\nSwapFree: 0 kB\nHugePages_Total: 0\n",
    "proc/loadavg": "0.52 0.40 0.30 1/200 4711\n",
    "proc/uptime": "3600.5 7000.0\n",
    "proc/mounts": "/dev/mmcblk0p2 / ext4 rw,data=writeback 0 0\n",
    "proc/sys/kernel/random/boot_id": "5e71\n",
    "sys/class/thermal/thermal_zone0/temp": "48312\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
    "sys/class/mmc_host/mmc0/mmc0:0001/life_time": "0x01 0x03\n",
    "sys/class/mmc_host/mmc0/mmc0:0001/pre_eol_info": "0x02\n",
    "run/systemd/timesync/synchronized": "",
}


@pytest.fixture
def machine(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Machine(tmp_path / "root", tmp_path)


def test_the_figures_of_a_terminal_are_read_with_their_units(machine):
    sample = machine.sample()
    assert sample["memory_available_bytes"] == 4_096_000_000
    assert sample["cpu_temperature_c"] == 48.312
    assert sample["throttled_now"] == ["under_voltage", "throttled"]
    assert sample["throttled_since_boot"] == ["under_voltage", "throttled"]
    assert (sample["emmc_life_used_tenths"], sample["emmc_warning"]) == (3, 2)
    assert sample["disk_unsafe_mount"] is True
    assert sample["clock_synchronised"] is True
    assert machine.boot_id() == "5e71"


def test_a_machine_without_a_figure_leaves_it_out(tmp_path):
    sample = Machine(tmp_path, tmp_path).sample()
    assert "cpu_temperature_c" not in sample
    assert "memory_total_bytes" not in sample
    assert sample["disk_free_bytes"] > 0


def test_a_file_with_nonsense_costs_only_its_own_figure(machine, tmp_path):
    for name in (
        "sys/class/thermal/thermal_zone0/temp",
        "sys/devices/platform/soc/soc:firmware/get_throttled",
    ):
        (tmp_path / "root" / name).write_text("error 5")
    sample = machine.sample()
    assert "cpu_temperature_c" not in sample
    assert "throttled_now" not in sample
    assert sample["load_1_min"] == 0.52


def test_this_machine_itself_can_be_read():
    sample = Machine(Path("/"), Path("/tmp")).sample()
    assert sample["agent_rss_bytes"] > 1 << 20


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cpu_temperature_c": 52.9}, False),
        ({"cpu_temperature_c": 53.4}, True),
        ({"memory_available_bytes": 3_400_000_000}, False),
        ({"memory_available_bytes": 3_200_000_000}, True),
        ({"disk_read_only": True}, True),
        ({"throttled_now": []}, True),
        ({"load_1_min": 9.0}, False),
    ],
)
def test_only_a_change_that_matters_is_told_at_once(machine, change, told):
    before = machine.sample()
    assert is_significant(before, before | change) is told


def test_health_is_told_regularly_and_after_each_connect(machine):
    now_s = 0.0
    reports = HealthReports(machine, every_s=60, look_every_s=15, clock=lambda: now_s)
    told = []
    for now_s in range(0, 121, 5):
        if reports.due() is not None:
            told.append(now_s)
    assert told == [0, 60, 120]
    reports.again()
    assert reports.due() is not None


def test_a_hot_terminal_does_not_wait_for_the_regular_report(machine, tmp_path):
    now_s = 0.0
    reports = HealthReports(machine, every_s=60, look_every_s=15, clock=lambda: now_s)
    assert reports.due() is not None
    (tmp_path / "root/sys/class/thermal/thermal_zone0/temp").write_text("71000\n")
    now_s = 15.0
    assert reports.due()["cpu_temperature_c"] == 71.0
