"""Bundles: what a terminal believes, what it refuses, and what is inside."""

from __future__ import annotations

import io
import json
import os
import platform
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from releases import Signer, bundle_of, content_of

# isort: split
from kiosk_bundle import BundleError, Release, read_key, write_bundle
from kiosk_bundle.debs import read_names
from kiosk_bundle.lock import MACHINES, Pin, needed, read_lock, wanted_directly
from kiosk_bundle.sbom import make_sbom
from kiosk_bundle.wheels import collect, lock_of
from kiosk_guard import bundle
from kiosk_guard.places import GuardError, Places

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path)


@pytest.fixture
def places(tmp_path: Path, signer: Signer) -> Places:
    return Places(root=tmp_path / "opt", run=tmp_path / "run", signer=signer.public)


# On the terminal


@pytest.mark.clause("S3-10.1.5")
def test_a_signed_bundle_becomes_a_release(tmp_path: Path, signer: Signer, places: Places) -> None:
    made = bundle_of(tmp_path, signer, "1.0", files={"migrate": "#!/bin/sh\n"})
    assert bundle.install(made, places) == ("1.0", True)
    folder = places.folder("1.0")
    assert (folder / "VERSION").read_text(encoding="utf-8") == "1.0\n"
    assert (folder / "migrate").stat().st_mode & 0o777 == 0o755
    assert (folder / "units/kiosk.service").stat().st_mode & 0o777 == 0o644
    assert bundle.install(made, places) == ("1.0", False)


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _other_tar(made: Path) -> None:
    """A payload with one file more, its own digest put right in the manifest: only the signature tells."""
    with tarfile.open(made / "release.tar", "a") as archive:
        archive.addfile(tarfile.TarInfo("more"), io.BytesIO())


SPOILED: dict[str, tuple[Callable[[Path], None], str]] = {
    "the manifest changed": (lambda made: _flip(made / "manifest.json", 30), "signature"),
    "the signature changed": (lambda made: _flip(made / "manifest.sig", 5), "signature"),
    "no signature": (lambda made: (made / "manifest.sig").unlink(), "manifest.sig"),
    "a short signature": (lambda made: (made / "manifest.sig").write_bytes(b"x"), "impossible size"),
    "the payload changed": (lambda made: _flip(made / "release.tar", 600), "not what was signed"),
    "a longer payload": (_other_tar, "not what was signed"),
    "no payload": (lambda made: (made / "release.tar").unlink(), "release.tar"),
}


@pytest.mark.clause("S3-10.1.5")
@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_bundle_is_refused_and_leaves_nothing(
    tmp_path: Path, signer: Signer, places: Places, how: str
) -> None:
    spoil, said = SPOILED[how]
    made = bundle_of(tmp_path, signer, "1.0")
    spoil(made)
    with pytest.raises(GuardError, match=said):
        bundle.install(made, places)
    assert not places.folder("1.0").exists()


def test_a_bundle_of_another_signer_is_refused(tmp_path: Path, signer: Signer, places: Places) -> None:
    other = tmp_path / "other"
    other.mkdir()
    made = bundle_of(tmp_path, Signer(other), "1.0")
    with pytest.raises(GuardError, match="signature"):
        bundle.install(made, places)


def test_a_bundle_for_another_machine_is_refused(tmp_path: Path, signer: Signer, places: Places) -> None:
    content = content_of(tmp_path / "content", "1.0")
    write_bundle(content, tmp_path / "made", Release("1.0", "riscv64"), signer.key)
    with pytest.raises(GuardError, match="made for riscv64"):
        bundle.install(tmp_path / "made", places)


