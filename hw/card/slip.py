"""The slip of a card diagnosis: what was looked at, what it gave, what to do, in both languages.

For the patient to take to the card office and for staff to keep. It names the holder masked at most, and no
card number.
"""

from datetime import datetime

from hw.card.diagnose import Diagnosis, Measured, Row
from hw.card.staff_texts import CHECKS, FAULTS, STAFF_TEXTS, STATES
from hw.printer.document import Columns, Cut, Document, Feed, Item, Rule, Text


def slip(diagnosis: Diagnosis, *, at: datetime, terminal: str) -> Document:
    """A receipt of one diagnosis; `at` in the terminal's zone, `terminal` its short name, such as K07."""
    fault = FAULTS[diagnosis.fault or "none"]
    lines: list[Item] = [
        Text("读卡诊断 Card check", align="center", bold=True),
        Columns(f"终端 {terminal}", f"{at:%Y-%m-%d %H:%M}"),
        Rule("="),
        Text(f"结论：{fault.zh}", bold=True),
        Text(f"Result: {fault.en}"),
        Rule(),
    ]
    for row in diagnosis.rows:
        lines += _row(row)
    if diagnosis.measured is not None:
        lines += [Rule(), *_measured(diagnosis.measured)]
    lines += [Feed(2), Cut()]
    return Document("80mm", f"card-check-{at:%Y%m%d-%H%M%S}", tuple(lines))


def _row(row: Row) -> list[Item]:
    check, state = CHECKS[row.check], STATES[row.status]
    lines: list[Item] = [Columns(f"{check.zh} {check.en}", f"{state.zh} {state.en}")]
    about = ", ".join(part for part in (row.code, row.detail) if part)
    if about:
        lines.append(Text(f"  {about}"))
    if row.remedy is not None:
        remedy = STAFF_TEXTS[row.remedy]
        lines += [Text(f"  {remedy.zh}"), Text(f"  {remedy.en}")]
    return lines


def _measured(measured: Measured) -> list[Item]:
    good = measured.reads - measured.failed
    return [
        Columns("读卡次数 reads", f"{good}/{measured.reads}"),
        Columns("错误率 error rate", f"{measured.error_percent:g} %"),
        Columns("每次读卡 read (median/worst)", _ms(measured.read_median_ms, measured.read_worst_ms)),
        Columns(
            "每条指令 command (median/worst)", _ms(measured.command_median_ms, measured.command_worst_ms)
        ),
        Columns("重发、无应答、重读 retries", _retries(measured)),
        Columns("规范版本 version", measured.version or "-"),
        Columns("有效期至 valid until", str(measured.expires_on or "-")),
    ]


def _ms(median_ms: float | None, worst_ms: float | None) -> str:
    return "-" if median_ms is None or worst_ms is None else f"{median_ms:.1f} / {worst_ms:.1f} ms"


def _retries(measured: Measured) -> str:
    return f"{measured.commands_repeated}, {measured.commands_unanswered}, {measured.attempts_repeated}"
