"""Whole bundles for both processors, made on one machine; the foreign one is run here, by qemu.

On an ordinary build machine that is arm64, the one of a Raspberry Pi.
"""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import qrcode
from packaging.tags import parse_tag
from packaging.utils import parse_wheel_filename
from releases import Signer

# isort: split
from emulated import Emulated, compiled_for, unpack, wheels_of
from kiosk_bundle import BundleError
from kiosk_bundle.archive import sha256_of
from kiosk_bundle.build import build
from kiosk_bundle.debs import download
from kiosk_bundle.lock import MACHINES, Pin, read_lock
from kiosk_bundle.wheels import collect
from kiosk_guard import bundle
from kiosk_guard.places import GuardError, Places

from hw.card.virtual import VirtualReader, VirtualReaderUnavailable, invent

ROOT = Path(__file__).resolve().parents[2]
HERE, OTHER = ("arm64", "amd64") if platform.machine() == "aarch64" else ("amd64", "arm64")
MAKE_MAX_S = 900


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Removed at the end: an unpacked terminal is large."""
    with tempfile.TemporaryDirectory(prefix="other-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def signer(folder: Path) -> Signer:
    return Signer(folder)


@pytest.fixture(scope="module")
def bundles(folder: Path, signer: Signer) -> dict[str, Path]:
    """Whole bundles for both processors, by the command that an operator calls; Debian's packages are in the
    foreign one."""
    return {HERE: _make(signer, folder, HERE), OTHER: _make(signer, folder, OTHER, "--debs")}


def _make(signer: Signer, folder: Path, arch: str, *words: str) -> Path:
    command = [sys.executable, "deploy/bundle", "--key", str(signer.private), "--out", str(folder / "made")]
    command += ["--arch", arch, *words]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=MAKE_MAX_S, check=False)
    if made.returncode != 0:
        if reason := _not_to_be_had(folder):
            pytest.skip(f"packages of the other architecture cannot be fetched: {reason}")
        pytest.fail(made.stderr)
    return Path(made.stdout.strip())


def _not_to_be_had(folder: Path) -> str:
    """Why this machine's package sources have nothing for the other processor; empty when they have."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        try:
            download(["libc6"], OTHER, Path(name, "debs"), Path(name, "apt"))
        except BundleError as exc:
            return str(exc)
    return ""


@pytest.fixture(scope="module")
def terminal(bundles: dict[str, Path], folder: Path) -> Emulated:
    return unpack(bundles[OTHER], OTHER, folder / "terminal")


def _parts(made: Path) -> list[dict[str, Any]]:
    """What a bundle's bill of materials lists."""
    found: list[dict[str, Any]] = json.loads((made / "sbom.cdx.json").read_bytes())["components"]
    return found


def _pyscard() -> list[Pin]:
    return [pin for pin in read_lock(ROOT / "requirements.lock") if pin.name == "pyscard"]


def _held(made: Path, payload: str, suffix: str) -> dict[str, str]:
    """Names and digests of the files of one kind in a payload; none when there is no such payload."""
    if not (made / payload).exists():
        return {}
    with tarfile.open(made / payload) as archive:
        return {
            Path(member.name).name: hashlib.sha256(content.read()).hexdigest()
            for member in archive
            if member.name.endswith(suffix) and (content := archive.extractfile(member)) is not None
        }


@pytest.mark.clause("S3-10.1.5")
@pytest.mark.parametrize("arch", MACHINES)
def test_both_bundles_are_signed_with_all_that_is_in_them(
    bundles: dict[str, Path], signer: Signer, arch: str
) -> None:
    made = bundles[arch]
    manifest, raw = bundle.read_manifest(made, signer.public)
    assert manifest.arch == arch
    said = json.loads(raw)
    for name, payload in said["payloads"].items():
        assert payload["sha256"] == sha256_of(made / name)
    assert said["sbom_sha256"] == sha256_of(made / "sbom.cdx.json")


@pytest.mark.parametrize("arch", MACHINES)
def test_both_bills_of_materials_name_every_wheel_and_every_package_of_debian(
    bundles: dict[str, Path], arch: str
) -> None:
    parts = _parts(bundles[arch])
    digests = {
        kind: {part["hashes"][0]["content"] for part in parts if part["purl"].startswith(f"pkg:{kind}/")}
        for kind in ("pypi", "deb")
    }
    assert digests["pypi"] == set(_held(bundles[arch], "release.tar", ".whl").values())
    assert digests["deb"] == set(_held(bundles[arch], "system.tar", ".deb").values())
    assert bool(digests["deb"]) == (arch == OTHER)
    assert len(parts) == len(digests["pypi"]) + len(digests["deb"])
    assert {part["purl"].partition("?arch=")[2] for part in parts} <= {"", "all", arch}


@pytest.mark.parametrize("arch", MACHINES)
def test_both_bills_of_materials_say_what_was_built_by_the_maker(bundles: dict[str, Path], arch: str) -> None:
    built = {part["name"]: part["properties"] for part in _parts(bundles[arch]) if "properties" in part}
    assert built == {"pyscard": [{"name": "built", "value": "from its source by the maker of the bundle"}]}


