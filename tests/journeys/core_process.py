"""The terminal's core as a process of its own, without a screen: `python core_process.py CONFIG`.

A line out for every view: its number and the kind of its screen. A line in for every touch,
`{"touch": "go"}`, and for every code that is held up, `{"code": "424..."}`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path += [str(Path(__file__).with_name("parts")), str(Path(__file__).parents[1] / "settlement" / "parts")]

from journeys_hands import HandScanner

from kiosk.config import KioskConfig
from kiosk.core import Core
from kiosk.journeys.intents import Intent
from kiosk.journeys.views import View
from kiosk.settings import load


def main() -> None:
    """Serve until the input ends."""
    shown = 0

    def emit(view: View) -> None:
        nonlocal shown
        shown = view.number
        print(json.dumps({"number": view.number, "screen": type(view.content).__name__}), flush=True)

    def failed(error: BaseException) -> None:
        print(json.dumps({"failed": repr(error)}), flush=True)
        os._exit(1)

    scanner = HandScanner()
    core = Core(load(Path(sys.argv[1]), KioskConfig), emit, scanner=scanner, failed=failed)
    core.start()
    for line in sys.stdin:
        told = json.loads(line)
        if "code" in told:
            scanner.show(told["code"])
        else:
            core.tell(Intent(told["touch"], told.get("arg", ""), shown))
    core.stop()


if __name__ == "__main__":
    main()
