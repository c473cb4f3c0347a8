"""The hospital's notice to everybody at a terminal: a file that IT puts there, shown while it holds.

Written whole or not at all by whoever puts it there (rename). One that cannot be read is as none: a notice
must never keep a patient from a terminal.
"""

from __future__ import annotations

import datetime as dt
import logging
from pathlib import Path

import msgspec

from kiosk.journeys.views import Notice

log = logging.getLogger(__name__)

NOTICE_MAX_BYTES = 16 * 1024
TITLE_MAX_CHARS, TEXT_MAX_CHARS = 40, 200


class _File(msgspec.Struct, forbid_unknown_fields=True):
    title_zh: str
    text_zh: str
    title_en: str = ""
    text_en: str = ""
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


def read_notice(path: Path | None, now: dt.datetime) -> Notice | None:
    """The notice that holds now; times in the file are RFC 3339 with an offset."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(NOTICE_MAX_BYTES + 1)
        found = msgspec.json.decode(raw, type=_File)
        too_early = found.begins_at is not None and now < found.begins_at
        over = found.ends_at is not None and now >= found.ends_at
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, TypeError) as exc:  # TypeError: no offset
        log.error("notice %s cannot be read: %s", path, exc)
        return None
    if too_early or over or len(raw) > NOTICE_MAX_BYTES:
        return None
    return Notice(
        found.title_zh[:TITLE_MAX_CHARS],
        found.text_zh[:TEXT_MAX_CHARS],
        (found.title_en or found.title_zh)[: TITLE_MAX_CHARS * 2],
        (found.text_en or found.text_zh)[: TEXT_MAX_CHARS * 2],
    )
