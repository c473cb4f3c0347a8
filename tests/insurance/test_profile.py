"""Area profiles: every key of an example is read by code, and what could not be used is refused by name."""

from __future__ import annotations

import dataclasses
import tomllib
import types
from collections.abc import Iterator

import pytest

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.domain.person import Credential, CredentialKind
from kiosk.insurance import load_profile, profile_path
from kiosk.settings import SettingsError

EXAMPLES = pytest.mark.parametrize(("area", "who"), [("990100", "zhang"), ("990200", "zhao")])


class Watched:
    """A dataclass that remembers which of its fields were read, its own methods and properties included."""

    def __init__(self, value, path: str, read: set[str]) -> None:
        self._value, self._path, self._read = value, path, read

    def __getattr__(self, name: str):
        value, path = self._value, f"{self._path}.{name}" if self._path else name
        found = getattr(type(value), name, None)
        if isinstance(found, types.FunctionType):
            return types.MethodType(found, self)
        if isinstance(found, property):
            return found.fget(self)
        self._read.add(path)
        inner = getattr(value, name)
        return Watched(inner, path, self._read) if dataclasses.is_dataclass(inner) else inner


def leaves(table: dict, path: str = "") -> Iterator[str]:
    for key, value in table.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict) and where != "envelope.extra":
            yield from leaves(value, where)
        else:
            yield where


async def tour(counter) -> None:
    """Every operation once; answers, refusals, a lost answer, and questions for what is not there."""
    client, settled = counter.client, await counter.settled()
    case, msgid = counter.case, counter.msgid
    await client.entitlement(await msgid(), case, "11", counter.day)
    await client.find_settlement(await msgid(), case, settled.msgid)
    await client.settlement(await msgid(), case, "0")
    await client.visits(await msgid(), case, counter.day, counter.day)
    counter.faults.plan("5201", "lost_before")
    assert isinstance(await client.visits(await msgid(), case, counter.day, counter.day), Unknown)
    await client.undo(await msgid(), case, settled.setl_id)
    assert isinstance(await client.undo(await msgid(), case, settled.setl_id), Refused)
    await client.reverse(await msgid(), case, await msgid(), "2207")
    await client.revoke_lines(await msgid(), case, counter.batch)
    await client.revoke_visit(await msgid(), case, counter.bills[0].visit.ipt_otp_no)
    await client.exchange_code("424" + "0" * 25, "01301")
    await client.person(await msgid(), Credential(CredentialKind.CARD, "nobody's"))
    assert isinstance(await client.sign_out(await msgid()), Done)


@EXAMPLES
async def test_every_key_of_an_example_is_read_by_the_client(open_counter, area, who):
    profile, read = load_profile(profile_path(area)), set()
    counter = await open_counter(who, profile=Watched(profile, "", read), agency_profile=profile)
    await tour(counter)
    written = set(leaves(tomllib.loads(profile_path(area).read_text(encoding="utf-8"))))
    assert written - read == set()


@EXAMPLES
def test_an_example_says_everything_that_has_no_default(area, who):
    assert load_profile(profile_path(area)).area.admdvs == area


def edited(tmp_path, old: str, new: str, area: str = "990100"):
    text = profile_path(area).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "area.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("answer_delay_max_s = 60", "answer_delay_max = 60", "did you mean answer_delay_max_s"),
        ("answer_delay_max_s = 60", 'answer_delay_max_s = "60"', "answer_delay_max_s"),
        ("answer_delay_max_s = 60", "answer_delay_max_s = 0", "answer_delay_max_s"),
        ('find_settlement = "5203_no_setl_id"', 'find_settlement = "local_list"', "find_settlement"),
        ('admdvs = "990100"', 'admdvs = "99010"', "admdvs"),
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia/Nowhere"', "time_zone"),
        ('gateway = "none"', 'gateway = "x-tif"', "gateway_paasid"),
        ("answer_max_bytes = 1048576", "answer_max_bytes = 1048577", "answer_max_bytes"),
        ("read_timeout_s = 60", "read_timeout_s = -1", "read_timeout_s"),
        ('input_as = "object"', 'input_as = "xml"', "input_as"),
        ('refund_sign = "negative"', "refund_sign = true", "refund_sign"),
        ("use_account = true", 'use_account = "true"', "use_account"),
        ('infno = "2208"', "infno = 2208", "op.undo.infno"),
        ("[op.undo]", "[op.undoo]", "undoo"),
        ('infno = "2205"', 'infno = "2205"\nanswer = "data"', "op.revoke_lines"),
        ('expired_texts = ["过期", "失效"]', 'expired_texts = ["("]', "expired_texts"),
        ('lost_texts = ["挂失"]', 'lost_texts = ["("]', "lost_texts"),
        ("[order]", "[orders]", "orders"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_with_file_and_key(tmp_path, old, new, named):
    path = edited(tmp_path, old, new)
    with pytest.raises(SettingsError) as refused:
        load_profile(path)
    assert named in str(refused.value)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("missing", ["[money]", 'recer_sys_code = "YBXT"', "use_account = true"])
def test_a_missing_table_or_key_is_named(tmp_path, missing):
    path = edited(tmp_path, missing, "" if missing[0] != "[" else "[order2]")
    with pytest.raises(SettingsError):
        load_profile(path)


def test_the_environment_of_another_program_changes_no_profile(monkeypatch):
    monkeypatch.setenv("KIOSK__AREA__ADMDVS", "110000")
    assert load_profile(profile_path("990100")).area.admdvs == "990100"
