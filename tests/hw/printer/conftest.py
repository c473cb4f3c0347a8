"""Papers of an invented patient, and the fonts to print them with."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw.printer import Columns, Cut, Document, Feed, Qr, Rule, Text

NOTO = Path("/usr/share/fonts/opentype/noto")


@pytest.fixture(scope="session")
def fonts() -> tuple[Path, Path]:
    """Regular and bold, as Debian installs them."""
    regular, bold = NOTO / "NotoSansCJK-Regular.ttc", NOTO / "NotoSansCJK-Bold.ttc"
    if not regular.is_file() or not bold.is_file():
        pytest.skip("fonts-noto-cjk is not installed")
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
