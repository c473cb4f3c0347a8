"""The command line of the maker. Exit 0 made, 1 not made, 2 bad usage."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from kiosk_bundle.bundle import Release, read_key, write_bundle
from kiosk_bundle.debs import Deb, download, read_names
from kiosk_bundle.errors import BundleError
from kiosk_bundle.lock import MACHINES, needed, read_lock, wanted_directly
from kiosk_bundle.sbom import make_sbom
from kiosk_bundle.wheels import collect, lock_of, own_wheel

HERE = Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one bundle for each architecture; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        for arch in options.arch or sorted(MACHINES):
            print(_make(arch, options))
    except BundleError as exc:
        print(f"bundle: error: {exc}", file=sys.stderr)
        return 1
    return 0


def _make(arch: str, options: argparse.Namespace) -> Path:
    key = read_key(options.key)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    release = Release(version, arch)
    target: Path = options.out / f"hospital-kiosk-{version}-{arch}"
    if target.exists():
        raise BundleError(f"{target} is there already; a release is published once")
    with tempfile.TemporaryDirectory(prefix="bundle-") as name:
        work = Path(name)
        content = work / "content"
        built = _content(content, arch, options)
        system, debs = _system(work, arch, options)
        sbom = make_sbom(release, sorted((content / "wheels").glob("*.whl")), debs, built)
        unfinished = target.with_name(f".{target.name}.part")
        shutil.rmtree(unfinished, ignore_errors=True)
        write_bundle(content, unfinished, release, key, system=system, sbom=sbom)
        unfinished.rename(target)
    return target


def _content(content: Path, arch: str, options: argparse.Namespace) -> list[str]:
    """Wheels, lock, units and the health check of a release; names of the packages that were built here."""
    shutil.copytree(HERE / "release", content)
    if not options.units.is_dir():
        raise BundleError(f"{options.units}: no units there")
    shutil.copytree(options.units, content / "units")
    wheels = content / "wheels"
    wheels.mkdir()
    own_wheel(ROOT, wheels)
    pins = needed(read_lock(ROOT / "requirements.lock"), wanted_directly(ROOT / "pyproject.toml"), arch)
    built = collect(pins, arch, wheels, options.wheels)
    for name in built:
        print(f"built here, its author publishes no wheel: {name}", file=sys.stderr)
    (content / "requirements.lock").write_text(lock_of(wheels), encoding="utf-8")
    return built


def _system(work: Path, arch: str, options: argparse.Namespace) -> tuple[Path | None, list[Deb]]:
    if not options.debs:
        return None, []
    names = read_names(HERE / "terminal.packages")
    return work / "system", download(names, arch, work / "system/debs", work / "apt")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bundle", description="Make the signed bundles of a release.")
    parser.add_argument("--key", type=Path, required=True, help="the signer's private key (Ed25519, PEM)")
    parser.add_argument("--arch", action="append", choices=sorted(MACHINES), help="default: all")
    parser.add_argument("--out", type=Path, default=Path("build/bundles"), help="default: build/bundles")
    parser.add_argument(
        "--wheels", type=Path, metavar="DIR", help="wheels made elsewhere, for packages without"
    )
    parser.add_argument(
        "--units", type=Path, default=ROOT / "deploy/units", metavar="DIR", help="systemd units"
    )
    parser.add_argument("--debs", action="store_true", help="also Debian packages, for the installation")
    return parser
