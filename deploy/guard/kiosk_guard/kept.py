"""Copies of files that are about to change, and the way back to them; and a root that is opened for it."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kiosk_guard.disk import sync_folder, write_durably
from kiosk_guard.places import GuardError
from kiosk_guard.system import run

log = logging.getLogger(__name__)

MOUNT_WAIT_MAX_S = 60.0


def keep(files: Sequence[Path], folder: Path) -> None:
    """Copy what there is of `files` into `folder`: on disk as a whole before this returns. Raises OSError."""
    unfinished = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    for number, file in enumerate(files):
        if file.exists():
            write_durably(unfinished / str(number), file.read_bytes(), like=file.stat())
    os.sync()
    unfinished.rename(folder)
    sync_folder(folder.parent)


def put_back(files: Sequence[Path], folder: Path) -> bool:
    """Each of the same `files` as it was kept, absent ones too. False: nothing had changed. Raises
    OSError."""
    changed = False
    for number, file in enumerate(files):
        kept = folder / str(number)
        if not kept.exists():
            changed |= file.exists()
            file.unlink(missing_ok=True)
        elif not file.exists() or file.read_bytes() != kept.read_bytes():
            write_durably(file, kept.read_bytes(), like=kept.stat())
            changed = True
    os.sync()
    return changed


def forget(folder: Path) -> None:
    """The copies are not needed any more. They lose their name first: half of them would look as if the other
    files had not been there before. Raises OSError."""
    gone = folder.with_name(f".{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    sync_folder(folder.parent)
    shutil.rmtree(gone)


@contextmanager
def opened_root() -> Iterator[None]:
    """A root that is mounted read-only can be written within. Raises GuardError when it cannot be opened;
    when it cannot be closed again, the next start does that."""
    if not os.statvfs("/").f_flag & os.ST_RDONLY:
        yield
        return
    run(["mount", "--options", "remount,rw", "/"], MOUNT_WAIT_MAX_S)
    try:
        yield
    finally:
        os.sync()
        try:
            run(["mount", "--options", "remount,ro", "/"], MOUNT_WAIT_MAX_S)
        except GuardError as exc:
            log.warning("the root stays open until the next start: %s", exc)
