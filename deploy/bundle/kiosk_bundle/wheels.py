"""The wheels of a release: our own, built from the checkout, and the locked ones, by their digests."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from email.parser import Parser
from pathlib import Path

from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from kiosk_bundle.archive import sha256_of
from kiosk_bundle.build import HEADERS, build
from kiosk_bundle.errors import BundleError
from kiosk_bundle.lock import MACHINES, PYTHON, Pin, ask_for
from kiosk_bundle.programs import pip, run

ABIS = ("cp311", "abi3", "none")
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
    words = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    run(words, "the product's wheel cannot be built", folder=root)
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
    to_build = [pin for pin in pins if pin.name in HEADERS and not _from_built(pin, arch, folder, built)]
    missing = []
    for pin in _not_published([pin for pin in pins if pin.name not in HEADERS], arch, folder):
        if not _from_built(pin, arch, folder, built):
            missing.append(pin.requirement)
    if missing:
        raise BundleError(
            f"no wheel for {arch}: {', '.join(missing)}. Build them on such a machine "
            "(pip wheel --no-deps --require-hashes) and name their folder with --wheels"
        )
    if to_build:
        build(to_build, arch, folder)
    for wheel in sorted(folder.glob("*.whl")):
        if not _fits(wheel, arch):
            raise BundleError(f"{wheel.name} is not for {arch} and Python {PYTHON}")
    return [pin.name for pin in to_build]


def _not_published(pins: Sequence[Pin], arch: str, folder: Path) -> list[Pin]:
    """Those without a wheel on the index. All are asked for at once; when that fails, each half alone."""
    if not pins or _download(pins, arch, folder):
        return []
    half = len(pins) // 2
    if half == 0:
        return list(pins)
    return [*_not_published(pins[:half], arch, folder), *_not_published(pins[half:], arch, folder)]


def _download(pins: Sequence[Pin], arch: str, folder: Path) -> bool:
    words: list[str | Path] = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", folder]
    words += ["--python-version", PYTHON, "--implementation", "cp"]
    for abi in ABIS:
        words += ["--abi", abi]
    for name in (*_platforms(arch), "any"):
        words += ["--platform", name]
    with tempfile.TemporaryDirectory(prefix="asked-") as beside:
        try:
            pip("download", [*words, "--requirement", ask_for(pins, Path(beside, "asked.txt"))], "no wheel")
        except BundleError:
            return False
    return True


def _platforms(arch: str) -> list[str]:
    machine = MACHINES[arch]
    known = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS]
    return [*known, f"manylinux2014_{machine}", f"linux_{machine}"]


def _fits(wheel: Path, arch: str) -> bool:
    """Whether the Python of a terminal of this architecture takes the wheel, by its tags."""
    version = (int(PYTHON.split(".")[0]), int(PYTHON.split(".")[1]))
    platforms = _platforms(arch)
    taken = {*cpython_tags(version, ABIS[:1], platforms), *compatible_tags(version, ABIS[0], platforms)}
    return not taken.isdisjoint(parse_wheel_filename(wheel.name)[3])


def _from_built(pin: Pin, arch: str, folder: Path, built: Path | None) -> bool:
    version = pin.requirement.split("==")[1]
    for wheel in sorted(built.glob("*.whl")) if built is not None else []:
        name, found, _, _ = parse_wheel_filename(wheel.name)
        if canonicalize_name(name) == pin.name and str(found) == version and _fits(wheel, arch):
            shutil.copy(wheel, folder)
            return True
    return False


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
