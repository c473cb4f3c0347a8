"""A PostgreSQL server of the tests' own: a socket in a folder, no port, gone with the folder."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

START_WAIT_MAX_S = 180
USER = "postgres"


class PostgresqlServer:
    """Started by its maker. `database` makes a new one for a test; `kill` is a power cut of the server."""

    def __init__(self) -> None:
        self._bin = _binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))  # not below pytest's folder: root's alone
        self._numbers = itertools.count(1)
        self._as = []
        if os.geteuid() == 0:  # it refuses root
            shutil.chown(self.folder, USER, USER)
            self._as = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        self._run("initdb", "--pgdata", "data", "--username", USER, "--auth", "trust", "--encoding", "UTF8")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, str(self._bin / program), *arguments],
            cwd=self.folder, capture_output=True, text=True, timeout=START_WAIT_MAX_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        # What a kill leaves is in the page cache. With fsync a start after one waits for every file of every
        # database, minutes on a busy disk.
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self._run(
            "pg_ctl", "start", "--pgdata", "data", "--wait", "--log", "server.log", "--options", options
        )

    def kill(self) -> None:
        """At once and without a checkpoint; `start` recovers."""
        self._run("pg_ctl", "stop", "--pgdata", "data", "--wait", "--mode", "immediate")

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"collector{next(self._numbers)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.address(name)

    def address(self, name: str) -> str:
        return f"postgresql:///{name}?host={self.folder}&user={USER}"

    def close(self) -> None:
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def _binaries() -> Path:
    """Debian keeps them out of PATH, a folder a version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.fail("no PostgreSQL: install the package postgresql")
    try:
        pwd.getpwnam(USER)
    except KeyError:
        pytest.fail(f"no user {USER}: it comes with the package postgresql")
    return found[-1].parent
