"""The very `kiosk run` of a release, with a hand before its glass; for a unit that a test puts over its own.

python touched.py CONFIG PORT

It listens on loopback for one word a connection and answers `ok`, or why not: `see 07 who pays` waits for a
screen, `tap pay` touches what tells `pay`. Eyes and hand are the demo's. A release does not hold them: they
come from the folder that this file lies in.
"""

import socketserver
import sys
import threading
from pathlib import Path

import kiosk

kiosk.__path__.append(str(Path(__file__).parent / "kiosk"))

from kiosk.run import run_command  # noqa: E402
from kiosk.sandbox.demo.eyes import Eyes, WindowGone  # noqa: E402
from kiosk.sandbox.demo.hand import Hand, NothingToTouch  # noqa: E402
from kiosk.sandbox.demo.words import SCREENS  # noqa: E402

SEE_MAX_S = 60.0
WORD_MAX_BYTES = 200


class BeforeTheGlass(socketserver.ThreadingTCPServer):
    """Does what it is told, one after the other."""

    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Word)
        self._eyes = Eyes(Path("/tmp/shots"))
        self._hand = Hand(self._eyes)
        self._place = 0
        self._opened = False
        self._lock = threading.Lock()

    def do(self, word: str) -> str:
        verb, _, what = word.strip().partition(" ")
        with self._lock:
            try:
                if not self._opened:
                    self._eyes.open()
                    self._opened = True
                if verb == "see":
                    return self._see(what)
                self._place = max(self._eyes.seen - 1, 0)
                self._hand.tap(*what.split())
            except (NothingToTouch, WindowGone, TimeoutError) as exc:
                return f"{type(exc).__name__}: {exc}; shown was {self._shown()}"
        return "ok"

    def _see(self, screen: str) -> str:
        kind = SCREENS[screen]
        found = self._eyes.until(self._place, lambda seen: isinstance(seen.content, kind), SEE_MAX_S)
        if found is None:
            return f"not seen; shown was {self._shown()}"
        self._place = found
        return "ok"

    def _shown(self) -> str:
        now = self._eyes.now
        return "nothing" if now is None else type(now.content).__name__


class Word(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        word = self.rfile.readline(WORD_MAX_BYTES).decode()
        assert isinstance(self.server, BeforeTheGlass)
        self.wfile.write(self.server.do(word).encode())


def main(config: Path, port: int) -> int:
    server = BeforeTheGlass(port)
    threading.Thread(target=server.serve_forever, name="hand", daemon=True).start()
    return run_command(config)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
