"""A terminal with another processor than this machine, run by qemu: its Debian and its Python environment are
unpacked from a bundle, and nothing else is in them.

qemu runs one program at a time and calls this machine's kernel for it. So what is shown is that the compiled
parts fit together and work; booting, graphics cards and devices are not.
"""

from __future__ import annotations

import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from kiosk_bundle.lock import MACHINES, PYTHON

RUN_MAX_S = 600
_LARGE = ("fonts-noto-cjk_", "libgl1-mesa-dri_", "libllvm")
"""Left in the bundle: nothing is drawn here."""

_ELF_MACHINES = {62: "amd64", 183: "arm64"}


@dataclass(frozen=True, slots=True)
class Emulated:
    """One terminal: `root` is its Debian, `site` what its release installs, `release` the unpacked bundle."""

    arch: str
    root: Path
    site: Path
    release: Path

    def python(
        self, *words: str, path: tuple[Path, ...] = (), environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The terminal's own Python with these words; `path` in place of what the release installs."""
        program = self.root / f"usr/bin/python{PYTHON}"
        return subprocess.run(
            [f"qemu-{MACHINES[self.arch]}", "-L", str(self.root), str(program), *words],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(self.root),
                "PYTHONPATH": ":".join(map(str, path or (self.site,))),
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            timeout=RUN_MAX_S,
            check=False,
        )

    def kiosk(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command of the terminal's program."""
        start = "import sys; from kiosk.cli import main; sys.exit(main())"
        return self.python("-c", start, *words, environment=environment)


def unpack(bundle: Path, arch: str, folder: Path) -> Emulated:
    """The terminal that `bundle` makes, below `folder`. Raises CalledProcessError."""
    release, root, site = (folder / name for name in ("release", "root", "site"))
    for payload, target in (("release.tar", release), ("system.tar", folder / "system")):
        target.mkdir(parents=True)
        subprocess.run(["tar", "-xf", bundle / payload, "-C", target], check=True, timeout=RUN_MAX_S)
    for deb in sorted((folder / "system/debs").glob("*.deb")):
        if not deb.name.startswith(_LARGE):
            subprocess.run(["dpkg-deb", "--extract", str(deb), str(root)], check=True, timeout=RUN_MAX_S)
    for wheel in wheels_of(release):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
    return Emulated(arch, root, site, release)


def wheels_of(release: Path) -> list[Path]:
    return sorted((release / "wheels").glob("*.whl"))


def compiled_for(wheel: Path) -> set[str]:
    """The architectures of the compiled files in a wheel, from their ELF headers."""
    found = set()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                head = file.read(20)
            if head[:4] == b"\x7fELF":
                machine = int.from_bytes(head[18:20], "little")
                found.add(_ELF_MACHINES.get(machine, f"machine {machine}"))
    return found
