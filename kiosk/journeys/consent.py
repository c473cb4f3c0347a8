"""Consent: what the rule asks the patient to agree to before it may be charged (S3-6.2.4)."""

from __future__ import annotations

from kiosk.domain.bill import Bill
from kiosk.domain.outcome import Done
from kiosk.hospital.port import ConsentDecision
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import Terminal
from kiosk.journeys.views import Consent, ConsentItem
from kiosk.settlement.record import digest

CONSENT_DECIDED = "consent.decided"


async def ask_consent(t: Terminal, attempt: str, bills: tuple[Bill, ...]) -> str:
    """09 for every item that needs it. "" when all is agreed, else why it does not go on. Raises Leave."""
    for bill in bills:
        for due in bill.consents_due:
            items = tuple(
                ConsentItem(line.name, line.spec, line.amount_fen)
                for line in bill.lines
                if line.line_id in due.line_ids
            )
            t.desk.show(Consent(items, due.amount_fen, due.version), stop=3)
            agreed = await _decision(t)
            decision = ConsentDecision(
                due.consent_id, due.version, due.line_ids, "agree" if agreed else "refuse"
            )
            recorded = await _record(t, attempt, bill, decision)
            if not agreed:
                return "CS-02"
            if not recorded:
                return "FB-02"
    return ""


async def _decision(t: Terminal) -> bool:
    while True:
        match await t.desk.next():
            case Intent(name="agree"):
                return True
            case Intent(name="refuse"):
                return False
            case _:
                pass


async def _record(t: Terminal, attempt: str, bill: Bill, decision: ConsentDecision) -> bool:
    """Journal, then hospital. Keyed by attempt and consent, so that it may be said again."""
    key = digest({"attempt": attempt, "consent": decision.consent_id})[:32]
    t.bench.journal.append(
        CONSENT_DECIDED,
        {
            "attempt": attempt,
            "consent": decision.consent_id,
            "version": decision.version,
            "decision": decision.decision,
        },
        key=key,
    )
    outcome = await t.bench.ports.hospital.consent(key, bill.visit.ipt_otp_no, decision)
    return isinstance(outcome, Done)
