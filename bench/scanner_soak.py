"""Ten thousand pictures through the real reading process: do its threads, handles or memory grow?

A film of a lobby, of a code, and of a code under a reflection is played at 120 pictures a second, in several
visits: each opens the source anew in the same process. What the kernel says of the process after the second
visit is the reference for the end; the parent's side is measured beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hw.scanner import Limits, Scanner, VideoFile
from hw.scanner._opencv import cv2
from hw.scanner.film import Scene, held_phone, lobby_picture

PICTURES = {True: 600, False: 10_000}
VISITS = {True: 4, False: 10}
WARM_VISITS = 2
FILM_FPS = 120.0
SCENE_PICTURES = 30
STEP_WAIT_MAX_S = 300.0
"""Longest wait for the pictures of one visit; a scanner that stands still ends the benchmark."""
REACH = {"threads_grown": 0, "handles_grown": 0, "memory_grown_mib": 8.0}
_TEXT = "424" + "0123456789012345678" + "99" + "0000"


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process holds."""

    threads: int
    handles: int
    memory_mib: float


def usage_of(process_id: int) -> Usage:
    """From /proc: threads, open file descriptors, resident memory."""
    status = Path(f"/proc/{process_id}/status").read_text()
    found = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    handles = len(list(Path(f"/proc/{process_id}/fd").iterdir()))
    return Usage(int(found["Threads"]), handles, int(found["VmRSS"].split()[0]) / 1024)


def write_film(path: Path) -> None:
    """The film of the soak: nothing, a code, a code that cannot be read."""
    random = np.random.default_rng(8)
    lobby = lobby_picture(random)
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), FILM_FPS, (1280, 720)
    )
    for scene, spoiled in ((Scene(1.0), False), (Scene(1.0, _TEXT), False), (Scene(1.0, _TEXT), True)):
        for number in range(SCENE_PICTURES):
            picture = held_phone(lobby, scene, number / 15, random)
            if spoiled:
                cv2.circle(picture, (650, 370), 80, (255, 255, 255), -1)
            noisy = np.clip(picture + random.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
            writer.write(noisy)
    writer.release()


def soak(pictures: int, visits: int) -> dict[str, object]:
    """The figures for so many pictures in so many visits. Raises RuntimeError when no pictures come."""
    with tempfile.TemporaryDirectory(prefix="scanner-soak-") as folder:
        film = Path(folder) / "soak.avi"
        write_film(film)
        scanner = Scanner(VideoFile(str(film)), limits=Limits(preview_fps_max=1000.0, repeat_quiet_s=0.0))
        try:
            return _visits(scanner, pictures, visits)
        finally:
            scanner.close()


def _visits(scanner: Scanner, pictures: int, visits: int) -> dict[str, object]:
    seen, codes, began_s = 0, [0], time.monotonic()
    reader, child, parent = None, [], []
    for visit in range(1, visits + 1):
        scanner.start(lambda code: codes.__setitem__(0, codes[0] + 1))
        seen = _wait_for(scanner, pictures * visit // visits, seen)
        reader = reader or scanner.process_id
        if reader is None or scanner.process_id != reader:
            raise RuntimeError("the reading process was replaced")
        child.append(usage_of(reader))
        parent.append(usage_of(os.getpid()))
        scanner.stop()
    warm, end = child[WARM_VISITS - 1], child[-1]
    return {
        "pictures": seen,
        "visits": visits,
        "codes_told": codes[0],
        "pictures_per_s": round(seen / (time.monotonic() - began_s), 1),
        "threads_grown": max(0, end.threads - warm.threads),
        "handles_grown": max(0, end.handles - warm.handles),
        "memory_grown_mib": round(max(0.0, end.memory_mib - warm.memory_mib), 2),
        "memory_warm_mib": round(warm.memory_mib, 1),
        "memory_end_mib": round(end.memory_mib, 1),
        "parent_threads_grown": max(0, parent[-1].threads - parent[WARM_VISITS - 1].threads),
        "parent_handles_grown": max(0, parent[-1].handles - parent[WARM_VISITS - 1].handles),
    }


def _wait_for(scanner: Scanner, pictures: int, seen: int) -> int:
    """Until so many pictures have been used; their number rises over the visits."""
    pause = threading.Event()
    until_s = time.monotonic() + STEP_WAIT_MAX_S
    while seen < pictures:
        if time.monotonic() > until_s:
            raise RuntimeError(f"{seen} pictures, and then none: {scanner.state}")
        newest = scanner.preview(seen)
        if newest is not None:
            seen = newest.sequence
        pause.wait(0.05)
    return seen


def run(quick: bool) -> dict[str, object]:
    """The benchmark's object."""
    figures = soak(PICTURES[quick], VISITS[quick])
    return {
        "name": "scanner_soak",
        "reference": f"the same process after {WARM_VISITS} visits",
        "figures": figures,
        "ratio": {
            "memory": round(_number(figures, "memory_end_mib") / _number(figures, "memory_warm_mib"), 3)
        },
        "reach": REACH,
    }


def _number(figures: dict[str, object], key: str) -> float:
    value = figures[key]
    assert isinstance(value, float)
    return value


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pictures and visits")
    print(json.dumps(run(parser.parse_args().quick), indent=1))


if __name__ == "__main__":
    main()
