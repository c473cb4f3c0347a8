"""The command line. Every command imports its own room only when it is called.

Exit codes: 0 done, 1 failed, 2 bad usage or input. `--json` is for machines.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

NOT_ON_TERMINALS = ("kiosk.sandbox", "kiosk.simulate")
"""Rooms that a terminal's wheel leaves out."""

Command: TypeAlias = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Parse and run one command."""
    arguments = parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except ModuleNotFoundError as exc:
        if exc.name is None or not exc.name.startswith(NOT_ON_TERMINALS):
            raise
        print("kiosk: error: this command is not part of a terminal's installation", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read our output has enough. Python would complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def parser() -> argparse.ArgumentParser:
    """The whole grammar, also for the table in the documents."""
    root = argparse.ArgumentParser(prog="kiosk", description="The self-service terminal of a hospital.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    _run(commands)
    _demo(commands)
    _sandbox(commands)
    _doctor(commands)
    _card(commands)
    _scan(commands)
    _benefits(commands)
    _simulate(commands)
    _catalogue(commands)
    _journal(commands)
    _ui(commands)
    _hospital(commands)
    return root


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add(
    commands: Commands, name: str, help_text: str, command: Command, *, json: bool = True
) -> argparse.ArgumentParser:
    one = commands.add_parser(name, help=help_text, description=help_text)
    one.set_defaults(command=command)
    if json:
        one.add_argument("--json", action="store_true", help="one JSON value for machines")
    return one


def _group(commands: Commands, name: str, help_text: str) -> Commands:
    one = commands.add_parser(name, help=help_text, description=help_text)
    return one.add_subparsers(required=True, metavar="COMMAND")


def _run(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from kiosk.run import run_command

        return run_command(a.config)

    one = _add(commands, "run", "the terminal", command, json=False)
    one.add_argument("--config", type=Path, required=True)


def _demo(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from kiosk.sandbox.demo.command import demo_command

        return demo_command(a.out, headless=a.headless, scenario=a.scenario, as_json=a.json)

    one = _add(commands, "demo", "a hospital in a box and the terminal before it", command)
    one.add_argument("--headless", action="store_true", help="drive the visits without a display and exit")
    one.add_argument("--out", type=Path, default=Path("var/demo"))
    one.add_argument("--scenario", type=Path, help="one journey file in place of all")


def _sandbox(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from kiosk.sandbox.command import sandbox_command

        return sandbox_command(a.config)

    one = _add(
        commands, "sandbox", "the hospital in a box; its URLs as JSON on the first line", command, json=False
    )
    one.add_argument("--config", type=Path)


def _doctor(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from kiosk.doctor import doctor_command

        return doctor_command(a.config, as_json=a.json)

    one = _add(commands, "doctor", "check devices, peers, files, clock; one row each", command)
    one.add_argument("--config", type=Path, required=True)


def _card(commands: Commands) -> None:
    def read(a: argparse.Namespace) -> int:
        from hw.card.command import read_command

        return read_command(a.reader, as_json=a.json, show_person=a.show_person)

    def diagnose(a: argparse.Namespace) -> int:
        from kiosk.card_check import card_check_command

        return card_check_command(
            as_json=a.json, reader=a.reader, times=a.times, config_path=a.config, on_paper=a.print
        )

    def pin(a: argparse.Namespace) -> int:
        from hw.card.pin_command import pin_command

        return pin_command(a.reader, as_json=a.json, use_last_try=a.use_last_try)

    group = _group(commands, "card", "read or diagnose a social-security card, check its PIN")
    one = _add(group, "read", "one card, typed fields or a typed failure", read)
    one.add_argument("--reader", help="a reader's name or a part of it")
    one.add_argument("--show-person", action="store_true", help="show the person unmasked")
    one = _add(
        group, "diagnose", "service, reader, card, account: one row each, and the card's quality", diagnose
    )
    one.add_argument("--reader", help="a reader's name, a part of it or a pattern")
    one.add_argument("--times", type=int, default=3, help="reads to measure the card by (default 3)")
    one.add_argument("--config", type=Path, help="the terminal's configuration: readers, agency, printer")
    one.add_argument(
        "--print", action="store_true", help="a slip from the terminal's printer (with --config)"
    )
    one = _add(group, "pin", "the holder's PIN, typed unseen: right or not, and tries left", pin)
    one.add_argument("--reader", help="a reader's name or a part of it")
    one.add_argument("--use-last-try", action="store_true", help="also when it may block the PIN")


def _scan(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from hw.scanner.command import scan_command

        return scan_command(a.paths, a.max_side, as_json=a.json)

    one = _add(commands, "scan", "QR codes in pictures, folders or videos", command)
    one.add_argument("paths", nargs="+", metavar="PATH")
    one.add_argument("--max-side", type=int, help="scale pictures down to this many pixels first")


def _benefits(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from kiosk.sandbox.benefits.command import benefits_command

        return benefits_command(a.cases, a.policy, as_json=a.json)

    group = _group(commands, "benefits", "the sandbox's benefit engine")
    one = _add(group, "check", "compute worked examples", command)
    one.add_argument("cases", type=Path, metavar="CASES.json")
    one.add_argument("--policy", type=Path, metavar="FILE.toml")


def _simulate(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from kiosk.simulate.command import simulate_command

        return simulate_command(a.runs, a.seed, a.mutate, schedules=a.schedules, as_json=a.json)

    one = _add(commands, "simulate", "the money machine under faults and crashes", command)
    one.add_argument("--runs", type=int, default=20_000)
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--mutate", metavar="NAME", help="a deliberately wrong terminal, to be found")
    one.add_argument("--schedules", type=int, metavar="N", help="also every schedule with at most N faults")


def _catalogue(commands: Commands) -> None:
    def imports(a: argparse.Namespace) -> int:
        from kiosk.catalogue.command import import_command

        return import_command(a.files, a.db, a.maker, as_json=a.json)

    def approve(a: argparse.Namespace) -> int:
        from kiosk.catalogue.command import approve_command

        return approve_command(a.db, a.checker, as_json=a.json)

    def search(a: argparse.Namespace) -> int:
        from kiosk.catalogue.command import search_command

        return search_command(a.db, a.query, a.limit, as_json=a.json)

    def diff(a: argparse.Namespace) -> int:
        from kiosk.catalogue.command import diff_command

        return diff_command(a.db, as_json=a.json)

    group = _group(commands, "catalogue", "the price list")
    one = _add(group, "import", "read files into a pending version", imports)
    one.add_argument("files", nargs="+", type=Path, metavar="FILE")
    one.add_argument("--db", type=Path, required=True)
    one.add_argument("--maker", default="import", help="who made it; somebody else approves")
    one = _add(group, "approve", "let the pending version go live", approve)
    one.add_argument("--db", type=Path, required=True)
    one.add_argument("--checker", required=True, help="who checked it; not the maker")
    one = _add(group, "search", "hits for a name, initials or a code", search)
    one.add_argument("--db", type=Path, required=True)
    one.add_argument("query", metavar="QUERY")
    one.add_argument("--limit", type=int, default=20)
    one = _add(group, "diff", "what the pending version changes", diff)
    one.add_argument("--db", type=Path, required=True)


def _journal(commands: Commands) -> None:
    def verify(a: argparse.Namespace) -> int:
        from kiosk.journal.command import verify_command

        return verify_command(a.db, as_json=a.json)

    def export(a: argparse.Namespace) -> int:
        from kiosk.journal.command import export_command

        return export_command(a.db, as_json=a.json, settlement=a.settlement, after_seq=a.after)

    def show(a: argparse.Namespace) -> int:
        from kiosk.journal.command import show_command

        return show_command(a.db, as_json=a.json, settlement=a.settlement, kind=a.kind, after_seq=a.after)

    group = _group(commands, "journal", "check and read the log")
    _add(group, "verify", "check the hash chain", verify).add_argument("db", type=Path, metavar="DB")
    shows = _add(group, "show", "entries for reading; sealed fields hidden", show)
    shows.add_argument("--kind", help="only entries of this kind")
    for one in (shows, _add(group, "export", "entries with the bytes that were hashed", export)):
        one.add_argument("db", type=Path, metavar="DB")
        one.add_argument("--settlement", metavar="ID", help="only this attempt or refund")
        one.add_argument("--after", type=int, default=0, metavar="SEQ", help="only entries after this one")


def _ui(commands: Commands) -> None:
    def shots(a: argparse.Namespace) -> int:
        from kiosk.ui.shots import shots_command

        return shots_command(a.out, a.role, a.lang, a.mode, as_json=a.json)

    def audit(a: argparse.Namespace) -> int:
        from kiosk.ui.audit import audit_command

        return audit_command(as_json=a.json)

    group = _group(commands, "ui", "render and audit the screens")
    one = _add(group, "shots", "every screen as a picture", shots)
    one.add_argument("--out", type=Path, required=True)
    one.add_argument("--role", choices=("self_service", "price_inquiry"), default="self_service")
    one.add_argument("--lang", choices=("zh", "en"), default="zh")
    one.add_argument("--mode", choices=("light", "dark", "contrast"), default="light")
    _add(group, "audit", "rule violations of all screens", audit)


def _hospital(commands: Commands) -> None:
    def command(a: argparse.Namespace) -> int:
        from kiosk.hospital.command import conformance_command

        return conformance_command(a.url, a.fixtures, as_json=a.json, ca=a.ca, certificate=a.cert, key=a.key)

    group = _group(commands, "hospital", "for hospitals that serve our interface")
    one = _add(group, "conformance", "prove a HIS from outside", command)
    one.add_argument("--url", required=True)
    one.add_argument("--fixtures", type=Path, help="bills to work with; the sandbox makes its own")
    for name, text in (("ca", "the hospital's CA"), ("cert", "our certificate"), ("key", "its key")):
        one.add_argument(f"--{name}", type=Path, help=text)


if __name__ == "__main__":
    sys.exit(main())
