"""`kiosk sandbox`: the hospital in a box, in the foreground."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from hw.card.virtual.pcscd import VirtualReaderUnavailable
from kiosk.sandbox.box import Box
from kiosk.sandbox.config import SandboxConfig
from kiosk.sandbox.control import control_app
from kiosk.sandbox.link import LinkError
from kiosk.settings import SettingsError, load


def sandbox_command(config_path: Path | None) -> int:
    """Serve until a signal. The first line on stdout is the URLs as JSON. 0 ended, 1 failed, 2 refused."""
    try:
        config = load(config_path, SandboxConfig) if config_path else SandboxConfig()
    except SettingsError as exc:
        print(f"kiosk: error: {exc}", file=sys.stderr)
        return 2
    return asyncio.run(_serve(config))


async def _serve(config: SandboxConfig) -> int:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    box = Box(config.sandbox, control_app)
    try:
        urls = await box.start()
        print(json.dumps(asdict(urls)), flush=True)
        await ended.wait()
    except (LinkError, VirtualReaderUnavailable, OSError) as exc:
        print(f"kiosk sandbox: {exc}", file=sys.stderr)
        return 1
    finally:
        await box.close()
    return 0
