"""What can go wrong with a journal. Each names the file; none is folded into another."""

from __future__ import annotations

from pathlib import Path


class JournalError(Exception):
    """Base of all. `path` is the file that is meant; the text is for the operator."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(f"{path}: {text}")
        self.path = path


class JournalFull(JournalError):
    """No space for this entry, the reserve already spent. Nothing of it was written; all else is intact."""


class JournalBroken(JournalError):
    """The disk failed during a write. Whether the last entry is on disk shows only at the next open."""


class JournalDamaged(JournalError):
    """The file is not what was written: no database, or its chain does not hold."""


class JournalBusy(JournalError):
    """Another process writes this journal. There is one writer."""


class SchemaUnknown(JournalError):
    """The file has a table layout of another release. A live journal is never altered: begin a new file."""


class JournalUnreadable(JournalError):
    """A reader cannot see the entries now. The writer's next open repairs this; ask again later."""


class JournalMissing(JournalUnreadable):
    """There is no journal yet."""


class SealMissing(JournalError):
    """Person fields were given, but this journal was opened without the hospital's public seal."""


class KeyGone(JournalError):
    """The settlement is closed: its key is deleted and only the hospital can read the sealed fields."""


class BodyRefused(ValueError):
    """A body that may not be written: a float, a number beyond 2^53, an unknown type, or too large."""
