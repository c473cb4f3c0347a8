"""A terminal with its screen, its reader and its window, killed while money moves, and started again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hw.card.virtual.inside import DRIVER
from kiosk import assets
from kiosk.journal import Journal, verify
from kiosk.sandbox.demo.table import Table

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path(DRIVER).exists(), reason="not installed: vsmartcard-vpcd"),
]

SCREENED = Path(__file__).with_name("screened.py")

SANDBOX = """
[sandbox]
folder = "{folder}/sandbox"
profile = "{folder}/area.toml"
his_answer_delay_max_s = 1
card_reader = true
"""

KIOSK = """
[terminal]
site = "990100"
device = "K01"
institution_code = "H99010000001"
hospital = "示例医院"
hospital_en = "Example Hospital"
place = "门诊楼"
environment = "demo"
[screen]
width_px = 540
height_px = 960
fullscreen = false
[hospital]
url = "{his}"
[payment]
url = "{wallet}"
[insurance]
profile = "{folder}/area.toml"
url = "{agency}"
[settlement]
repeat_pause_first_s = 0.1
[journal]
path = "{folder}/journal/kiosk.db"
hospital_seal_file = "{folder}/seal.pub"
reserve_bytes = 65536
[card]
contact = "*00 00"
[camera]
enabled = false
"""


class Place:
    """One hospital in a box, and a terminal's folder."""

    def __init__(self, folder: Path, urls: dict[str, str]) -> None:
        self.folder = folder
        self.table = Table(urls["table"], "")
        self._urls = urls
        (folder / "kiosk.toml").write_text(KIOSK.format(folder=folder, **urls), encoding="utf-8")
        (folder / "seal.pub").write_bytes(X25519PrivateKey.generate().public_key().public_bytes_raw())

    def life(self, die_after: str = "") -> int:
        """One life of the terminal; how its process ended."""
        env = os.environ | {
            "PCSCLITE_CSOCK_NAME": self._urls["pcsc_socket"],
            "SDL_VIDEODRIVER": "offscreen",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }
        arguments = [
            sys.executable,
            str(SCREENED),
            str(self.folder / "kiosk.toml"),
            self._urls["table"],
            die_after,
        ]
        return subprocess.run(arguments, env=env, timeout=200, check=False, capture_output=True).returncode

    def kinds(self) -> list[str]:
        """What the journal says, in order."""
        path = self.folder / "journal" / "kiosk.db"
        assert verify(path).ok
        with Journal.open(path, hospital_seal=None) as journal:
            assert journal.open_settlements() == ()
            return [entry.kind for entry in journal.entries()]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A fresh hospital whose agency answers within a second or not at all."""
    profile = assets.path("profiles", "990100.toml").read_text(encoding="utf-8")
    quick = re.sub(r"(?m)^answer_delay_max_s = .*$", "answer_delay_max_s = 1.0", profile)
    (tmp_path / "area.toml").write_text(quick, encoding="utf-8")
    (tmp_path / "sandbox.toml").write_text(SANDBOX.format(folder=tmp_path), encoding="utf-8")
    command = [sys.executable, "-m", "kiosk.cli", "sandbox", "--config", str(tmp_path / "sandbox.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        yield Place(tmp_path, json.loads(sandbox.stdout.readline()))
        sandbox.terminate()


@pytest.mark.clause("S2-I.10", "S2-U.3")
def test_a_terminal_killed_with_its_screen_after_the_agency_settled_ends_settled_once(place: Place) -> None:
    place.table.do("card/insert", person="zhang")
    assert place.life(die_after="settlement.settled") == -9
    place.table.do("card/remove")
    assert place.life() == 0
    assert place.kinds()[-1] == "settlement.ended"
    sums = place.table.ledgers()["sums"]
    assert sums["agency"]["total_fen"] == sums["his"]["total_fen"] == 8640
    assert sums["agency"]["cash_fen"] == sums["wallet"]["net_fen"] == 1440


@pytest.mark.clause("S3-6.2.3")
def test_a_terminal_killed_with_its_screen_before_2207_left_gives_the_money_back(place: Place) -> None:
    place.table.do("card/insert", person="zhang")
    assert place.life(die_after="settlement.paid") == -9
    place.table.do("card/remove")
    assert place.life() == 0
    assert "settlement.refunded" in place.kinds()
    sums = place.table.ledgers()["sums"]
    assert sums["agency"]["total_fen"] == sums["his"]["total_fen"] == 0
    assert sums["wallet"]["net_fen"] == 0
    assert sums["wallet"]["paid_fen"] == 1440
