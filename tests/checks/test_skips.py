"""A test that is left out says why; on the judging machine only named reasons are accepted."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROBE = "import pytest\n\n\ndef test_left_out():\n    pytest.skip({reason!r})\n"


@pytest.mark.parametrize(
    ("reason", "judging", "accepted"),
    [
        ("no Debian root: no mirror", True, True),
        ("I do not feel like it", True, False),
        ("I do not feel like it", False, True),
    ],
)
def test_an_unnamed_skip_fails_where_it_counts(root, tmp_path, reason, judging, accepted):
    probe = tmp_path / "test_probe.py"
    probe.write_text(PROBE.format(reason=reason), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTHONPATH": str(root / "tests")} | ({"CI": "1"} if judging else {})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "--rootdir", str(tmp_path), str(probe)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) is accepted, done.stdout + done.stderr
    assert (reason in done.stdout) is (not accepted)
