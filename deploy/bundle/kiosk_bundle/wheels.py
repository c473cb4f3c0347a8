"""The wheels of a release: our own, built from the checkout, and the locked ones, by their digests."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path

from packaging.utils import canonicalize_name, parse_wheel_filename

from kiosk_bundle.archive import sha256_of
from kiosk_bundle.errors import BundleError
from kiosk_bundle.lock import MACHINES, PYTHON, Pin

PIP_WAIT_MAX_S = 900
GLIBC_MINORS = range(36, 16, -1)
"""Debian 12 has glibc 2.36; wheels for it and for older ones down to 2.17 run there."""

MUST_HOLD = (
    "kiosk/_assets/fonts/NotoSansSC-Regular.otf",
    "kiosk/_assets/fonts/NotoSansSC-Bold.otf",
    "kiosk/_assets/locale/zh/LC_MESSAGES/kiosk.mo",
    "kiosk/_assets/locale/en/LC_MESSAGES/kiosk.mo",
)
"""Made by `make setup` and not in git: without them a terminal would show boxes in place of words."""


def own_wheel(root: Path, folder: Path) -> Path:
    """The product's wheel, built from the checkout at `root` into `folder`. Raises BundleError."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    _run(build, "the product's wheel cannot be built", cwd=root)
    (wheel,) = folder.glob("hospital_terminal-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        missing = sorted(set(MUST_HOLD) - set(archive.namelist()))
    if missing:
        raise BundleError(f"the wheel has no {missing[0]}: run `make setup` first")
    return wheel


def collect(pins: Sequence[Pin], arch: str, folder: Path, built: Path | None) -> list[str]:
    """Put a wheel for every pin into `folder`; names of those that had to be built here.

    `built`: wheels made elsewhere, for packages that publish none for `arch`. Raises BundleError that
    names all that are missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made, missing = [], []
    for pin in pins:
        if _download(pin, arch, folder) or _from_built(pin, arch, folder, built):
            continue
        if MACHINES[arch] == platform.machine():
            _build(pin, folder)
            made.append(pin.name)
        else:
            missing.append(pin.requirement)
    if missing:
        raise BundleError(
            f"no wheel for {arch}: {', '.join(missing)}. Build them on such a machine "
            "(pip wheel --no-deps --require-hashes) and name their folder with --wheels"
        )
    return made


def _download(pin: Pin, arch: str, folder: Path) -> bool:
    machine = MACHINES[arch]
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS]
    words = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--quiet", "--dest", str(folder)]
    words += ["--python-version", PYTHON, "--implementation", "cp", "--abi", "cp311", "--abi", "abi3"]
    words += ["--abi", "none"]
    for name in (*platforms, f"manylinux2014_{machine}", f"linux_{machine}", "any"):
        words += ["--platform", name]
    return _pip("download", [*words, "--requirement", str(_asked(pin, folder))]) == ""


def _from_built(pin: Pin, arch: str, folder: Path, built: Path | None) -> bool:
    version = pin.requirement.split("==")[1]
    for wheel in sorted(built.glob("*.whl")) if built is not None else []:
        name, found, _, tags = parse_wheel_filename(wheel.name)
        fits = any(tag.platform == "any" or tag.platform.endswith(MACHINES[arch]) for tag in tags)
        if canonicalize_name(name) == pin.name and str(found) == version and fits:
            shutil.copy(wheel, folder)
            return True
    return False


def _build(pin: Pin, folder: Path) -> None:
    words = ["--no-deps", "--require-hashes", "--quiet", "--wheel-dir", str(folder)]
    said = _pip("wheel", [*words, "--requirement", str(_asked(pin, folder))])
    if said:
        raise BundleError(f"{pin.requirement} cannot be built here: {said}")


def _asked(pin: Pin, folder: Path) -> Path:
    """A requirements file of one line, beside `folder`: pip takes digests only from files."""
    path = folder.parent / "asked.txt"
    path.write_text(" ".join([pin.requirement, *(f"--hash={each}" for each in pin.hashes)]), encoding="utf-8")
    return path


def _pip(verb: str, words: Sequence[str]) -> str:
    """What pip said when it failed, else nothing."""
    command = [sys.executable, "-m", "pip", verb, "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PIP_WAIT_MAX_S, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip()[-500:] or f"exit {done.returncode}")


def lock_of(folder: Path) -> str:
    """A lock file for exactly the wheels in `folder`, by the digests that they have."""
    lines = []
    for wheel in sorted(folder.glob("*.whl")):
        name, version, _, _ = parse_wheel_filename(wheel.name)
        lines.append(f"{name}=={version} --hash=sha256:{sha256_of(wheel)}")
    return "\n".join(lines) + "\n"


def licence_of(wheel: Path) -> str:
    """What a wheel's own metadata say of its licence; empty when they say nothing."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)]
        said = Parser().parsestr(archive.read(name).decode("utf-8", "replace"), headersonly=True)
    for key in ("License-Expression", "License"):
        text = str(said.get(key, "")).strip()
        if text and "\n" not in text:
            return text
    classes = [str(each) for each in said.get_all("Classifier", []) if str(each).startswith("License ::")]
    return "; ".join(each.rsplit("::", 1)[1].strip() for each in classes)


def _run(command: Sequence[str], what: str, cwd: Path) -> None:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=PIP_WAIT_MAX_S, check=False
    )
    if done.returncode != 0:
        raise BundleError(f"{what}: {done.stderr.strip()[-500:]}")
