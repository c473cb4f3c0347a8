"""The sandbox hospital's books: one SQLite file that survives a killed process.

`synchronous=FULL`: an answer leaves only after its effect is on disk.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS patient (
  patient_id TEXT PRIMARY KEY, psn_no TEXT, cert_type TEXT, cert_no TEXT, card_sn TEXT, name TEXT, sex TEXT,
  birth_date TEXT, phone TEXT, insured_place TEXT, insutype TEXT, guardian_needed INTEGER);
CREATE TABLE IF NOT EXISTS bill (
  bill_id TEXT PRIMARY KEY, patient_id TEXT, visit_no TEXT, version INTEGER, state TEXT, total_fen INTEGER,
  body TEXT, valid_until REAL, fence INTEGER DEFAULT 0, lease_id TEXT DEFAULT '', attempt_id TEXT DEFAULT '',
  dispensed INTEGER DEFAULT 0, next_steps TEXT, queue_no TEXT, changed_at TEXT);
CREATE INDEX IF NOT EXISTS bill_of_patient ON bill (patient_id);
CREATE TABLE IF NOT EXISTS lease (
  lease_id TEXT PRIMARY KEY, terminal TEXT, session TEXT, token INTEGER, ttl_s REAL, expires_at REAL,
  state TEXT);
CREATE TABLE IF NOT EXISTS lease_bill (lease_id TEXT, bill_id TEXT, version INTEGER);
CREATE INDEX IF NOT EXISTS bills_of_lease ON lease_bill (lease_id);
CREATE TABLE IF NOT EXISTS attempt (
  attempt_id TEXT PRIMARY KEY, state TEXT, terminal TEXT, lease_id TEXT, mode TEXT, patient_id TEXT,
  bills TEXT, total_fen INTEGER, changed_at REAL, result TEXT, tenders TEXT, insurance TEXT,
  reverse_id TEXT DEFAULT '');
CREATE TABLE IF NOT EXISTS answer (
  operation TEXT, key TEXT, digest TEXT, body TEXT, at REAL, PRIMARY KEY (operation, key));
CREATE INDEX IF NOT EXISTS answer_by_age ON answer (at);
CREATE TABLE IF NOT EXISTS refund_due (
  refund_due_id TEXT PRIMARY KEY, version INTEGER, attempt_id TEXT, patient_id TEXT, title TEXT, reason TEXT,
  due_since TEXT, state TEXT, tenders TEXT, refund_id TEXT DEFAULT '', insurance_undone INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS refund (
  refund_id TEXT PRIMARY KEY, state TEXT, refund_due_id TEXT, asked TEXT, receipt_no TEXT);
CREATE TABLE IF NOT EXISTS consent (
  consent_id TEXT, visit_no TEXT, version TEXT, decision TEXT, body TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS ledger (
  day TEXT, n INTEGER, attempt_id TEXT, kind TEXT, at TEXT, total_fen INTEGER, tenders TEXT, setl_id TEXT,
  receipt_no TEXT, invoice_no TEXT, refund_id TEXT DEFAULT '', PRIMARY KEY (day, n));
CREATE INDEX IF NOT EXISTS ledger_of_attempt ON ledger (attempt_id);
CREATE TABLE IF NOT EXISTS closed_day (day TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, id TEXT, version INTEGER, state TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS page (
  cursor TEXT PRIMARY KEY, name TEXT, rows TEXT, as_of TEXT, made REAL);
"""


def open_books(path: str | Path) -> sqlite3.Connection:
    """The books at `path` (`:memory:` for a hospital that need not survive anything)."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.executescript(SCHEMA)
    return db
