"""The collector's tables. A change is a numbered step from the version before, never an edit of one."""

from __future__ import annotations

_FIRST = """
CREATE TABLE device (
    device {text} PRIMARY KEY, first_seen {text} NOT NULL, last_seen {text} NOT NULL,
    online {integer}, bdseq {integer} NOT NULL DEFAULT 0, birth {text}, health {text}, health_at {text});
CREATE TABLE stream (
    device {text} NOT NULL, epoch {text} NOT NULL, stream {text} NOT NULL,
    watermark {integer} NOT NULL, watermark_hash {blob} NOT NULL, highest {integer} NOT NULL,
    held_reason {text}, held_at {text}, held_seq {integer}, held_hash {blob},
    PRIMARY KEY (device, epoch));
CREATE TABLE entry (
    id {identity}, device {text} NOT NULL, epoch {text} NOT NULL, seq {integer} NOT NULL,
    at {text} NOT NULL, kind {text} NOT NULL, settlement {text}, received_at {text} NOT NULL, poison {text},
    header {blob} NOT NULL, body {blob} NOT NULL, hash {blob} NOT NULL);
CREATE UNIQUE INDEX entry_place ON entry (device, epoch, seq);
CREATE INDEX entry_settlement ON entry (settlement, seq) WHERE settlement IS NOT NULL;
CREATE TABLE quarantine (
    id {identity}, received_at {text} NOT NULL, device {text}, topic {text} NOT NULL,
    reason {text} NOT NULL, payload {blob} NOT NULL);
CREATE TABLE gap (
    id {identity}, noticed_at {text} NOT NULL, device {text} NOT NULL, epoch {text} NOT NULL,
    first_seq {integer} NOT NULL, last_seq {integer} NOT NULL, reason {text} NOT NULL);
CREATE TABLE counter (name {text} PRIMARY KEY, value {integer} NOT NULL);
CREATE TABLE transactions (
    device {text} NOT NULL, settlement {text} NOT NULL, opened_at {text} NOT NULL,
    last_at {text} NOT NULL, last_kind {text} NOT NULL, last_seq {integer} NOT NULL,
    total_fen {integer}, fund_fen {integer}, account_fen {integer}, cash_fen {integer},
    hospital_fen {integer},
    outcome {text}, PRIMARY KEY (device, settlement));
CREATE INDEX transactions_opened ON transactions (opened_at);
"""

_WHEN_A_BIRTH_WAS_HEARD = """
ALTER TABLE device ADD COLUMN birth_at {text};
CREATE INDEX entry_poison ON entry (device) WHERE poison IS NOT NULL;
"""

_STEPS = (_FIRST, _WHEN_A_BIRTH_WAS_HEARD)
TABLES_V = len(_STEPS)


def steps(after: int, *, identity: str, integer: str, text: str, blob: str) -> str:
    """What leads from layout `after` (0: nothing there) to ours, in an engine's own words for its types."""
    words = {"identity": identity, "integer": integer, "text": text, "blob": blob}
    return "".join(step.format(**words) for step in _STEPS[after:])
