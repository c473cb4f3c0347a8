"""A finger and an eye on an X display: press, release, and the colour of one pixel.

XTest through the C library, because starting a tool per press would cost more than what is measured.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import time
from collections.abc import Iterator

ZPIXMAP = 2
ALL_PLANES = 0xFFFFFFFF
LOOK_EVERY_S = 0.0004
"""Pause between two looks: a tight loop would take the second core away from the one that draws."""


class Display:
    """One connection. Coordinates are of the root window, from the top left."""

    def __init__(self, name: str) -> None:
        self._x11 = ctypes.CDLL("libX11.so.6")
        self._xtst = ctypes.CDLL("libXtst.so.6")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
        self._x11.XGetImage.restype = ctypes.c_void_p
        self._x11.XGetPixel.restype = ctypes.c_ulong
        self._x11.XGetPixel.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._x11.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
        self._x11.XFlush.argtypes = [ctypes.c_void_p]
        self._x11.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._handle = ctypes.c_void_p(self._x11.XOpenDisplay(name.encode()))
        if not self._handle:
            raise OSError(f"no display {name}")
        self._root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._handle))

    def pixel(self, x: int, y: int) -> int:
        """The colour at a place."""
        image = self._x11.XGetImage(self._handle, self._root, x, y, 1, 1, ctypes.c_ulong(ALL_PLANES), ZPIXMAP)
        value = int(self._x11.XGetPixel(image, 0, 0))
        self._x11.XFree(ctypes.c_void_p(image))
        return value

    def move(self, x: int, y: int) -> None:
        """Put the pointer there."""
        self._xtst.XTestFakeMotionEvent(self._handle, -1, x, y, 0)
        self._x11.XSync(self._handle, 0)

    def button(self, down: bool) -> float:
        """Press or lift; the moment just before the event leaves, in seconds."""
        self._xtst.XTestFakeButtonEvent(self._handle, 1, int(down), 0)
        at_s = time.perf_counter()
        self._x11.XFlush(self._handle)
        return at_s

    def wait_change(self, x: int, y: int, before: int, limit_s: float) -> float | None:
        """Seconds (clock) at which the pixel was first seen changed; None at the limit."""
        end_s = time.perf_counter() + limit_s
        while True:
            changed = self.pixel(x, y) != before
            now_s = time.perf_counter()
            if changed:
                return now_s
            if now_s > end_s:
                return None
            time.sleep(LOOK_EVERY_S)


@contextlib.contextmanager
def server(width: int, height: int) -> Iterator[str]:
    """An Xvfb of this size; yields the display's name."""
    read_fd, write_fd = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_fd), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
        pass_fds=(write_fd,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write_fd)
    try:
        name = os.read(read_fd, 32).decode().strip()
        if not name:
            raise OSError("Xvfb did not start")
        yield f":{name}"
    finally:
        os.close(read_fd)
        process.terminate()
        process.wait()
