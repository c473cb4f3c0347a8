"""A Debian 12 beneath the hosts of the tests, made once and kept in the user's cache.

The hosts have no network but their own. So what the playbooks would take from the hospital's package source
is already there, or (`BLANK`) comes out of a bundle; what they configure is not there.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cache import kept

SUITE = "bookworm"
BUILD_MAX_S = 900

PACKAGES = (
    *("systemd", "systemd-sysv", "systemd-timesyncd", "dbus", "udev", "kmod", "procps", "iproute2", "sudo"),
    *(
        "ansible-core",
        "python3",
        "python3-apt",
        "python3-venv",
        "openssh-server",
        "openssl",
        "nftables",
        "unattended-upgrades",
    ),
    *("pcscd", "libpcsclite1", "vsmartcard-vpcd", "polkitd", "usbguard"),
    *("libegl1", "libgbm1", "libgl1", "libgl1-mesa-dri", "libgles2", "libmtdev1", "libzbar0"),
    *("mosquitto", "nats-server", "postgresql"),
)
"""What `roles/*/defaults` name, and what Debian's own installer brings."""

BLANK = ("systemd-sysv", "dbus", "openssh-server", "sudo", "python3")
"""What the installer leaves behind on a machine with SSH, beside the `important` that it always brings."""

# Made anew on each host, or of no use to anybody: two hosts must not share a key or a name.
_NOT_KEPT = (
    "etc/machine-id",
    "etc/ssh/ssh_host_*",
    "var/lib/dbus/machine-id",
    "var/cache/apt/archives/*.deb",
)
# Asks at a console who nobody sits at, or needs hardware that a container has not.
_MASKED = ("systemd-firstboot.service", "systemd-udevd.service", "console-getty.service")

# A role switches on what it needs.
_OFF = ("nats-server", "mosquitto", "postgresql", "usbguard", "usbguard-dbus")


class RootNotMade(RuntimeError):
    """The reason, with the end of what mmdebstrap said."""


def debian_root(packages: Sequence[str] = PACKAGES, variant: str = "minbase") -> Path:
    """The root, made now (about 40 s) or found. Several runs may ask at once. Raises RootNotMade."""
    of = (SUITE, tuple(packages), variant, _NOT_KEPT, _MASKED, _OFF)
    recipe = hashlib.sha256(repr(of).encode()).hexdigest()[:12]
    return kept(f"debian-{SUITE}-{recipe}", lambda folder: _make(folder, packages, variant))


def _make(folder: Path, packages: Sequence[str], variant: str) -> None:
    argv = ["mmdebstrap", f"--variant={variant}", f"--include={','.join(packages)}", SUITE, str(folder)]
    made = subprocess.run(argv, capture_output=True, text=True, timeout=BUILD_MAX_S, check=False)
    if made.returncode != 0:
        raise RootNotMade(f"mmdebstrap: {made.stderr.strip()[-400:]}")
    for pattern in _NOT_KEPT:
        for path in folder.glob(pattern):
            path.unlink()
    (folder / "etc/machine-id").touch()  # empty: drawn at the first boot
    for unit in _MASKED:
        (folder / "etc/systemd/system" / unit).symlink_to("/dev/null")
    for name in _OFF:
        subprocess.run(["systemctl", f"--root={folder}", "disable", name], capture_output=True, check=False)
