"""The guard as one file that Python runs: `python3 deploy/guard/pack.py FILE`.

One file is put on a terminal by one rename, so a power cut never leaves half a guard. The same source makes
the same bytes.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
_TIME = (1980, 1, 1, 0, 0, 0)


def pack(target: Path) -> None:
    """Write the archive, with sources alone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.new")
    with zipfile.ZipFile(beside, "w") as archive:
        for path in (HERE / "__main__.py", *sorted((HERE / "kiosk_guard").glob("*.py"))):
            name = path.relative_to(HERE).as_posix()
            archive.writestr(zipfile.ZipInfo(name, _TIME), path.read_bytes())
    beside.replace(target)


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
