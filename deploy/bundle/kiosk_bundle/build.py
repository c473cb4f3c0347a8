"""Wheels that their authors do not publish, built from their sources for either architecture.

The compiler is Debian's for the terminal's processor; the headers are those of the terminal's own Debian,
taken by apt and unpacked in a scratch folder, never installed. The tools are pinned in `build.lock`.
auditwheel reads from the symbols which glibc the result needs, and names it in the wheel's tag. The same
source, tools and headers make the same bytes. Why this way: docs/adr/0015.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kiosk_bundle.debs import download
from kiosk_bundle.errors import BundleError
from kiosk_bundle.lock import MACHINES, PYTHON, Pin, ask_for
from kiosk_bundle.programs import pip, run

HEADERS = {"pyscard": ("libpcsclite-dev",)}
"""Packages without a wheel for Linux, and the Debian packages that their sources ask for."""

TOOLS = Path(__file__).resolve().parents[1] / "build.lock"
_SINCE = "315532800"  # 1980-01-01, the first date that a zip file can say


def build(pins: Sequence[Pin], arch: str, folder: Path) -> None:
    """Put a wheel for each of the pins, all of them in `HEADERS`, into `folder`. Raises BundleError."""
    compiler = f"{MACHINES[arch]}-linux-gnu-gcc"
    if shutil.which(compiler) is None:
        package = f"gcc-{MACHINES[arch].replace('_', '-')}-linux-gnu"
        raise BundleError(f"no compiler for {arch}: apt-get install {package}")
    with tempfile.TemporaryDirectory(prefix="build-") as name:
        work = Path(name)
        tools, made = work / "tools", work / "made"
        pip("install", ["--target", tools, "--require-hashes", "--requirement", TOOLS], "tools for building")
        root = _headers(sorted({each for pin in pins for each in HEADERS[pin.name]}), arch, work)
        environment = _environment(root, arch, compiler, tools, work)
        for pin in pins:
            failed = f"{pin.requirement} cannot be built for {arch}"
            # No cache: pip keeps what it once built, whatever it was built with.
            words = ["--no-deps", "--no-build-isolation", "--require-hashes", "--no-binary", pin.name]
            asked = ask_for([pin], work / "asked.txt")
            words += ["--no-cache-dir", "--wheel-dir", str(made), "--requirement", str(asked)]
            pip("wheel", words, failed, environment)
        for wheel in sorted(made.glob("*.whl")):
            audit = [sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", str(folder), str(wheel)]
            run(audit, f"{wheel.name} runs on no other machine", environment=environment)


def _headers(names: Sequence[str], arch: str, work: Path) -> Path:
    """A root with the headers of Python, of the C library and of `names`, for `arch`."""
    root = work / "root"
    for deb in download([f"libpython{PYTHON}-dev", *names], arch, work / "debs", work / "apt"):
        run(["dpkg-deb", "--extract", deb.path, root], f"{deb.path.name} cannot be unpacked")
    return root


def _environment(root: Path, arch: str, compiler: str, tools: Path, work: Path) -> dict[str, str]:
    """What makes setuptools build for the Python in `root`: by CPython's own variables for cross builds."""
    triplet = f"{MACHINES[arch]}-linux-gnu"
    data = f"_sysconfigdata__{triplet}"
    target = work / "target"
    target.mkdir()
    said = (root / f"usr/lib/python{PYTHON}/{data}.py").read_text(encoding="utf-8")
    (target / f"{data}.py").write_text(
        f"""{said}
for _name in ("CC", "LDSHARED"):
    build_time_vars[_name] = build_time_vars[_name].replace({compiler!r}, "{compiler} --sysroot={root}", 1)
build_time_vars["CFLAGS"] += " -g0 -ffile-prefix-map={root}="
for _name in ("INCLUDEPY", "CONFINCLUDEPY"):
    build_time_vars[_name] = "{root}" + build_time_vars[_name]
""",
        encoding="utf-8",
    )
    return {
        **{name: value for name, value in os.environ.items() if name not in ("CC", "CFLAGS", "LDFLAGS")},
        "PATH": f"{tools / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": f"{target}:{tools}",
        "_PYTHON_SYSCONFIGDATA_NAME": data,
        "_PYTHON_HOST_PLATFORM": f"linux-{MACHINES[arch]}",
        "PKG_CONFIG_SYSROOT_DIR": str(root),
        "PKG_CONFIG_LIBDIR": str(root / f"usr/lib/{triplet}/pkgconfig"),
        "SOURCE_DATE_EPOCH": _SINCE,
        "LC_ALL": "C.UTF-8",
    }
