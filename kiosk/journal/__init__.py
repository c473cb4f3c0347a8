"""The journal: one append-only, hash-chained log per terminal, on disk before anything counts as done.

Crash recovery, receipts, the uplink to the hospital, reconciliation and audit are all readers of
it. It is a SQLite file (WAL, `synchronous=FULL`) with one writer. Person fields are sealed with a
key per settlement, which the terminal keeps only while that settlement is open and the hospital
can always recover. `Journal` writes, `JournalReader` reads from another process, `verify` checks.
"""

from kiosk.journal._entry import GENESIS, Entry, HeaderUnreadable, Mark, NewEntry, Row, canonical, entry_hash
from kiosk.journal._entry import read as read_entry
from kiosk.journal._seal import SealBroken, decrypt, seal_id, unwrap
from kiosk.journal.errors import (
    BodyRefused,
    JournalBroken,
    JournalBusy,
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalMissing,
    JournalUnreadable,
    KeyGone,
    SchemaUnknown,
    SealMissing,
)
from kiosk.journal.journal import Journal, utc_now
from kiosk.journal.reader import Identity, JournalReader, Start
from kiosk.journal.retention import Pruned, Retention, read_mark, write_mark
from kiosk.journal.verify import Fault, Report, verify

__all__ = [
    "GENESIS",
    "BodyRefused",
    "Entry",
    "Fault",
    "HeaderUnreadable",
    "Identity",
    "Journal",
    "JournalBroken",
    "JournalBusy",
    "JournalDamaged",
    "JournalError",
    "JournalFull",
    "JournalMissing",
    "JournalReader",
    "JournalUnreadable",
    "KeyGone",
    "Mark",
    "NewEntry",
    "Pruned",
    "Report",
    "Retention",
    "Row",
    "SchemaUnknown",
    "SealBroken",
    "SealMissing",
    "Start",
    "canonical",
    "decrypt",
    "entry_hash",
    "read_entry",
    "read_mark",
    "seal_id",
    "unwrap",
    "utc_now",
    "verify",
    "write_mark",
]
