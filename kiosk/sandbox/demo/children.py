"""The processes that a demo starts, and that are gone when it is."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

START_MAX_S = 40.0
"""Until the hospital in a box says where it listens; a cold Raspberry Pi needs a good part of it."""
STOP_MAX_S = 10.0
LAST_WORDS_MAX_CHARS = 2000


class ChildError(RuntimeError):
    """A process that did not start; the text names it and its log."""


class Child:
    """One of our commands, in a session of its own, so that Ctrl-C reaches only the demo."""

    def __init__(self, name: str, module: str, arguments: Sequence[str], log: Path) -> None:
        """Start it. What it says, on stdout and stderr, goes to `log`."""
        self.name = name
        self.log = log
        self._first: queue.SimpleQueue[str] = queue.SimpleQueue()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [*_dies_with_us(), sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._reading = threading.Thread(target=self._read, name=f"log of {name}", daemon=True)
        self._reading.start()

    def _read(self) -> None:
        """Keep reading: a process whose output nobody takes stands still."""
        assert self._process.stdout is not None
        heard = False
        with self.log.open("ab") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                if not heard:
                    heard = True
                    self._first.put(line.decode("utf-8", "replace"))
        if not heard:
            self._first.put("")

    def first_line(self) -> str:
        """Its first line on stdout. Raises ChildError when none comes."""
        try:
            line = self._first.get(timeout=START_MAX_S)
        except queue.Empty:
            line = ""
        if not line:
            raise ChildError(f"{self.name} did not start:\n{self.last_words()}")
        return line

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-LAST_WORDS_MAX_CHARS:].strip() or f"see {self.log}"

    def stop(self) -> None:
        """Ask it to end, wait, and end its whole session by force if it does not."""
        process = self._process
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_MAX_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._reading.join(STOP_MAX_S)


def _dies_with_us() -> list[str]:
    """Even a demo that is killed leaves no hospital behind."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


class ShortFolder:
    """A private folder with a short name: the path of a socket has room for 107 bytes."""

    def __enter__(self) -> Path:
        self._path = Path(tempfile.mkdtemp(prefix="demo-", dir="/tmp"))
        return self._path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._path, ignore_errors=True)
