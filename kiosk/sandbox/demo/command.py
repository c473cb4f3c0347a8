"""`kiosk demo`: starts the hospital in a box and the agent, runs the ordinary terminal, adds up the books."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from hw.card.virtual.pcscd import SOCKET_VARIABLE
from hw.scanner.film import FilmError
from kiosk import assets
from kiosk.catalogue import CatalogueError
from kiosk.journal import JournalError
from kiosk.sandbox.demo import books, folder, visit
from kiosk.sandbox.demo.children import Child, ChildError, ShortFolder
from kiosk.sandbox.demo.configs import Peers, agent_text, kiosk_text, sandbox_text
from kiosk.sandbox.demo.drive import Driver
from kiosk.sandbox.demo.folder import Folder, FolderError
from kiosk.sandbox.demo.play import Played
from kiosk.sandbox.demo.scenario import Scenario, load
from kiosk.sandbox.demo.steps import ScenarioError
from kiosk.sandbox.demo.summary import Summary, played_line
from kiosk.sandbox.demo.table import Table, TableError
from kiosk.sandbox.link import ROOT

DONE, FAILED, BAD_INPUT = 0, 1, 2

_FAILURES = (ChildError, TableError, JournalError, CatalogueError, FilmError, OSError)

Say = Callable[[str], None]


class Stopped(BaseException):
    """A signal came while nothing else listened to it."""


def demo_command(out: Path, *, headless: bool, scenario: Path | None, as_json: bool) -> int:
    """Play, or let a person play. 0 all books agree, 1 something did not hold, 2 bad input.

    Without a display, with `headless` or with `HEADLESS=1` nothing is shown and the terminal is driven; a
    `scenario` is driven in a window where there is one.
    """
    off_screen = headless or os.environ.get("HEADLESS", "") not in ("", "0") or not _has_display()
    said = sys.stdout

    def say(text: str) -> None:
        if not as_json:
            print(text, file=said, flush=True)

    try:
        scenarios = _scenarios(scenario) if off_screen or scenario else ()
        if (out / "kiosk.toml").exists():
            say(f"{out}: the files of the last run are replaced")
        with _signals_stop(), folder.fresh(out) as place:
            summary = _run(place, scenarios, say, off_screen=off_screen)
    except (ScenarioError, FolderError) as exc:
        print(f"kiosk demo: {exc}", file=sys.stderr)
        return BAD_INPUT
    except _FAILURES as exc:
        print(f"kiosk demo: {exc}", file=sys.stderr)
        return FAILED
    except Stopped:
        print("kiosk demo: stopped by a signal", file=sys.stderr)
        return FAILED
    summary.write()
    for line in summary.lines():
        say(line)
    if as_json:
        print(json.dumps(summary.as_json(), ensure_ascii=False), file=said)
    return DONE if summary.ok else FAILED


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _scenarios(one: Path | None) -> tuple[Scenario, ...]:
    files = [one] if one else sorted(assets.path("demo", "scenarios").glob("*.scenario"))
    if not files:
        raise ScenarioError("no scenarios are shipped")
    return tuple(load(file) for file in files)


@contextlib.contextmanager
def _signals_stop() -> Iterator[None]:
    """Until and after the terminal runs, with its own handlers, a signal ends everything in order."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(place: Folder, scenarios: Sequence[Scenario], say: Say, *, off_screen: bool) -> Summary:
    begin_s = time.monotonic()
    with ExitStack() as stack:
        peers = _start(place, stack, on_desktop=not off_screen)
        table = Table(peers.table, peers.collector)
        os.environ[SOCKET_VARIABLE] = peers.pcsc_socket  # read once, by the first PC/SC context
        if off_screen:
            os.environ["SDL_VIDEODRIVER"] = "offscreen"
        driver = Driver(place, table, scenarios, lambda p, s: say(played_line(p, s))) if scenarios else None
        begin = driver.start if driver is not None else lambda: _welcome(say, peers)
        try:
            trouble = _terminal(place, begin)
        finally:
            if driver is not None:
                driver.ended()
        if driver is not None and not driver.finished:
            trouble = trouble or driver.trouble or "the terminal ended before the visits were over"
        if not place.journal.exists():
            raise ChildError(trouble or "the terminal has left no journal")
        played: Sequence[Played] = driver.played if driver is not None else ()
        found = books.collect(place.journal, table)
        attempts = visit.attempts(books.entries(place.journal))
        return Summary(place, played, attempts, found, trouble, time.monotonic() - begin_s)


def _start(place: Folder, stack: ExitStack, *, on_desktop: bool) -> Peers:
    """Files first, then the box, then the agent. What was started ends with `stack`."""
    seal = folder.write_keys(place)
    folder.write_profile(place)
    folder.write_catalogue(place)
    place.sandbox_config.write_text(sandbox_text(place), encoding="utf-8")
    _show_empty_lobby(place)
    stack.callback(place.film.unlink, missing_ok=True)  # the last code shown is on it
    wake = stack.enter_context(ShortFolder()) / "agent.sock"
    box = Child("kiosk sandbox", "kiosk.cli", ["sandbox", "--config", str(place.sandbox_config)],
                place.logs / "sandbox.log")  # fmt: skip
    stack.callback(box.stop)
    peers = Peers(**json.loads(box.first_line()))
    text = kiosk_text(place, peers, seal, wake, on_desktop=on_desktop)
    place.config.write_text(text, encoding="utf-8")
    place.agent_config.write_text(agent_text(place, peers, ROOT, wake), encoding="utf-8")
    agent = Child("edge-agent run", "edge_agent.cli", ["run", "--config", str(place.agent_config)],
                  place.logs / "agent.log")  # fmt: skip
    stack.callback(agent.stop)
    return peers


def _show_empty_lobby(place: Folder) -> None:
    from kiosk.sandbox.box import film

    film(place.film, "")


def _terminal(place: Folder, begin: Callable[[], None]) -> str:
    """`kiosk run`, in this very process; what went wrong, or "". `begin` is called once it runs."""
    from kiosk.run import run_command

    log_file = place.logs / "kiosk.log"
    with (
        log_file.open("w", encoding="utf-8", buffering=1) as log,
        contextlib.redirect_stdout(log),
        _signals_stop(),
    ):
        code = run_command(place.config, lambda _: begin())
    return "" if code == 0 else f"the terminal ended with {code}; see {log_file}"


def _welcome(say: Say, peers: Peers) -> None:
    say(
        "A hospital in a box. Everybody in it is invented, and no real money moves.\n"
        f"  The table with cards, phones and the network's moods: {peers.table}/\n"
        f"  What the hospital hears of it (collector):            {peers.collector}/\n"
        "Touch the screen, or insert a card at the table; approve the payment there. Ctrl-C ends it."
    )
