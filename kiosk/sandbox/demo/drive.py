"""The driver: a thread beside the terminal that plays the scenarios and then ends it as an operator would."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

from kiosk.sandbox.demo.eyes import Eyes, WindowGone
from kiosk.sandbox.demo.folder import Folder
from kiosk.sandbox.demo.hand import Hand
from kiosk.sandbox.demo.play import Played, Player
from kiosk.sandbox.demo.scenario import Scenario
from kiosk.sandbox.demo.table import Table, TableError

log = logging.getLogger(__name__)

JOIN_MAX_S = 30.0


class Driver:
    """`start` on any thread once the terminal is about to run; `ended` when it has ended."""

    def __init__(
        self,
        folder: Folder,
        table: Table,
        scenarios: Sequence[Scenario],
        told: Callable[[Played, float], None],
    ) -> None:
        self._folder = folder
        self._table = table
        self._scenarios = scenarios
        self._told = told
        self._eyes = Eyes(folder.shots)
        self._thread = threading.Thread(target=self._run, name="driver", daemon=True)
        self.played: list[Played] = []
        self.trouble = ""

    @property
    def finished(self) -> bool:
        """Whether every scenario was played, held or not."""
        return len(self.played) == len(self._scenarios) and not self.trouble

    def start(self) -> None:
        """Begin to play as soon as there is a window."""
        self._thread.start()

    def ended(self) -> None:
        """The terminal is gone; pictures are on disk when this returns."""
        self._eyes.gone()
        if self._thread.is_alive():
            self._thread.join(JOIN_MAX_S)
        self._eyes.close()

    def _run(self) -> None:
        try:
            self._play_all()
        except WindowGone:
            self.trouble = "the terminal ended before the visits were over"
        except (TableError, TimeoutError) as exc:
            self.trouble = str(exc)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # `kiosk run` ends by a signal

    def _play_all(self) -> None:
        self._eyes.open()
        folder = self._folder
        player = Player(self._eyes, Hand(self._eyes), self._table, folder.journal, folder.receipts)
        for scenario in self._scenarios:
            begin_s = time.monotonic()
            played = player.play(scenario)
            self.played.append(played)
            self._told(played, time.monotonic() - begin_s)
            if played.failure:
                log.error("%s", played.failure)
                self.trouble = "a step did not hold; the visits after it were not played"
                return