def _signed(tmp_path: Path, signer: Signer, change: Callable[[dict[str, object]], None]) -> Path:
    """A bundle whose manifest says something strange, signed all the same."""
    made = bundle_of(tmp_path, signer, "1.0")
    manifest = json.loads((made / "manifest.json").read_bytes())
    change(manifest)
    raw = json.dumps(manifest).encode()
    (made / "manifest.json").write_bytes(raw)
    (made / "manifest.sig").write_bytes(signer.key.sign(raw))
    return made


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        (lambda m: m.update(format=2), "format"),
        (lambda m: m.update(version="../../etc"), "no version"),
        (lambda m: m["payloads"]["release.tar"]["files"].update({"../x": "0"}), "may not be"),
        (lambda m: m["payloads"]["release.tar"]["files"].update({"/etc/x": "0"}), "may not be"),
        (lambda m: m["payloads"]["release.tar"]["files"].update({"more": "0"}), "more is missing"),
        (lambda m: m["payloads"]["release.tar"]["files"].pop("health"), "not in the manifest"),
        (lambda m: m["payloads"]["release.tar"]["files"].update(health="0"), "not what was signed"),
        (lambda m: m["payloads"]["release.tar"].update(size_bytes=1 << 60), "MiB free"),
        (lambda m: m.pop("payloads"), "KeyError"),
    ],
)
def test_even_a_signed_manifest_is_not_followed_out_of_its_folder(
    tmp_path: Path,
    signer: Signer,
    places: Places,
    strange: Callable[[dict[str, object]], None],
    said: str,
) -> None:
    made = _signed(tmp_path, signer, strange)
    with pytest.raises(GuardError, match=said):
        bundle.install(made, places)
    assert not list(places.root.rglob("manifest.json"))


def test_two_different_releases_of_one_name_are_not_mixed(
    tmp_path: Path, signer: Signer, places: Places
) -> None:
    bundle.install(bundle_of(tmp_path, signer, "1.0"), places)
    (tmp_path / "again").mkdir()
    other = bundle_of(tmp_path / "again", signer, "1.0", before="/bin/false")
    with pytest.raises(GuardError, match="another release 1"):
        bundle.install(other, places)


def test_what_an_interrupted_install_left_is_taken_away(
    tmp_path: Path, signer: Signer, places: Places
) -> None:
    rest = places.folder("1.0") / "venv"
    rest.mkdir(parents=True)
    assert bundle.install(bundle_of(tmp_path, signer, "1.0"), places) == ("1.0", True)
    assert not rest.exists()


def test_old_releases_go_and_those_in_use_stay(tmp_path: Path, signer: Signer, places: Places) -> None:
    for version in ("1.0", "2.0", "3.0", "4.0"):
        bundle.install(bundle_of(tmp_path, signer, version), places)
    for age, path in enumerate(sorted(places.releases.iterdir())):
        os.utime(path, (age, age))
    for link in (places.current, places.good):
        link.symlink_to("releases/1.0")
    assert set(bundle.prune(replace(places, releases_kept=2))) == {"2.0", "3.0"}
    assert {path.name for path in places.releases.iterdir()} == {"1.0", "4.0"}


# The maker


def test_the_same_content_makes_the_same_payload(tmp_path: Path, signer: Signer) -> None:
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made.append(bundle_of(tmp_path / name, signer, "1.0"))
    assert made[0].joinpath("release.tar").read_bytes() == made[1].joinpath("release.tar").read_bytes()


def test_a_link_does_not_get_into_a_bundle(tmp_path: Path, signer: Signer) -> None:
    content = content_of(tmp_path / "content", "1.0")
    (content / "link").symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match="only plain files"):
        write_bundle(content, tmp_path / "made", Release("1.0", "all"), signer.key)


def test_a_published_bundle_is_not_written_over(tmp_path: Path, signer: Signer) -> None:
    made = bundle_of(tmp_path, signer, "1.0")
    with pytest.raises(BundleError, match="published once"):
        write_bundle(tmp_path / "content-1.0", made, Release("1.0", "all"), signer.key)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path, signer: Signer) -> None:
    assert read_key(signer.private)
    signer.private.chmod(0o444)
    with pytest.raises(BundleError, match="others may read"):
        read_key(signer.private)


