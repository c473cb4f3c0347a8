"""`edge-agent`: the agent of a terminal, the collector of a hospital, and what they know.

Exit codes: 0 done, 1 failed, 2 bad usage or input. Each part is imported only when it is asked for.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from edge_agent.collector.database import POSTGRESQL, DatabaseFailure
from edge_agent.settings import AgentSettings, CollectorSettings
from kiosk.settings import SettingsError, load

DONE, FAILED, BAD_INPUT = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except SettingsError as exc:
        return _failed(str(exc), BAD_INPUT, options.json)
    except (DatabaseFailure, sqlite3.Error, OSError) as exc:
        return _failed(f"{type(exc).__name__}: {exc}", FAILED, options.json)


def _run(options: argparse.Namespace) -> int:
    from edge_agent.agent import Agent
    from edge_agent.log import log_to_stdout
    from edge_agent.stop import StopSignal
    from kiosk.journal import JournalError

    config = load(options.config, AgentSettings)
    log_to_stdout()
    try:
        with StopSignal() as stop:
            Agent(config, stop).run()
    except JournalError as exc:
        return _failed(str(exc), FAILED, options.json)
    return DONE


def _collect(options: argparse.Namespace) -> int:
    from edge_agent.collector.collector import Collector
    from edge_agent.log import log_to_stdout
    from edge_agent.stop import StopSignal

    config = load(options.config, CollectorSettings)
    log_to_stdout()
    with StopSignal() as stop:
        Collector(config, stop).run(lambda port: _say_page(config.web.host, port))
    return DONE


def _say_page(host: str, port: int) -> None:
    print(json.dumps({"page": f"http://{host}:{port}/"}), flush=True)


def _report(options: argparse.Namespace) -> int:
    from edge_agent.collector.heard import heard
    from edge_agent.collector.store import Store

    db = options.db or load(options.config, CollectorSettings).db
    if _no_such_file(db):
        return _failed(f"{db}: no such database", BAD_INPUT, options.json)
    with closing(Store(db, read_only=True)) as store:
        match options.what:
            case "devices":
                rows = [row for row in heard(store) if options.device in (None, row["device"])]
            case "transactions":
                rows = store.transactions(options.device, options.limit)
            case "streams":
                rows = store.streams()
            case "gaps":
                rows = store.gaps()
            case _:
                rows = store.quarantined(options.limit)
    _print_rows(options.what, rows, options.json)
    return DONE


def _release(options: argparse.Namespace) -> int:
    from edge_agent.collector.store import Store, utc_text

    if _no_such_file(options.db):
        return _failed(f"{options.db}: no such database", BAD_INPUT, options.json)
    with closing(Store(options.db)) as store, store.transaction():
        released = store.release(options.device, options.epoch, options.skip, utc_text())
    if not released:
        text = f"no stream of {options.device} with epoch {options.epoch} is held"
        return _failed(text, FAILED, options.json)
    _print_rows("released", [{"device": options.device, "epoch": options.epoch}], options.json)
    return DONE


def _no_such_file(db: str) -> bool:
    return not db.startswith(POSTGRESQL) and not Path(db).is_file()


def _print_rows(what: str, rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps({what: rows}, ensure_ascii=False))
        return
    for row in rows:
        print("  ".join(f"{name}={_words(value)}" for name, value in row.items() if value not in (None, [])))
    print(f"{len(rows)} {what}")


def _words(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _failed(text: str, code: int, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"ok": False, "error": text}, ensure_ascii=False))
    else:
        print(f"edge-agent: error: {text}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edge-agent", description="The link between terminals and hospital."
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Any, help_text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.add_argument("--json", action="store_true", help="answer for programs")
        added.set_defaults(command=run)
        return added

    for name, run, help_text in (
        ("run", _run, "The agent of a terminal, in the foreground."),
        ("collect", _collect, "The collector of a hospital, in the foreground."),
    ):
        added = command(name, run, help_text)
        added.add_argument("--config", type=Path, required=True, metavar="FILE")
    report = command("report", _report, "What the collector's database says.")
    report.add_argument("what", choices=("devices", "transactions", "streams", "gaps", "quarantine"))
    books = report.add_mutually_exclusive_group(required=True)
    books.add_argument("--db", metavar="DB", help="file or postgresql:// address")
    books.add_argument(
        "--config", type=Path, metavar="FILE", help="the collector's, which names its database"
    )
    report.add_argument("--device", metavar="SITE/DEVICE", help="devices or transactions: of one terminal")
    report.add_argument("--limit", type=int, default=1000, metavar="ROWS")
    release = command("release", _release, "Let a held stream go on, after a person has looked at it.")
    release.add_argument("--db", required=True, metavar="DB", help="file or postgresql:// address")
    release.add_argument("--device", required=True, metavar="SITE/DEVICE")
    release.add_argument("--epoch", required=True)
    release.add_argument("--skip", action="store_true", help="give up the entry at which it was held")
    return parser


if __name__ == "__main__":
    sys.exit(main())
