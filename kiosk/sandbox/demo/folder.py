"""The demo's folder: what is written before anything starts, and what is left in the end.

A new run removes what an older one has left, and nothing else: a folder with anything foreign in it is
refused. Keys are made for this one run.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from kiosk import assets
from kiosk.insurance import profile_path

AREA = "990100"
ANSWER_DELAY_MAX_S = 6
"""The demo's agency answers within this or not at all; a real one takes up to a minute. Long enough for the
slip of an unanswered settlement to be printed on a slow machine."""

MARK = ".demo"
"""Says that a folder is ours to empty, and is the lock of the run that uses it."""

NOTE = "# Written by `kiosk demo` for one run; the next run writes it again."


class FolderError(Exception):
    """A folder that the demo may not use. The text says why."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything of one run lies."""

    root: Path

    @property
    def config(self) -> Path:
        """The terminal's own configuration."""
        return self.root / "kiosk.toml"

    @property
    def sandbox_config(self) -> Path:
        """The hospital's."""
        return self.root / "sandbox.toml"

    @property
    def agent_config(self) -> Path:
        """The agent's."""
        return self.root / "agent.toml"

    @property
    def profile(self) -> Path:
        """The area profile with a short answer delay."""
        return self.root / "area.toml"

    @property
    def keys(self) -> Path:
        """Throw-away keys."""
        return self.root / "keys"

    @property
    def catalogue(self) -> Path:
        """The price list."""
        return self.root / "catalogue.db"

    @property
    def film(self) -> Path:
        """What the camera sees."""
        return self.root / "code.avi"

    @property
    def journal(self) -> Path:
        """The terminal's journal."""
        return self.root / "journal" / "kiosk.db"

    @property
    def agent_state(self) -> Path:
        """The agent's directory."""
        return self.root / "agent"

    @property
    def sandbox(self) -> Path:
        """The books of agency, hospital, wallet and collector."""
        return self.root / "sandbox"

    @property
    def papers(self) -> Path:
        """Which papers are on their way."""
        return self.journal.parent / "papers.db"

    @property
    def receipts(self) -> Path:
        """Papers as PDF."""
        return self.root / "receipts"

    @property
    def shots(self) -> Path:
        """Screens as PNG."""
        return self.root / "shots"

    @property
    def logs(self) -> Path:
        """What the three processes said."""
        return self.root / "logs"

    @property
    def summary(self) -> Path:
        """The result."""
        return self.root / "summary.json"

    def contents(self) -> tuple[Path, ...]:
        """All that a run may leave here."""
        return (
            self.config,
            self.sandbox_config,
            self.agent_config,
            self.profile,
            self.keys,
            self.catalogue,
            self.film,
            self.journal.parent,
            self.agent_state,
            self.sandbox,
            self.receipts,
            self.shots,
            self.logs,
            self.summary,
        )


def credential_sweep_paths(root: Path) -> tuple[Path, ...]:
    """What no credential and no unmasked person may be found in, files and folders.

    Everything that a run leaves, but for the hospital's own books: agency and HIS know their people. The
    collector is not one of them: what it keeps came by MQTT and is swept.
    """
    folder = Folder(root)
    own_books = {folder.sandbox}
    swept = [path for path in folder.contents() if path not in own_books and path.exists()]
    link = folder.sandbox / "link"
    return (*swept, *([link] if link.exists() else []))


@contextlib.contextmanager
def fresh(root: Path) -> Iterator[Folder]:
    """An empty folder of our own, held for the time of the run. Raises FolderError."""
    folder = Folder(root.absolute())
    try:
        held = _take(folder)
    except OSError as exc:
        raise FolderError(f"{exc.filename or root}: {exc.strerror or exc}") from exc
    with held:
        yield folder


def _take(folder: Folder) -> TextIO:
    root, mark = folder.root, folder.root / MARK
    root.mkdir(parents=True, exist_ok=True)
    if not mark.exists() and any(root.iterdir()):
        raise FolderError(f"{root}: there is something in it that is not the demo's; name another folder")
    with ExitStack() as if_refused:
        held = if_refused.enter_context(mark.open("a", encoding="utf-8"))
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(f"{root}: another demo is running in it") from None
        for path in folder.contents():
            _remove(path)
        for path in (folder.keys, folder.receipts, folder.shots, folder.logs, folder.journal.parent):
            path.mkdir(mode=0o700)
        if_refused.pop_all()
    return held


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    for beside in path.parent.glob(f".{path.name}*"):  # what a killed run had half written
        beside.unlink()


def write_keys(folder: Folder) -> Path:
    """The hospital's seal pair of this run; the terminal gets the public one, whose path this is."""
    private = X25519PrivateKey.generate()
    public = folder.keys / "hospital_seal.pub"
    _write_key(
        folder.keys / "hospital_seal.key",
        private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()),
    )
    _write_key(public, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    return public


def _write_key(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def write_profile(folder: Folder) -> None:
    """The shipped area, but for how long an answer may be under way."""
    text = profile_path(AREA).read_text(encoding="utf-8")
    text, found = re.subn(
        r"(?m)^answer_delay_max_s\s*=\s*\d+.*$", f"answer_delay_max_s = {ANSWER_DELAY_MAX_S}", text
    )
    assert found == 1, "the shipped profile says once how long an answer may take"
    folder.profile.write_text(f"{NOTE}\n{text}", encoding="utf-8")


def write_catalogue(folder: Folder) -> None:
    """The demo's price list, made by one hand and approved by another, as every list is."""
    from kiosk.catalogue.build import approve, import_files

    import_files([assets.path("catalogue", "demo.csv")], folder.catalogue, "demo maker")
    approve(folder.catalogue, "demo checker")