def test_a_public_key_is_no_signer(tmp_path: Path, signer: Signer) -> None:
    signer.public.chmod(0o400)
    with pytest.raises(BundleError, match="cannot be used"):
        read_key(signer.public)


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_a_terminal_gets_what_it_asks_for_and_no_tools_of_developers(arch: str) -> None:
    pins = needed(read_lock(ROOT / "requirements.lock"), wanted_directly(ROOT / "pyproject.toml"), arch)
    names = {pin.name for pin in pins}
    assert {"kivy", "kivy-garden", "aiohttp", "yarl", "cryptography", "cffi", "paho-mqtt", "tzdata"} <= names
    assert not names & {"pytest", "mypy", "ruff", "hypothesis", "hatchling", "pywin32", "kivy-deps-sdl2"}
    assert all(pin.hashes for pin in pins)


def test_a_lock_that_lacks_something_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("kivy==2.3.1 \\\n    --hash=sha256:00\n    # via hospital-terminal\n", encoding="utf-8")
    with pytest.raises(BundleError, match="the lock file has no msgspec"):
        needed(read_lock(path), {"kivy", "msgspec"}, "amd64")


def _wheel(folder: Path, name: str, version: str) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n"
        archive.writestr(f"{name}-{version}.dist-info/METADATA", said)
    return path


def test_the_bill_of_materials_names_what_is_inside(tmp_path: Path) -> None:
    wheels = [_wheel(tmp_path, "alpha", "1.2"), _wheel(tmp_path, "beta_two", "3.0")]
    said = make_sbom(Release("1.0", "arm64"), wheels, [])
    assert (said["bomFormat"], said["specVersion"]) == ("CycloneDX", "1.5")
    assert [part["purl"] for part in said["components"]] == ["pkg:pypi/alpha@1.2", "pkg:pypi/beta-two@3.0"]
    assert said["components"][0]["licenses"] == [{"license": {"name": "MIT"}}]
    assert said == make_sbom(Release("1.0", "arm64"), wheels, [])
    digest = said["components"][0]["hashes"][0]["content"]
    assert f"alpha==1.2 --hash=sha256:{digest}" in lock_of(tmp_path)


def test_the_list_of_debian_packages_is_names_alone() -> None:
    names = read_names(ROOT / "deploy/bundle/terminal.packages")
    assert {"pcscd", "nftables", "openssl", "python3-venv"} <= set(names)
    assert all(" " not in name and name == name.lower() for name in names)


def test_a_bundle_holds_every_debian_package_that_a_terminal_is_made_of() -> None:
    defaults = ROOT / "deploy/ansible/roles/base/defaults/main.yml"
    wanted = yaml.safe_load(defaults.read_text(encoding="utf-8"))["base_packages"]
    assert set(wanted) <= set(read_names(ROOT / "deploy/bundle/terminal.packages"))


def test_a_package_without_a_wheel_comes_from_where_it_was_built_or_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    other = "arm64" if platform.machine() == "x86_64" else "amd64"
    pin = Pin("alpha", "alpha==1.2", "", ("sha256:" + 64 * "0",), frozenset())
    with pytest.raises(BundleError, match=r"no wheel for .*: alpha==1\.2"):
        collect([pin], other, tmp_path / "wheels", None)
    built = tmp_path / "built"
    built.mkdir()
    wheel = f"alpha-1.2-cp311-cp311-linux_{MACHINES[other]}.whl"
    _wheel(built, "alpha", "1.2").rename(built / wheel)
    assert collect([pin], other, tmp_path / "wheels", built) == []
    assert (tmp_path / "wheels" / wheel).exists()


@pytest.mark.parametrize(
    "tag", ["cp39-cp39-linux_{here}", "cp311-cp311-linux_{other}", "cp311-cp311-musllinux_1_2_{here}"]
)
def test_a_wheel_that_a_terminal_would_not_take_is_not_put_into_its_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    wheel = f"alpha-1.2-{tag.format(here='aarch64', other='x86_64')}.whl"
    _wheel(tmp_path, "alpha", "1.2").rename(tmp_path / wheel)
    pin = Pin("alpha", "alpha==1.2", "", ("sha256:" + 64 * "0",), frozenset())
    with pytest.raises(BundleError, match=r"no wheel for arm64: alpha==1\.2"):
        collect([pin], "arm64", tmp_path / "wheels", tmp_path)
