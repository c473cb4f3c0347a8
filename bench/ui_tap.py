"""Tap to changed pixel, idle, screen changes: the terminal, a Chromium kiosk page, and Kivy's own loop.

Under Xvfb, both panels. A finger (XTest) presses the filled button; the time ends when its pixel has
changed on the X screen. The page shows the same boxes, words and colours, made from the live widgets.
The three take turns, block by block. Idle is read from /proc with nobody there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _x11 import Display, server

HERE = Path(__file__).resolve().parent
PANELS = {
    "portrait": (1080, 1920, "07_who_pays", "01_attract"),
    "landscape": (1280, 800, "19_price_item_lobby", ""),
}
"""Width, height, the screen that is touched, the screen that rests (none: the same)."""
TAP_EVERY_S = 0.45
"""Longer than the guard against a trembling finger."""
CHANGE_MAX_S = 1.0
SETTLE_S = 1.0
WARM_UP_S = 6.0
ANSWER_MAX_S = 60.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Kiosk:
    """The terminal's process, spoken to over its pipes."""

    def __init__(self, display: str, width: int, height: int, loop: str, first: str) -> None:
        command = [
            sys.executable,
            str(HERE / "_ui_subject.py"),
            "--width",
            str(width),
            "--height",
            str(height),
        ]
        environment = dict(os.environ, DISPLAY=display, PYTHONPATH=f"{HERE.parent}:{HERE}")
        environment.pop("SDL_VIDEODRIVER", None)
        self.process = subprocess.Popen(
            [*command, "--loop", loop, "--first", first],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, command: str) -> Any:
        """One command, one answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.write("quit\n")
        self.process.stdin.flush()
        self.process.wait(10)


class Browser:
    """Chromium in kiosk mode on one page, without a graphics card as the terminal is."""

    def __init__(self, display: str, width: int, height: int, page: Path, profile: Path) -> None:
        self.process = subprocess.Popen(
            [
                "chromium", "--kiosk", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
                f"--user-data-dir={profile}", f"--window-size={width},{height}", "--window-position=0,0",
                page.as_uri(),
            ],
            env=dict(os.environ, DISPLAY=display),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:
            continue
        for child in below:
            found += tree(int(child))
    return found


def cpu_s(pids: list[int]) -> float:
    """Processor seconds that these processes have used."""
    used = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        used += int(fields[11]) + int(fields[12])
    return used / TICKS_PER_S


def wakes(pids: list[int]) -> int:
    """Voluntary context switches of all threads of these processes."""
    total = 0
    for pid in pids:
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            try:
                lines = status.read_text().splitlines()
            except OSError:
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary"))
    return total


def idle(pid: int, seconds: float) -> dict[str, float]:
    """Share of a core and wake-ups a second with nothing moving."""
    pids = tree(pid)
    before_s, before = cpu_s(pids), wakes(pids)
    time.sleep(seconds)
    return {
        "cpu_percent": round(100 * (cpu_s(pids) - before_s) / seconds, 3),
        "wakes_per_s": round((wakes(pids) - before) / seconds, 2),
    }


def tap(finger: Display, place: tuple[int, int], count: int) -> list[float | None]:
    """Milliseconds from press to changed pixel; None where nothing changed."""
    finger.move(*place)
    time.sleep(0.2)
    took: list[float | None] = []
    for _ in range(count):
        before = finger.pixel(*place)
        pressed_s = finger.button(True)
        seen_s = finger.wait_change(*place, before, CHANGE_MAX_S)
        took.append(None if seen_s is None else (seen_s - pressed_s) * 1e3)
        finger.button(False)
        time.sleep(TAP_EVERY_S)
    return took


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * 0.95))]


def figures(took: list[float | None]) -> dict[str, float]:
    """Median and p95 of what changed, and how many did not."""
    seen = [value for value in took if value is not None]
    if not seen:
        return {"lost": len(took)}
    return {
        "median_ms": round(statistics.median(seen), 2),
        "p95_ms": round(p95(seen), 2),
        "lost": len(took) - len(seen),
        "taps": len(took),
    }


def panel(name: str, blocks: int, taps: int, idle_s: float, work: Path) -> dict[str, Any]:
    """Everything on one panel."""
    width, height, first, resting = PANELS[name]
    took: dict[str, list[float | None]] = {"terminal": [], "stock": [], "chromium": []}
    extra: dict[str, Any] = {}
    page = work / f"{name}.html"
    with server(width, height) as display:
        finger = Display(display)
        for block in range(blocks):
            kiosk = Kiosk(display, width, height, "ours", first)
            time.sleep(WARM_UP_S)
            place = tuple(kiosk.ask("button"))
            kiosk.ask(f"page {page}")
            took["terminal"] += tap(finger, place, taps)  # type: ignore[arg-type]
            if block == 0:
                extra |= inside(kiosk, resting, first, idle_s)
            kiosk.close()
            browser = Browser(display, width, height, page, work / f"profile-{name}")
            time.sleep(WARM_UP_S)
            took["chromium"] += tap(finger, place, taps)  # type: ignore[arg-type]
            if block == 0:
                extra["idle_chromium"] = idle(browser.process.pid, idle_s)
            browser.close()
            stock = Kiosk(display, width, height, "stock", first)
            time.sleep(WARM_UP_S)
            took["stock"] += tap(finger, place, taps)  # type: ignore[arg-type]
            if block == 0:
                extra["idle_stock"] = idle(stock.process.pid, idle_s)
            stock.close()
    return {who: figures(values) for who, values in took.items()} | extra


def inside(kiosk: Kiosk, resting: str, first: str, idle_s: float) -> dict[str, Any]:
    """What the terminal's own process can tell."""
    before = len(kiosk.ask("pauses"))
    changes = kiosk.ask("changes 120")
    collections = kiosk.ask("pauses")[before:]
    woken = kiosk.ask("wakes 100")
    if resting:
        kiosk.ask(f"show {resting}")
    time.sleep(SETTLE_S * 3)
    return {
        "screen_change_ms": {"median": round(statistics.median(changes), 1), "p95": round(p95(changes), 1)},
        "thread_to_ui_ms": {"median": round(statistics.median(woken), 3), "p95": round(p95(woken), 3)},
        "longest_collection_ms": round(max(collections, default=0.0), 2),
        "idle_terminal": idle(kiosk.process.pid, idle_s),
    }


def ratio(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """Terminal over reference; 1 or less is reached."""
    return {
        key: round(one[key] / other[key], 2) for key in ("median_ms", "p95_ms") if key in one and key in other
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one block of few taps")
    options = parser.parse_args()
    blocks, taps, idle_s = (1, 10, 3.0) if options.quick else (3, 25, 10.0)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        panels = {name: panel(name, blocks, taps, idle_s, Path(folder)) for name in PANELS}
    print(
        json.dumps(
            {
                "name": "ui_tap",
                "figures": panels,
                "reference": "Chromium kiosk page with the same content; Kivy's own loop at 60 frames/s",
                "ratio": {name: ratio(row["terminal"], row["chromium"]) for name, row in panels.items()},
                "ratio_stock": {name: ratio(row["terminal"], row["stock"]) for name, row in panels.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
