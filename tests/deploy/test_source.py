"""What a terminal believes of a source that it fetches, and what whoever signs one may put into it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playbook import ANSIBLE
from releases import DEPLOY, Signer, bundle_of

# isort: split
from kiosk_bundle.errors import BundleError
from kiosk_bundle.source import write_source
from kiosk_guard import kept, source
from kiosk_guard.bundle import read_manifest
from kiosk_guard.kept import forget, keep, put_back
from kiosk_guard.places import GuardError
from kiosk_guard.source import Known, Source, fetch

EXAMPLE = ANSIBLE / "inventories/example"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("signer"))


@pytest.fixture
def share(tmp_path: Path, signer: Signer) -> Path:
    """Source number 7."""
    write_source(ANSIBLE, EXAMPLE, tmp_path / "share", signer.key, serial=7)
    return tmp_path / "share"


def fetched(share: Path, signer: Signer, known: Known | None = None) -> Source | None:
    return fetch(share, signer.public, share.parent / "work", known)


def refused(share: Path, signer: Signer, known: Known | None = None) -> str:
    """Why; and nothing of it was unpacked."""
    with pytest.raises(GuardError) as told:
        fetched(share, signer, known)
    assert not list((share.parent / "work/source").glob("*"))
    return str(told.value)


def test_a_signed_source_is_unpacked_whole(share: Path, signer: Signer) -> None:
    found = fetched(share, signer)
    assert found is not None
    assert found.known.serial == 7
    assert (found.folder / "pull.yml").read_bytes() == (ANSIBLE / "pull.yml").read_bytes()
    assert (found.folder / "inventory/hosts.yml").read_bytes() == (EXAMPLE / "hosts.yml").read_bytes()


def test_the_same_source_is_believed_again(share: Path, signer: Signer) -> None:
    found = fetched(share, signer)
    assert found is not None
    assert fetched(share, signer, found.known) == found


def test_no_source_is_no_error(tmp_path: Path, signer: Signer) -> None:
    assert fetched(tmp_path / "share", signer) is None


def test_an_older_source_is_refused_though_its_signature_is_right(share: Path, signer: Signer) -> None:
    assert refused(share, signer, Known(8, "x")) == "number 7 is older than 8, which was here before"


def test_two_sources_with_one_number_are_one_too_many(share: Path, signer: Signer) -> None:
    assert refused(share, signer, Known(7, "x")) == "another source has had the number 7 already"


def test_a_source_of_a_stranger_is_refused(share: Path, tmp_path: Path) -> None:
    assert "the signature is not right" in refused(share, Signer(tmp_path))


def test_a_list_that_was_changed_after_it_was_signed_is_refused(share: Path, signer: Signer) -> None:
    told = json.loads((share / "manifest.json").read_bytes()) | {"serial": 9}
    (share / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    assert "the signature is not right" in refused(share, signer)


@pytest.mark.parametrize("name", ["manifest.sig", "source.tar"])
def test_a_source_without_one_of_its_parts_is_refused(share: Path, signer: Signer, name: str) -> None:
    (share / name).unlink()
    assert name in refused(share, signer)


def test_a_source_that_was_copied_in_part_is_refused(share: Path, signer: Signer) -> None:
    whole = (share / "source.tar").read_bytes()
    (share / "source.tar").write_bytes(whole[: len(whole) // 2])
    assert refused(share, signer) == "source.tar is not what was signed"


def test_a_source_that_would_fill_the_memory_is_refused_unread(
    share: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PAYLOAD_MAX_BYTES", 1000)
    assert "larger than 1000 bytes" in refused(share, signer)


def test_a_bundle_is_no_source_and_a_source_is_no_bundle(share: Path, tmp_path: Path, signer: Signer) -> None:
    bundle = bundle_of(tmp_path, signer, "1.0")
    assert "none of a source" in refused(bundle, signer)
    with pytest.raises(GuardError, match="KeyError"):
        read_manifest(share, signer.public)


def test_what_the_vault_holds_stays_where_it_is(tmp_path: Path, signer: Signer) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "ours")
    secret = tmp_path / "ours/group_vars/all/vault.yml"
    secret.write_text("$ANSIBLE_VAULT;1.1;AES256\n3031\n", encoding="ascii")
    write_source(ANSIBLE, tmp_path / "ours", tmp_path / "share", signer.key, serial=1)
    found = fetched(tmp_path / "share", signer)
    assert found is not None
    assert not (found.folder / "inventory/group_vars/all/vault.yml").exists()
    assert (found.folder / "inventory/group_vars/all/main.yml").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vault.yml", "vault_insurance_sign_secret: plain\n"),
        ("main.yml", "secret: !vault |\n  $ANSIBLE_VAULT\n"),
        ("ca.key", "-----BEGIN PRIVATE KEY-----\n"),
    ],
)
def test_a_secret_that_anybody_could_read_is_not_published(
    tmp_path: Path, signer: Signer, name: str, text: str
) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / name).write_text(text, encoding="ascii")
    with pytest.raises(BundleError, match="a secret does not belong"):
        write_source(ANSIBLE, tmp_path / "ours", tmp_path / "share", signer.key, serial=1)
    assert not (tmp_path / "share").exists()


def test_the_command_counts_by_itself_and_lays_the_bundle_beside(tmp_path: Path, signer: Signer) -> None:
    bundle = bundle_of(tmp_path, signer, "1.0")
    argv = [sys.executable, str(DEPLOY / "bundle/sign_source.py"), "--key", str(signer.private)]
    argv += ["--inventory", str(EXAMPLE), "--out", str(tmp_path / "share")]
    for number in (1, 2):
        done = subprocess.run([*argv, "--bundle", str(bundle)], capture_output=True, text=True, check=True)
        assert done.stdout == f"{tmp_path / 'share'}: number {number}\n"
    assert (tmp_path / "share/bundles/bundle-1.0/manifest.sig").read_bytes() == (
        bundle / "manifest.sig"
    ).read_bytes()
    late = subprocess.run([*argv, "--serial", "2"], capture_output=True, text=True, check=False)
    assert late.returncode == 1
    assert "number 2 is there already" in late.stderr


def test_files_come_back_as_they_were_and_new_ones_go(tmp_path: Path) -> None:
    changed, gone, new, same = files = [tmp_path / name for name in ("changed", "gone", "new", "same")]
    for file in (changed, gone, same):
        file.write_text("old", encoding="ascii")
        file.chmod(0o640)
    keep(files, tmp_path / "kept")
    changed.write_text("new", encoding="ascii")
    changed.chmod(0o600)
    gone.unlink()
    new.write_text("new", encoding="ascii")
    assert put_back(files, tmp_path / "kept")
    assert [file.exists() for file in files] == [True, True, False, True]
    assert (changed.read_text(encoding="ascii"), changed.stat().st_mode & 0o777) == ("old", 0o640)
    assert not put_back(files, tmp_path / "kept")


def test_copies_that_are_forgotten_in_part_are_no_copies_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("old", encoding="ascii")
    keep([tmp_path / "file"], tmp_path / "kept")

    def cut(*_: object, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(kept.shutil, "rmtree", cut)
        with pytest.raises(OSError, match="power"):
            forget(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
