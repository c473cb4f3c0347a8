"""The agency's tables."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    msgid TEXT PRIMARY KEY, base TEXT NOT NULL, psn_no TEXT NOT NULL, mdtrt_id TEXT NOT NULL,
    batch TEXT NOT NULL, taken INTEGER NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sign_in (
    sign_no TEXT PRIMARY KEY, opter_no TEXT NOT NULL, day TEXT NOT NULL, is_open INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS visit (
    mdtrt_id TEXT PRIMARY KEY, psn_no TEXT NOT NULL, insutype TEXT NOT NULL, insured_place TEXT NOT NULL,
    ipt_otp_no TEXT NOT NULL, med_type TEXT NOT NULL, disease TEXT NOT NULL, described INTEGER NOT NULL,
    revoked INTEGER NOT NULL, begun_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS line (
    mdtrt_id TEXT NOT NULL, batch TEXT NOT NULL, feedetl_sn TEXT NOT NULL, state TEXT NOT NULL,
    account_pays INTEGER NOT NULL, share TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS line_of_visit ON line (mdtrt_id, batch);
CREATE TABLE IF NOT EXISTS presettled (
    mdtrt_id TEXT NOT NULL, batch TEXT NOT NULL, insutype TEXT NOT NULL, certificate TEXT NOT NULL,
    PRIMARY KEY (mdtrt_id, batch)
) STRICT;
CREATE TABLE IF NOT EXISTS settlement (
    setl_id TEXT PRIMARY KEY, msgid TEXT NOT NULL UNIQUE, mdtrt_id TEXT NOT NULL, batch TEXT NOT NULL,
    psn_no TEXT NOT NULL, insutype TEXT NOT NULL, insured_place TEXT NOT NULL, med_type TEXT NOT NULL,
    settled_at TEXT NOT NULL, split TEXT NOT NULL, counted TEXT NOT NULL, period TEXT NOT NULL,
    undone_by TEXT NOT NULL, undone_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS balance (
    psn_no TEXT PRIMARY KEY, own_fen INTEGER NOT NULL, family_fen INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tally (
    psn_no TEXT NOT NULL, insutype TEXT NOT NULL, period TEXT NOT NULL, name TEXT NOT NULL,
    yuan TEXT NOT NULL, PRIMARY KEY (psn_no, insutype, period, name)
) STRICT;
CREATE TABLE IF NOT EXISTS code (
    digits_hash TEXT PRIMARY KEY, person_id TEXT NOT NULL, issued_at REAL NOT NULL, used INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS token (
    token_hash TEXT PRIMARY KEY, person_id TEXT NOT NULL, issued_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS serial (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
"""
"""Credentials are kept as hashes: not even the sandbox stores what a visit shows."""
