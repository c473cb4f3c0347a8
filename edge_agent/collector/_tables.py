"""The collector's tables. A change is a numbered step from the version before, never an edit of one."""

from __future__ import annotations

TABLES_V = 1

TABLES = """
CREATE TABLE device (
    device TEXT PRIMARY KEY, first_seen TEXT NOT NULL, last_seen TEXT NOT NULL,
    online INTEGER, bdseq INTEGER NOT NULL DEFAULT 0, birth TEXT, health TEXT, health_at TEXT);
CREATE TABLE stream (
    device TEXT NOT NULL, epoch TEXT NOT NULL, stream TEXT NOT NULL,
    watermark INTEGER NOT NULL, watermark_hash BLOB NOT NULL, highest INTEGER NOT NULL,
    held_reason TEXT, held_at TEXT, held_seq INTEGER, held_hash BLOB,
    PRIMARY KEY (device, epoch));
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
    at TEXT NOT NULL, kind TEXT NOT NULL, settlement TEXT, received_at TEXT NOT NULL, poison TEXT,
    header BLOB NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL);
CREATE UNIQUE INDEX entry_place ON entry (device, epoch, seq);
CREATE INDEX entry_settlement ON entry (settlement, seq) WHERE settlement IS NOT NULL;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, received_at TEXT NOT NULL, device TEXT, topic TEXT NOT NULL,
    reason TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE gap (
    id INTEGER PRIMARY KEY, noticed_at TEXT NOT NULL, device TEXT NOT NULL, epoch TEXT NOT NULL,
    first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE transactions (
    device TEXT NOT NULL, settlement TEXT NOT NULL, opened_at TEXT NOT NULL,
    last_at TEXT NOT NULL, last_kind TEXT NOT NULL, last_seq INTEGER NOT NULL,
    total_fen INTEGER, fund_fen INTEGER, account_fen INTEGER, cash_fen INTEGER, hospital_fen INTEGER,
    outcome TEXT, PRIMARY KEY (device, settlement));
CREATE INDEX transactions_opened ON transactions (opened_at);
"""
