"""Bundles of the product itself, by its own maker: real wheels of the lock file, real Debian packages.

What is downloaded is kept in the user's cache, by the digest of what asks for it and of the system that it is
for; the product's own wheel is built from this checkout each time, from a copy that calls itself so.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from cache import kept
from release_folder import REPOSITORY
from releases import DEPLOY, Signer

# isort: split
from kiosk_bundle import Release, write_bundle
from kiosk_bundle.lock import MACHINES
from kiosk_bundle.wheels import lock_of, own_wheel

ARCH = next(arch for arch, machine in MACHINES.items() if machine == platform.machine())
MAKE_MAX_S = 900

_ASKED_BY = (
    "requirements.lock",
    "pyproject.toml",
    "deploy/bundle/terminal.packages",
    *sorted(
        path.relative_to(REPOSITORY).as_posix() for path in (DEPLOY / "bundle/kiosk_bundle").glob("*.py")
    ),
)
_OF_A_WHEEL = ("kiosk", "hw", "edge_agent", "assets", "pyproject.toml", "README.md", "LICENSES.md")


def true_bundle(folder: Path, signer: Signer, version: str, root: Path, *, packages: bool) -> Path:
    """`folder/bundle-<version>`, whole and signed; with `packages` also the Debian packages of a terminal.

    `root`: the system that it is for; packages that are older may not fit to it, and are downloaded again.
    """
    downloaded = _downloaded(signer, root)
    content = folder / f"content-{version}"
    shutil.copytree(DEPLOY / "bundle/release", content)
    shutil.copytree(DEPLOY / "units", content / "units")
    shutil.copytree(downloaded / "wheels", content / "wheels", copy_function=_link)
    own_wheel(_checkout_called(version, folder / f"checkout-{version}"), content / "wheels")
    (content / "requirements.lock").write_text(lock_of(content / "wheels"), encoding="utf-8")
    target = folder / f"bundle-{version}"
    system = downloaded / "system" if packages else None
    write_bundle(content, target, Release(version, ARCH), signer.key, system=system)
    return target


def _checkout_called(version: str, folder: Path) -> Path:
    """A copy of what a wheel is made of, with another version."""
    folder.mkdir()
    for name in _OF_A_WHEEL:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    project = folder / "pyproject.toml"
    text, found = re.subn(
        r'(?m)^version = ".*"$', f'version = "{version}"', project.read_text(encoding="utf-8")
    )
    assert found == 1, "pyproject.toml says once which version it is"
    project.write_text(text, encoding="utf-8")
    return folder


def _downloaded(signer: Signer, root: Path) -> Path:
    """`wheels` and `system` as the maker puts them into a bundle, made once by its command line."""
    asked_by = [*(REPOSITORY / name for name in _ASKED_BY), root / "var/lib/dpkg/status"]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in asked_by))
    return kept(f"bundle-{digest.hexdigest()[:12]}", lambda part: _make(part, signer))


def _make(part: Path, signer: Signer) -> None:
    argv = [sys.executable, "deploy/bundle", "--key", str(signer.private), "--arch", ARCH, "--debs"]
    made = subprocess.run(
        [*argv, "--out", str(part / "out")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=MAKE_MAX_S,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (bundle,) = (part / "out").iterdir()
    for name, inside in (("release.tar", "release"), ("system.tar", "system")):
        with tarfile.open(bundle / name) as archive:
            archive.extractall(part / inside, filter="data")
    (part / "release/wheels").rename(part / "wheels")
    for wheel in (part / "wheels").glob("hospital_terminal-*.whl"):
        wheel.unlink()
    shutil.rmtree(part / "release")
    shutil.rmtree(part / "out")


def _link(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:  # another file system
        shutil.copy2(source, target)
