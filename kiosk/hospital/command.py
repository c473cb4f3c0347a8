"""`kiosk hospital conformance`: the suite as a command."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from kiosk.hospital.client import client_tls
from kiosk.hospital.conformance import Fixtures, Unusable, run_conformance

DONE, FAILED, BAD_USAGE = 0, 1, 2


def conformance_command(
    url: str,
    fixtures: Path | None = None,
    *,
    as_json: bool = False,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> int:
    """Run the suite and print its report. 0: no check failed, 1: some failed, 2: it could not run.

    Args:
        fixtures: open bills of a hospital without `/test` (see `Fixtures`).
        ca, certificate, key: PEM files of the mutual TLS; all three or none.
    """
    if not url.startswith(("http://", "https://")):
        return _unusable(f"--url {url}: an http or https address is expected")
    files = [path for path in (ca, certificate, key) if path is not None]
    if len(files) not in (0, 3):
        return _unusable("--ca, --cert and --key go together")
    try:
        given = Fixtures.load(fixtures) if fixtures else None
        tls = client_tls(*files) if files else None
        report = asyncio.run(run_conformance(url, fixtures=given, tls=tls))
    except (Unusable, OSError, ValueError) as exc:
        return _unusable(str(exc))
    print(json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.text())
    return FAILED if report.failed else DONE


def _unusable(why: str) -> int:
    print(f"kiosk: error: {why}", file=sys.stderr)
    return BAD_USAGE
