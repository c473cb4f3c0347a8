"""A credential is never kept: journal, log and papers of whole visits are searched for all that names one.

The search is shown to work by a leak that is planted.
"""

from __future__ import annotations

import gc
import io
import logging
import subprocess

import pytest
from journeys_hands import card_of
from journeys_panel import Panel, at_the_code, at_the_split, home_again, identified

from hw.printer.pdf import PdfPrinter
from kiosk import assets
from kiosk.domain.person import Credential
from kiosk.journeys.views import Bills, Finished, Home, Identify, NotPossible, Pay, Who, WhoPays
from kiosk.sandbox.persons import BY_ID

pytestmark = pytest.mark.clause("S3-8.1.12", "S0-1.9")


def secrets_of(person_id: str, *codes: str) -> tuple[str, ...]:
    """Everything that names a person or opens their insurance."""
    person = BY_ID[person_id]
    assert person.card is not None
    return (person.cert_no, person.name, person.card.card_no, person.card.card_id, person.psn_no, *codes)


def found_in(data: bytes, secrets: tuple[str, ...]) -> list[str]:
    """Which of the secrets stand in some bytes, in the codings that a terminal writes."""
    hits = []
    for secret in secrets:
        forms = {secret.encode(), secret.encode("gb18030"), secret.encode("utf-16-le")}
        forms |= {secret.encode("unicode_escape"), secret.lower().encode()}
        hits += [secret for form in forms if form in data]
    return hits


def folder_bytes(folder) -> bytes:
    """All bytes of all files of a folder, the journal's write-ahead log and keys included."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def log():
    """What the terminal logs, at its most talkative."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
async def paper_panel(hospital, till, tmp_path):
    """A terminal that prints PDF files."""
    fonts = assets.path("fonts")
    regular, bold = fonts / "NotoSansSC-Regular.otf", fonts / "NotoSansSC-Bold.otf"
    if not regular.exists():
        pytest.skip("the fonts are made by `make setup`")
    folder = tmp_path / "papers"
    folder.mkdir()
    made = Panel(hospital, till, printer=PdfPrinter(folder, regular, bold))
    made.open()
    yield made
    await made.close()


def paper_words(folder) -> str:
    """The text of all PDF files."""
    return "".join(
        subprocess.run(
            ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True
        ).stdout.decode()
        for path in sorted(folder.glob("*.pdf"))
    )


async def test_visits_with_card_and_code_leave_no_credential_behind(
    hospital, paper_panel, phone, till, tmp_path, log
):
    panel = paper_panel
    hospital.bill_of("zhang")
    hospital.plan("2207", "lost_after")
    await at_the_code(panel, "zhang")
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)

    digits = hospital.agency.issue_code("ayi")
    tokens = await settle_by_code(hospital, panel, phone, "ayi", digits)

    words = paper_words(tmp_path / "papers")
    assert "张*国" in words
    secrets = (*secrets_of("zhang"), *secrets_of("ayi", digits, *tokens))
    assert len(panel.attempts) == 2
    assert found_in(folder_bytes(till.folder), secrets) == []
    assert found_in(log.getvalue().encode(), secrets) == []
    assert found_in(words.encode(), secrets) == []
    assert found_in(folder_bytes(tmp_path / "papers"), secrets) == []
    assert len(words) > 1000, "there was something to search"
    assert b"settlement.committed" in folder_bytes(till.folder)


async def settle_by_code(hospital, panel, phone, person, digits):
    """A visit with a code; the token that the code turned into."""
    tokens: list[str] = []
    issue = hospital.agency.issue_token

    def issued(person_id: str) -> str:
        tokens.append(issue(person_id))
        return tokens[-1]

    hospital.agency.issue_token = issued
    hospital.bill_of(person)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("settle")
    await panel.see(Identify)
    panel.scanner.show(digits)
    await panel.see(Who)
    panel.touch("yes")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(WhoPays, lambda view: not view.busy)
    panel.touch("pay")
    await panel.see(Pay)
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    assert tokens
    return tokens


async def test_refusals_and_breakdowns_name_nobody_either(hospital, panel, phone, till, log):
    """The agency's refusal repeats the name, and a card names another person than the agency does."""
    hospital.bill_of("zhang")
    name = BY_ID["zhang"].name
    hospital.faults["agency"].plan("2206", "refuse", text=f"人员{name}证件{BY_ID['zhang'].cert_no}待遇异常")
    await identified(panel, "zhang")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(NotPossible)
    panel.touch("finish")
    await home_again(panel)
    hospital.faults["his"].plan("lease", "refuse", text=f"{name} is in debt")
    await identified(panel, "zhang")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(NotPossible)
    panel.touch("finish")
    await home_again(panel)
    hospital.faults["agency"].plan("1101", "refuse", text=f"{name}的卡已挂失")
    panel.reader.insert(card_of("zhang"))
    await panel.see(NotPossible)
    panel.touch("finish")
    await home_again(panel)
    panel.reader.insert(card_of("zhang", name="李卫国"))
    await panel.see(NotPossible)
    panel.touch("finish")
    await home_again(panel)
    secrets = (*secrets_of("zhang"), "李卫国")
    assert found_in(folder_bytes(till.folder), secrets) == []
    assert found_in(log.getvalue().encode(), secrets) == []
    assert found_in("".join(repr(view) for view in panel.views).encode(), secrets) == []


async def test_an_open_attempt_in_the_journal_names_nobody_to_a_thief_of_the_journal(hospital, panel, till):
    """The journal without its keys; they are in `open.db` for as long as the attempt is open."""
    hospital.bill_of("zhang")
    await at_the_code(panel, "zhang")
    journal = b"".join(path.read_bytes() for path in till.folder.glob("journal.db*"))
    assert found_in(journal, secrets_of("zhang")) == []
    assert found_in(folder_bytes(till.folder), secrets_of("zhang")) == []


def credentials_in_memory() -> list[Credential]:
    """Every credential that something still refers to; asked by `type`, as a dead proxy answers no other."""
    gc.collect()
    return [one for one in gc.get_objects() if type(one) is Credential]


async def test_after_a_visit_nothing_in_memory_leads_to_the_credential(hospital, panel, phone, till):
    of_other_tests = credentials_in_memory()
    hospital.bill_of("zhang")
    await at_the_code(panel, "zhang")
    known = {id(one) for one in of_other_tests}
    assert any(id(one) not in known for one in credentials_in_memory())
    assert phone.pay()
    await panel.see(Finished)
    await home_again(panel)
    panel.reader.result = None
    assert [one for one in credentials_in_memory() if id(one) not in known] == []


async def test_a_planted_leak_is_seen(hospital, panel, phone, till, log):
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    person = BY_ID["zhang"]
    logging.getLogger("kiosk").info("a careless line about %s", person.name)
    till.journal.append("careless", {"who": person.cert_no})
    assert found_in(log.getvalue().encode(), secrets_of("zhang")) == [person.name]
    assert found_in(folder_bytes(till.folder), secrets_of("zhang")) == [person.cert_no]
