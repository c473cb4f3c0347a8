"""A release of this checkout as a terminal holds it, for hosts that share this machine's Python packages.

The own wheel is built and unpacked for real. The packages that it needs (700 MB with all their
libraries) are seen read-only through `fleet.shared`, in place of one copy a host.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from booted import Fleet, Host

REPOSITORY = Path(__file__).resolve().parents[3]
SHARED = "/srv/python-packages"

_SCRIPT = """#!/opt/hospital-kiosk/releases/{version}/venv/bin/python
import sys
from {module} import main
sys.exit(main())
"""


def share_packages(fleet: Fleet) -> None:
    """Let hosts that are started from now on see the packages of the running Python."""
    fleet.shared[Path(sysconfig.get_paths()["purelib"])] = SHARED


def build_wheel(folder: Path) -> Path:
    """The wheel of a terminal, from this checkout."""
    argv = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(argv, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def make_release(folder: Path, wheel: Path, version: str) -> Path:
    """`folder/<version>` as `deploy/ansible/README.md` describes a release."""
    release = folder / version
    packages = release / "venv/lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    (packages / "shared.pth").write_text(f"{SHARED}\n", encoding="ascii")
    (release / "venv/pyvenv.cfg").write_text("home = /usr/bin\n", encoding="ascii")
    programs = release / "venv/bin"
    programs.mkdir()
    (programs / "python").symlink_to("/usr/bin/python3")
    for name, module in (("kiosk", "kiosk.cli"), ("edge-agent", "edge_agent.cli")):
        (programs / name).write_text(_SCRIPT.format(version=version, module=module), encoding="ascii")
        (programs / name).chmod(0o755)
    shutil.copytree(REPOSITORY / "deploy/units", release / "units")
    (release / "VERSION").write_text(f"{version}\n", encoding="ascii")
    _write_manifest(release)
    return release


def lay_release(base: Path, release: Path) -> None:
    """Put a release into service by hand; `base` is what the host sees as `/opt/hospital-kiosk`."""
    shutil.copytree(release, base / "releases" / release.name, symlinks=True)
    (base / "current").symlink_to(f"releases/{release.name}")


def start_release(host: Host, *units: str) -> None:
    """Link the units of the release in service and start them, as the guard does at a start."""
    for unit in units:
        host.inside(f"ln -sf /opt/hospital-kiosk/current/units/{unit} /run/systemd/system/{unit}")
    names = " ".join(units)
    said = host.inside(f"systemctl daemon-reload && systemctl start {names}", check=False)
    journal = f"journalctl --no-pager -n 60 {' '.join(f'-u {unit}' for unit in units)}"
    assert said.returncode == 0, said.stderr + host.inside(journal, check=False).stdout


def _write_manifest(release: Path) -> None:
    lines = []
    for path in sorted(release.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name != "manifest":
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(f"{digest}  {path.relative_to(release).as_posix()}\n")
    (release / "manifest").write_text("".join(lines), encoding="ascii")
