"""How the machine is: read from /proc, /sys and the disk; nothing that costs more than a file read.

Units last in every name. A figure that this machine does not give is left out, never guessed.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

CHANGE_TEMPERATURE_C = 5.0
CHANGE_MEMORY_SHARE = 0.1
"""A change that is told at once (the filter balena uses: 5 degrees, a tenth of the memory)."""

_THROTTLED_BITS = {
    0: "under_voltage",
    1: "frequency_capped",
    2: "throttled",
    3: "soft_temperature_limit",
}
"""Raspberry Pi `get_throttled`; bits 16 to 19 say the same of the time since boot."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where to look. `root` is / on a terminal, a made-up tree in a test."""

    root: Path
    data: Path
    cert: Path | None = None

    def sample(self) -> dict[str, Any]:
        """One look at everything, about half a millisecond."""
        parts: tuple[Mapping[str, Any], ...] = (
            self._memory(),
            self._load(),
            self._disk(),
            self._temperature(),
            self._throttled(),
            self._wear(),
            self._clock(),
            self._certificate(),
            self._self(),
        )
        return {name: value for part in parts for name, value in part.items() if value is not None}

    def boot_id(self) -> str | None:
        text = self._text("proc/sys/kernel/random/boot_id")
        return None if text is None else text.strip()

    def _text(self, relative: str) -> str | None:
        try:
            return (self.root / relative).read_text(encoding="ascii", errors="replace")
        except OSError:  # this machine does not give the figure
            return None

    def _memory(self) -> Mapping[str, Any]:
        fields: dict[str, int] = {}
        for line in (self._text("proc/meminfo") or "").splitlines():
            name, _, rest = line.partition(":")
            if rest.strip().endswith("kB") and rest.split()[0].isdigit():
                fields[name] = 1024 * int(rest.split()[0])
        return {
            "memory_total_bytes": fields.get("MemTotal"),
            "memory_available_bytes": fields.get("MemAvailable"),
            "swap_free_bytes": fields.get("SwapFree"),
        }

    def _load(self) -> Mapping[str, Any]:
        load, uptime = self._text("proc/loadavg"), self._text("proc/uptime")
        return {
            "load_1_min": None if not load else float(load.split()[0]),
            "uptime_s": None if not uptime else float(uptime.split()[0]),
        }

    def _disk(self) -> Mapping[str, Any]:
        try:
            room = os.statvfs(self.data)
        except OSError:
            return {}
        return {
            "disk_free_bytes": room.f_bavail * room.f_frsize,
            "disk_total_bytes": room.f_blocks * room.f_frsize,
            "disk_free_inodes": room.f_favail,
            "disk_read_only": bool(room.f_flag & os.ST_RDONLY),
            "disk_unsafe_mount": self._unsafe_mount(),
        }

    def _unsafe_mount(self) -> bool | None:
        """ext4 with `data=writeback` corrupts a database at a power cut: some vendors ship it."""
        mounts = self._text("proc/mounts")
        if mounts is None:
            return None
        options = [line.split()[3] for line in mounts.splitlines() if len(line.split()) > 3]
        return any("data=writeback" in each.split(",") for each in options)

    def _temperature(self) -> Mapping[str, Any]:
        text = self._text("sys/class/thermal/thermal_zone0/temp")
        if text is None or not text.strip().lstrip("-").isdigit():
            return {}
        return {"cpu_temperature_c": int(text) / 1000}

    def _throttled(self) -> Mapping[str, Any]:
        text = self._text("sys/devices/platform/soc/soc:firmware/get_throttled")
        if text is None:
            return {}
        try:
            bits = int(text.strip(), 16)
        except ValueError:
            return {}
        return {
            "throttled_now": [name for bit, name in _THROTTLED_BITS.items() if bits >> bit & 1],
            "throttled_since_boot": [name for bit, name in _THROTTLED_BITS.items() if bits >> bit + 16 & 1],
        }

    def _wear(self) -> Mapping[str, Any]:
        """eMMC life used in tenths, and its own warning (1 normal, 2 warning, 3 urgent)."""
        device = "sys/class/mmc_host/mmc0/mmc0:0001/"
        life, warning = self._text(device + "life_time"), self._text(device + "pre_eol_info")
        return {
            "emmc_life_used_tenths": None if not life else max(int(each, 16) for each in life.split()),
            "emmc_warning": None if not warning else int(warning, 16),
        }

    def _clock(self) -> Mapping[str, Any]:
        return {"clock_synchronised": (self.root / "run/systemd/timesync/synchronized").exists()}

    def _certificate(self) -> Mapping[str, Any]:
        if self.cert is None:
            return {}
        try:
            certificate = x509.load_pem_x509_certificate(self.cert.read_bytes())
        except (OSError, ValueError):
            return {"certificate_readable": False}
        left_s = certificate.not_valid_after_utc.timestamp() - time.time()
        return {"certificate_days_left": int(left_s // 86_400)}

    def _self(self) -> Mapping[str, Any]:
        statm = self._text("proc/self/statm")
        pages = None if not statm else int(statm.split()[1])
        return {"agent_rss_bytes": None if pages is None else pages * os.sysconf("SC_PAGE_SIZE")}


def is_significant(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a change is worth a message before the next regular one."""
    for name in ("disk_read_only", "throttled_now", "clock_synchronised"):
        if before.get(name) != after.get(name):
            return True
    warmer = abs(after.get("cpu_temperature_c", 0.0) - before.get("cpu_temperature_c", 0.0))
    if warmer >= CHANGE_TEMPERATURE_C:
        return True
    total = after.get("memory_total_bytes")
    if not total:
        return False
    less = abs(after.get("memory_available_bytes", 0) - before.get("memory_available_bytes", 0))
    return bool(less >= CHANGE_MEMORY_SHARE * total)


class HealthReports:
    """When to look and when to tell: regularly, and at once on a significant change."""

    def __init__(
        self, machine: Machine, every_s: float, look_every_s: float, clock: Callable[[], float]
    ) -> None:
        self._machine = machine
        self._every_s = every_s
        self._look_every_s = look_every_s
        self._clock = clock
        self._told: dict[str, Any] | None = None
        self._told_at = self._looked_at = clock()

    def due(self) -> dict[str, Any] | None:
        """A sample to be sent now, or None."""
        now = self._clock()
        if self._told is not None and now - self._looked_at < self._look_every_s:
            return None
        self._looked_at = now
        sample = self._machine.sample()
        regular = self._told is None or now - self._told_at >= self._every_s
        if not regular and not is_significant(self._told or {}, sample):
            return None
        self._told, self._told_at = sample, now
        return sample

    def again(self) -> None:
        """A new connection: tell at once."""
        self._told = None

    def wait_s(self) -> float:
        if self._told is None:
            return 0.0
        return max(0.0, self._looked_at + self._look_every_s - self._clock())


def versions() -> dict[str, str]:
    """What runs here."""
    return {"python": platform.python_version(), "kernel": platform.release(), "machine": platform.machine()}
