"""No address of a real host, and no path of somebody's machine, outside the list of hosts that are meant."""

from __future__ import annotations

import re

import pytest

PLACES = (
    *("kiosk", "hw", "edge_agent", "tests", "bench", "docs", "assets", "deploy", "tools"),
    *("README.md", "Makefile", "pyproject.toml"),
)
SUFFIXES = (
    *(".py", ".kv", ".md", ".toml", ".yaml", ".yml", ".json", ".csv", ".po", ".sh", ".j2", ".cfg", ".conf"),
    *(".txt", ".scenario", ".service", ".html", ".ini", ""),
)
LIST = "tests/checks/addresses_allowed.txt"

_ADDRESS = re.compile(r"https?://((?:[^\s/\"'<>)\]}`\\,;]|\{[^}]*\})*)", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w.}])/(?:(?:work|root|Users)(?![\w-])|home/[a-z])|\b[A-Z]:\\Users")
_LOOPBACK = re.compile(r"(?:127(?:\.\d+){3}|localhost|\[::1\])(?::\S*)?", re.IGNORECASE)
_RESERVED = re.compile(
    r"(?:[\w.-]+\.)?(?:invalid|test|example|example\.(?:com|org|net))(?::\S*)?", re.IGNORECASE
)


def addresses(text: str, allowed: frozenset[str]) -> list[tuple[int, str]]:
    """Line and host of every address that is neither loopback, reserved, filled in later, nor allowed."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for host in _ADDRESS.findall(line):
            if not (host.startswith(("{", "$", "%")) or _meant(host, allowed)):
                found.append((number, host))
    return found


def _meant(host: str, allowed: frozenset[str]) -> bool:
    name = host.lower().rstrip(".:")
    bare = name.rpartition("@")[2]
    return not bare or bool(_LOOPBACK.fullmatch(bare) or _RESERVED.fullmatch(bare)) or bare in allowed


def machine_paths(text: str) -> list[int]:
    """Lines with a path of a developer's machine."""
    return [number for number, line in enumerate(text.splitlines(), 1) if _PATH.search(line)]


def listed(text: str) -> frozenset[str]:
    """The hosts of the list; a # starts the reason, and there must be one."""
    hosts = set()
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            host, _, reason = line.partition("#")
            assert reason.strip(), f"{LIST}: {host.strip()}: say why"
            hosts.add(host.strip())
    return frozenset(hosts)


@pytest.fixture
def texts(root, files):
    """Every text file of the product but these checks, which plant what they look for."""
    return [
        (path.relative_to(root).as_posix(), path.read_text(encoding="utf-8", errors="replace"))
        for path in files(*PLACES, suffixes=SUFFIXES)
        if "tests/checks" not in path.as_posix()
    ]


def test_no_address_leads_outside(root, texts):
    allowed = listed((root / LIST).read_text(encoding="utf-8"))
    wrong = [f"{name}:{line}: {host}" for name, text in texts for line, host in addresses(text, allowed)]
    assert not wrong, "\n".join(wrong)


def test_no_path_of_a_machine_is_left(texts):
    wrong = [f"{name}:{line}" for name, text in texts for line in machine_paths(text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "planted",
    [
        "see https://registry.somewhere.cn/simple",
        "URL = 'http://10.1.2.3:8080/x'",
        'get("HTTP://Somewhere.org")',
        "https://user@somewhere.org/",
        "https://127.0.0.1.somewhere.org/",
    ],
)
def test_a_planted_address_is_found(planted):
    assert addresses(planted, frozenset())


@pytest.mark.parametrize(
    "fine",
    [
        "http://127.0.0.1:9000/x",
        "http://localhost/",
        "https://his.invalid/ki/v1",
        "https://his.hospital.example:8443/",
        'f"https://{host}:{port}/"',
        "any http:// or https:// address",
        "https://allowed.org/page",
    ],
)
def test_loopback_reserved_and_listed_hosts_are_fine(fine):
    assert not addresses(fine, frozenset({"allowed.org"}))


@pytest.mark.parametrize(
    "planted", ["open('/work/terminal/x')", "/home/someone/kiosk", "cd /root/x", r"C:\Users\me"]
)
def test_a_planted_machine_path_is_found(planted):
    assert machine_paths(planted)


@pytest.mark.parametrize(
    "fine", ["/etc/kiosk/kiosk.toml", "docs/work/plan", "../work", "/var/lib/kiosk", "GET /workflows"]
)
def test_paths_of_the_product_are_fine(fine):
    assert not machine_paths(fine)


def test_a_host_without_a_reason_may_not_be_listed():
    assert listed("# remark\nallowed.org  # a namespace\n") == {"allowed.org"}
    with pytest.raises(AssertionError, match="say why"):
        listed("allowed.org\n")
