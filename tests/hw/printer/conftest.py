"""Papers of invented patients, the fonts to print them with, and a reader of receipt bytes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "parts"))

from hw.printer import Columns, Cut, Document, Feed, Qr, Rule, Text
from hw.printer._grid import face_number
from hw.printer.document import marked

NOTO = Path("/usr/share/fonts/opentype/noto")


@pytest.fixture(scope="session")
def fonts() -> tuple[Path, Path]:
    """Regular and bold, as Debian installs them."""
    regular, bold = NOTO / "NotoSansCJK-Regular.ttc", NOTO / "NotoSansCJK-Bold.ttc"
    if not regular.is_file() or not bold.is_file():
        pytest.skip("fonts-noto-cjk is not installed")
    return regular, bold


@pytest.fixture(scope="session")
def few(fonts: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Faces with the characters of these papers only: reading the whole ones takes a second each time."""
    from fontTools import subset

    folder = tmp_path_factory.mktemp("faces")
    for font_path in fonts:
        font = subset.load_font(font_path, subset.Options(font_number=face_number(font_path)))
        subsetter = subset.Subsetter()
        subsetter.populate(
            text="示例市第一医院姓名测𬎆㛃龘男岁居民身份证件统筹基金个人现大写壹拾玖元肆角分付流水末四位盒甲咨询"
            "补打次费用项目￥×·…〓",
            unicodes=range(32, 127),
        )
        subsetter.subset(font)
        font.save(folder / f"{font_path.stem}.otf")
    regular, bold = (folder / f"{font_path.stem}.otf" for font_path in fonts)
    return regular, bold


@pytest.fixture
def statement() -> Document:
    """A short settlement statement with everything that has broken printers before: ￥, ×, …, rare names."""
    return Document(
        "80mm",
        "门诊医疗费用结算单 7F3A-9C21",
        (
            Text("示例市第一医院", align="center", bold=True, double=True),
            Text("Outpatient Settlement Statement", align="center"),
            Rule("="),
            Columns("姓名 Name", "测*𬎆㛃龘   男 M   36岁"),
            Columns("证件 ID", "居民身份证 9901**********001X"),
            Rule(),
            Columns("  统筹基金 Pooled fund", "40.56"),
            Columns("  个人现金 Paid by you today", "¥19.44", bold=True),
            Text("  (大写) 壹拾玖元肆角肆分"),
            Columns("支付流水 Channel No", "…8842 (末四位)"),
            Text("盒 2 × 12.50   甲·0%  $ \\"),
            Rule("."),
            Qr("KC1:990100:K07:7F3A9C21"),
            Text("咨询 Help 0990-000000", align="right"),
            Feed(2),
            Cut(),
        ),
    )


@pytest.fixture
def papers(statement: Document) -> dict[str, Document]:
    """One paper for each thing that has to come out right, by name of its golden file."""
    strip = {
        "long_names": (
            Columns("姓名 Name", "阿卜杜热合曼*买买提依明·吐尔逊   女 F   102岁"),
            Columns("诊断 Diagnosis", "急性支气管炎伴有喘息、发热待查及其他说明很长的诊断名称(门诊)"),
            Text("注射用头孢哌酮钠舒巴坦钠(3:1) Cefoperazone Sodium and Sulbactam Sodium for Injection"),
            Text("  退回微信支付 WeChat Pay, original route, within three working days", bold=True),
        ),
        "rare_characters": (
            Columns("姓名 Name", "测*𬎆㛃龘 𠮷野家 㐀䶵"),
            Text("〇 ￥ ¥ € · × … ★ ※ ㎡ ℃ ① Ⅳ ㈠ 〓", double=True),
            Text("𬱖𬺈𫖯𫍯𪩘", align="center", bold=True),
        ),
        "amounts": (
            Columns("  统筹基金 Pooled fund", "0.00"),
            Columns("费用总额 Total", "99,999,999.99", bold=True),
            Columns("个人现金 Cash", "￥0.01"),
            Columns("退款 Refund", "-1,440.00"),
            Text("  (大写) 玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
            Rule("="),
            Columns("合计", "12.50", bold=True),
        ),
        "codes": (
            Qr("KC1:990100:K07:7F3A9C21"),
            Text("KC1:990100:K07:7F3A9C21", align="center"),
            Qr("票据代码=99060126&票据号码=0099887766&校验码=a1b2c3&金额=86.40&" + "x" * 200),
        ),
    }
    cut = (Feed(2), Cut())
    return {
        "statement": statement,
        "statement_copy": marked(statement, 3),
        **{name: Document("80mm", name, (*lines, *cut)) for name, lines in strip.items()},
    }


@pytest.fixture
def sheets(statement: Document) -> dict[str, Document]:
    """The same in the sizes of a ward printer, and a list over several pages."""
    names = (f"{number:03} 注射用头孢哌酮钠 5.00 × 2 盒   甲·0%" for number in range(60))
    rows = (Text("费用明细清单", align="center", bold=True), *(Columns(name, "10.00") for name in names))
    return {
        "statement_a4": replace(statement, paper="A4"),
        "statement_a5_copy": marked(replace(statement, paper="A5"), 1),
        "list_a5_copy": marked(Document("A5", "list", (*rows, Feed(6), Cut())), 2),
    }


@pytest.fixture(scope="session")
def read_back() -> Callable[[bytes], list[str]]:
    return _read_back


def _read_back(job: bytes) -> list[str]:
    """The job as lines, styles in brackets. Fails on any byte that the reference does not explain."""
    return list(_lines_of(job))


_COMMANDS = (
    (rb"\x1b@", lambda match: "[initialise]\n"),
    (rb"\x1da(.)", lambda match: f"[reports {match[1][0]}]\n"),
    (rb"\x1bR(.)", lambda match: f"[characters {match[1][0]}]\n"),
    (rb"\x1c&", lambda match: "[hanzi]\n"),
    (rb"\x1bE(.)", lambda match: "<b>" if match[1][0] & 1 else "</b>"),
    (rb"\x1d!(.)", lambda match: f"<{(match[1][0] >> 4) + 1}x{(match[1][0] & 15) + 1}>"),
    (rb"\x1ba(.)", lambda match: f"[align {['left', 'center', 'right'][match[1][0]]}]\n"),
    (rb"\x1bd(.)", lambda match: f"[feed {match[1][0]}]\n"),
    (rb"\x1dVB(.)", lambda match: "[cut]\n"),
    (rb"\n", lambda match: "\n"),
)


def _lines_of(job: bytes) -> Iterator[str]:
    text, at = "", 0
    while at < len(job):
        if job.startswith(b"\x1d(k", at):
            length = job[at + 3] + 256 * job[at + 4]
            body = job[at + 5 : at + 5 + length]
            assert len(body) == length
            assert body[0] == 49
            text += f"[qr {body[1]} {body[2:].decode('ascii', 'backslashreplace')!r}]\n"
            at += 5 + length
            continue
        for pattern, shown in _COMMANDS:
            if match := re.compile(pattern, re.DOTALL).match(job, at):
                text += shown(match)
                at = match.end()
                break
        else:
            size = _character_size(job, at)
            text += job[at : at + size].decode("gb18030")
            at += size
    yield from text.splitlines()


def _character_size(job: bytes, at: int) -> int:
    """GB18030-2005: one byte, two, or four when the second is a digit."""
    first = job[at]
    if 0x20 <= first < 0x7F:
        return 1
    assert 0x81 <= first <= 0xFE, f"byte {first:#x} at {at} is neither a command nor a character"
    return 4 if 0x30 <= job[at + 1] <= 0x39 else 2