def test_what_is_built_here_is_built_the_same_byte_by_byte(bundles: dict[str, Path], folder: Path) -> None:
    again = folder / "again"
    collect(_pyscard(), OTHER, again, None)
    (wheel,) = again.iterdir()
    assert sha256_of(wheel) == _held(bundles[OTHER], "release.tar", ".whl")[wheel.name]


def test_a_terminal_refuses_the_other_processors_bundle_before_it_unpacks_anything(
    bundles: dict[str, Path], tmp_path: Path, signer: Signer
) -> None:
    places = Places(root=tmp_path / "opt", run=tmp_path / "run", signer=signer.public)
    with pytest.raises(GuardError, match=f"made for {OTHER}"):
        bundle.install(bundles[OTHER], places)
    assert not places.root.exists()


def test_everything_compiled_in_it_is_for_its_processor(terminal: Emulated) -> None:
    found = {wheel.name: compiled_for(wheel) for wheel in wheels_of(terminal.release)}
    assert {name: archs for name, archs in found.items() if archs - {OTHER}} == {}
    assert sum(bool(archs) for archs in found.values()) > 10


def test_the_terminals_own_pip_takes_every_wheel(terminal: Emulated) -> None:
    (pip,) = (terminal.root / "usr/share/python-wheels").glob("pip-*.whl")
    asked = "from pip._internal.utils.compatibility_tags import get_supported; print(*get_supported())"
    said = terminal.python("-c", asked, path=(pip,))
    assert said.returncode == 0, said.stderr
    taken = set(said.stdout.split())
    names = [wheel.name for wheel in wheels_of(terminal.release)]
    refused = [name for name in names if taken.isdisjoint(map(str, parse_wheel_filename(name)[3]))]
    assert refused == []
    assert taken.isdisjoint(map(str, parse_tag(f"cp311-cp311-linux_{MACHINES[HERE]}")))


# Every module of the product, and the compiled ones that it loads only when they are needed.
IMPORTS = """
import importlib, pkgutil, platform
failed = []
count = 0
def load(name):
    try:
        importlib.import_module(name)
    except ImportError as exc:
        failed.append(f"{name}: {exc}")
for top in ("kiosk", "hw", "edge_agent"):
    for module in pkgutil.walk_packages(importlib.import_module(top).__path__, f"{top}."):
        if not module.name.endswith("__main__"):
            count += 1
            load(module.name)
for name in (
    "smartcard.scard", "zxingcpp", "pyzbar.pyzbar", "cv2", "numpy", "PIL.ImageFont", "msgspec", "aiohttp",
    "cryptography.hazmat.primitives.asymmetric.ed25519", "paho.mqtt.client", "pypinyin", "qrcode", "fpdf",
    "kivy.graphics", "kivy.core.text.text_sdl2", "kivy.core.image.img_sdl2", "kivy.core.window.window_sdl2",
    "kivy.core.audio.audio_sdl2", "sqlite3", "ssl",
):
    load(name)
print(platform.machine(), count)
print("\\n".join(failed))
"""


def test_every_module_of_a_terminal_can_be_imported_there(terminal: Emulated) -> None:
    quiet = {"KIVY_NO_ARGS": "1", "KIVY_NO_CONSOLELOG": "1", "KIVY_NO_FILELOG": "1"}
    said = terminal.python("-c", IMPORTS, environment=quiet)
    assert said.returncode == 0, said.stderr
    first, *failed = said.stdout.split("\n")
    machine, count = first.split()
    assert [line for line in failed if line] == []
    assert machine == {"arm64": "aarch64", "amd64": "x86_64"}[OTHER]
    assert int(count) > 300


def test_a_card_is_read_there_through_a_real_card_service(terminal: Emulated) -> None:
    try:
        reader = VirtualReader().start()
    except VirtualReaderUnavailable as missing:
        pytest.skip(f"no virtual reader: {missing}")
    try:
        reader.insert(invent(1))
        socket = str(reader.socket_path)
        said = terminal.kiosk("card", "read", "--json", "--reader", "*00 00", PCSCLITE_CSOCK_NAME=socket)
    finally:
        reader.close()
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["issued_on"] == "2021-03-04"


def test_a_code_is_read_there(terminal: Emulated, tmp_path: Path) -> None:
    qrcode.make("9" * 28).save(tmp_path / "code.png")
    said = terminal.kiosk("scan", "--json", str(tmp_path / "code.png"))
    assert said.returncode == 0, said.stderr
    (found,) = json.loads(said.stdout)
    assert found["texts"] == ["9" * 28]


# Building


@pytest.mark.parametrize(("arch", "package"), [("amd64", "x86-64"), ("arm64", "aarch64")])
def test_a_missing_compiler_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arch: str, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BundleError, match=f"no compiler for {arch}: apt-get install gcc-{package}-linux-gnu"):
        build(_pyscard(), arch, tmp_path)
