"""Process start to the first attract frame on the X screen, and memory with every screen built.

The terminal's own `run_ui` beside a Chromium kiosk page with the same content, both under Xvfb without
a graphics card, taking turns. A frame is there when the pixel of the filled button has its colour.
Memory is PSS of the whole process tree, the terminal's after all its screens have been built ahead.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from _x11 import Display, server
from ui_tap import Browser, Kiosk, tree

WIDTH, HEIGHT, FIRST = 1080, 1920, "01_attract"
FRAME_MAX_S = 20.0
BUILT_AFTER_S = 8.0
"""By then the idle slices have built every screen."""
WALK = 44
"""Screen changes: each screen twice."""
REST_S = 4.0
"""After a visit: wiped, collected, given back."""
ACCENT = 0x0A6A61


def pss_mb(pid: int) -> float:
    """Proportional memory of a process and all below it."""
    total_kb = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total_kb += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kb / 1024


def until_frame(finger: Display, place: tuple[int, int], began_s: float) -> float:
    """Milliseconds until the button is there."""
    while time.perf_counter() - began_s < FRAME_MAX_S:
        if finger.pixel(*place) & 0xFFFFFF == ACCENT:
            return (time.perf_counter() - began_s) * 1e3
        time.sleep(0.002)
    raise TimeoutError("no first frame")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three starts of each")
    options = parser.parse_args()
    starts = 3 if options.quick else 12
    took: dict[str, list[float]] = {"terminal": [], "chromium": []}
    memory: dict[str, float] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, server(WIDTH, HEIGHT) as display:
        finger = Display(display)
        page = Path(folder) / "attract.html"
        kiosk = Kiosk(display, WIDTH, HEIGHT, "ours", FIRST)
        time.sleep(BUILT_AFTER_S)
        place = tuple(kiosk.ask("button"))
        kiosk.ask(f"page {page}")
        memory["terminal"] = round(pss_mb(kiosk.process.pid), 1)
        kiosk.ask(f"changes {WALK}")
        kiosk.ask(f"show {FIRST}")
        time.sleep(REST_S)
        memory["terminal_after_all_were_shown"] = round(pss_mb(kiosk.process.pid), 1)
        kiosk.close()
        for number in range(starts):
            began_s = time.perf_counter()
            kiosk = Kiosk(display, WIDTH, HEIGHT, "ours", FIRST)
            took["terminal"].append(until_frame(finger, place, began_s))  # type: ignore[arg-type]
            time.sleep(0.5)
            kiosk.close()
            time.sleep(0.5)
            began_s = time.perf_counter()
            browser = Browser(display, WIDTH, HEIGHT, page, Path(folder) / "profile")
            took["chromium"].append(until_frame(finger, place, began_s))  # type: ignore[arg-type]
            if number == 0:
                time.sleep(2)
                memory["chromium"] = round(pss_mb(browser.process.pid), 1)
            browser.close()
            time.sleep(0.5)
    first = {
        who: {"median_ms": round(statistics.median(v), 1), "min_ms": round(min(v), 1)}
        for who, v in took.items()
    }
    print(
        json.dumps(
            {
                "name": "ui_first_frame",
                "figures": {"first_frame": first, "pss_mb": memory, "starts": starts},
                "reference": "Chromium kiosk page with the same content",
                "ratio": {
                    "first_frame": round(first["terminal"]["median_ms"] / first["chromium"]["median_ms"], 2),
                    "pss": round(memory["terminal"] / memory["chromium"], 2),
                },
            }
        )
    )


if __name__ == "__main__":
    main()
