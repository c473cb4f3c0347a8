"""Structured logs to stdout, one JSON object a line, with person data masked.

Nothing of a person should reach a logger at all; this is the net below. What
looks like an id number, an insurance code, a token, a card number or a payment
number is replaced before the line is written.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time

_SHAPES = (
    re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),  # id number
    re.compile(r"(?<!\d)424\d{25}(?!\d)"),  # insurance code
    re.compile(r"(?<![0-9A-Za-z])\d{6}ec[0-9a-z]{20,}(?![0-9A-Za-z])"),  # ecToken
    re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f])"),  # card identification code
    re.compile(r"(?<!\d)\d{15,25}(?!\d)"),  # psn_no, pay codes, bank cards
)

MASK = "***"


def masked(text: str) -> str:
    """The text with every person-shaped number replaced."""
    for shape in _SHAPES:
        text = shape.sub(MASK, text)
    return text


class JsonLines(logging.Formatter):
    """A record as one JSON object: when, how grave, who, what."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, masked as a whole: also what a traceback carries."""
        values = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            values["trace"] = self.formatException(record.exc_info)
        return masked(json.dumps(values, ensure_ascii=False))


def log_to_stdout(level: int = logging.INFO) -> None:
    """Send all logging of this process to stdout. Doing it twice is no error."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # speaks of every table of every paper's font
