"""Sign what terminals without a controller fetch: playbooks, inventory, and bundles beside them.

    python deploy/bundle/sign_source.py --key FILE --inventory deploy/ansible/inventories/ours --out FOLDER

Exit 0 made, 1 not made, 2 bad usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk_bundle.bundle import read_key
from kiosk_bundle.errors import BundleError
from kiosk_bundle.source import serial_of, write_source

ANSIBLE = Path(__file__).resolve().parents[1] / "ansible"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one source; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        serial = options.serial if options.serial is not None else serial_of(options.out) + 1
        write_source(
            ANSIBLE,
            options.inventory,
            options.out,
            read_key(options.key),
            serial=serial,
            bundles=options.bundle,
        )
    except (BundleError, OSError) as exc:
        print(f"source: error: {exc}", file=sys.stderr)
        return 1
    print(f"{options.out}: number {serial}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sign_source", description="Sign what terminals fetch.")
    parser.add_argument("--key", type=Path, required=True, help="the signer's private key (Ed25519, PEM)")
    parser.add_argument(
        "--inventory", type=Path, required=True, metavar="DIR", help="the hospital's inventory"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the source; replaced as a whole"
    )
    parser.add_argument("--serial", type=int, help="its number; default: one more than that of the one there")
    parser.add_argument(
        "--bundle", type=Path, action="append", default=[], metavar="DIR", help="a bundle to lay beside it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
