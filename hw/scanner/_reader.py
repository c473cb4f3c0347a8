"""One reading process and the pipe to it, as the parent holds them."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from hw.scanner._preview import PreviewMemory
from hw.scanner._wire import Message, Order
from hw.scanner.port import Limits, SourceSpec

END_WAIT_MAX_S = 4.0
"""For a killed process to be gone."""


class Reader:
    """One reading process and the pipe to it."""

    def __init__(self, source: SourceSpec, preview: PreviewMemory, limits: Limits) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        setup = (source, preview.name, preview.width, preview.height, limits)
        self.process: BaseProcess = context.Process(
            target=_child_main, args=(theirs, *setup), name="scanner", daemon=True
        )
        self.process.start()
        theirs.close()
        self._limits = limits
        self.silent_until_s = time.monotonic() + limits.start_max_s
        self._has_spoken = False

    def tell(self, order: Order) -> bool:
        """False when nobody is there to be told."""
        limits = self._limits
        patience_s = limits.hang_max_s if self._has_spoken else limits.start_max_s
        self.silent_until_s = time.monotonic() + patience_s
        try:
            self.pipe.send(order)
        except (BrokenPipeError, ConnectionError):
            return False
        return True

    def hear(self) -> Message | None:
        """What it says, or None when it is gone."""
        try:
            message = self.pipe.recv()
        except (EOFError, ConnectionError):
            return None
        self._has_spoken = True
        self.silent_until_s = time.monotonic() + self._limits.hang_max_s
        assert isinstance(message, Message)
        return message

    def end(self) -> None:
        """Ends the process without asking; it holds nothing that needs saving."""
        self.process.kill()
        self.process.join(END_WAIT_MAX_S)
        self.pipe.close()


def _child_main(
    pipe: Connection, source: SourceSpec, preview_name: str, width: int, height: int, limits: Limits
) -> None:
    # Imported here, in the child: the screen's process stays without OpenCV and zxing-cpp.
    from hw.scanner import _one_core  # noqa: F401, its import is what it does, before numpy's
    from hw.scanner import _child  # isort: skip

    _child.main(pipe, _child.ChildSetup(source, preview_name, width, height, limits))
