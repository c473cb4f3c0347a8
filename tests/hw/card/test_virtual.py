"""The virtual reader itself: private, several at a time, gone with its owner."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hw.card.apdu import Channel
from hw.card.application import read_application
from hw.card.virtual import PROFILES, CardPerson, VirtualCard, VirtualReader, VirtualReaderHand, invent
from hw.card.virtual.__main__ import main

READ_ONE = "from hw.card.command import read_command; raise SystemExit(read_command(None, True, True))"
OWN_ONE = """
from hw.card.virtual import VirtualReader
reader = VirtualReader().start()
print(reader.directory, flush=True)
import sys; sys.stdin.read()
"""


def read_in_another_process(reader: VirtualReaderHand) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", READ_ONE], env={**os.environ, **reader.env()}, capture_output=True, timeout=200
    )
    fields: dict[str, object] = json.loads(done.stdout)
    return fields


def test_two_readers_side_by_side_hold_two_cards(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    with VirtualReader() as second:
        second.insert(invent(2))
        assert read_in_another_process(second)["card_no"] == "Y00000002"
        assert read_in_another_process(virtual)["card_no"] == "Y00000001"


def test_a_process_can_move_to_another_reader(virtual: VirtualReader, read: Callable[[], object]) -> None:
    with VirtualReader() as second:
        second.insert(invent(2))
        second.serve_this_process()
        assert getattr(read(), "card_no", None) == "Y00000002"


def test_nothing_listens_outside_the_private_network(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    ports = {35963, 35964}
    heard = [
        c for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN and c.laddr.port in ports
    ]
    assert heard == []


def test_another_process_can_move_cards_by_directory_alone(virtual: VirtualReader) -> None:
    hand = VirtualReaderHand(virtual.directory)
    hand.insert(invent(3))
    assert read_in_another_process(hand)["card_no"] == "Y00000003"
    hand.remove()
    assert read_in_another_process(hand)["code"] == "no_card"


@pytest.mark.parametrize("end", ["close", "kill"])
def test_everything_ends_with_its_owner(end: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWN_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    assert owner.stdin is not None
    assert owner.stdout is not None
    with owner.stdin, owner.stdout:
        directory = owner.stdout.readline().decode().strip()
        family = psutil.Process(owner.pid).children(recursive=True)
        assert any(process.name() == "pcscd" for process in family)
        if end == "kill":
            owner.kill()
        else:
            owner.stdin.close()
        _, alive = psutil.wait_procs(family, timeout=200)
    owner.wait()
    assert alive == []
    assert not Path(directory).exists()


def test_a_closed_reader_leaves_no_directory() -> None:
    with VirtualReader() as reader:
        directory = reader.directory
        assert directory.exists()
    reader.close()
    assert not directory.exists()


def test_a_user_without_rights_can_have_one() -> None:
    script = (
        "import os\n"
        "from hw.card.virtual import VirtualReader, invent\n"
        "with VirtualReader() as reader:\n"
        "    reader.insert(invent(1)); print(os.geteuid(), reader.commands())\n"
    )
    command = ["unshare", "--map-user=1000", "--map-group=1000", sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, timeout=200, text=True)
    assert (done.stdout.strip(), done.stderr) == ("1000 []", "")


def test_importing_the_room_does_not_load_the_pcsc_binding() -> None:
    script = "import sys, hw.card, hw.card.command, hw.card.virtual; print('smartcard' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=200, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_requests_that_make_no_sense_are_refused(virtual: VirtualReader) -> None:
    with pytest.raises(RuntimeError, match="no such card"):
        virtual.insert(invent(1), "no such profile")
    with pytest.raises(RuntimeError, match="slots are"):
        virtual.insert(invent(1), slot=2)
    with pytest.raises(RuntimeError, match="no card"):
        virtual.commands()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("version", ["1.00", "2.00", "3.00"])
def test_every_profile_is_a_card_of_every_version(profile: str, version: str) -> None:
    card = VirtualCard(invent(1, ssc_version=version), profile)
    assert card.answer(bytes.fromhex("0084000008")) is None or card.received == [bytes.fromhex("00840000")]


def test_a_card_refuses_what_it_does_not_know(channel_to: Callable[[VirtualCard], Channel]) -> None:
    card = channel_to(VirtualCard(invent(1)))
    assert card.transmit(bytes.fromhex("00D6000001FF")) == b"\x6d\x00"
    assert card.transmit(bytes.fromhex("00200000")) == b"\x6a\x88"
    assert card.transmit(bytes.fromhex("80B2080014")) == b"\x6e\x00"
    assert card.transmit(bytes.fromhex("00B2080014")) == b"\x69\x86"
    assert card.transmit(bytes.fromhex("00A4040003A00000")) == b"\x6a\x82"
    assert card.transmit(b"\x00") == b"\x67\x00"


def test_people_are_invented_with_right_numbers_in_regions_that_do_not_exist(
    channel_to: Callable[[VirtualCard], Channel],
) -> None:
    for ordinal in range(20):
        person = invent(ordinal)
        assert person.region.startswith("99")
        assert CardPerson.from_fields(person.to_fields()) == person
        assert read_application(channel_to(VirtualCard(person))).warnings == ()


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"name": 1}', '{"name": "x"}', json.dumps({**invent(1).to_fields(), "region": "110101"})],
)
def test_a_file_that_is_no_invented_person_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "person.json"
    file.write_text(text)
    assert main(["--person", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
