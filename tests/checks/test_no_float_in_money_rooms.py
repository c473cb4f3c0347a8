"""Money is integer fen and Decimal. In the rooms that handle it a float may only ever be a time.

Allowed is what a name says is seconds or milliseconds: `wait_s: float = 2.0`, `ttl_s=max(0.0, left)`.
"""

from __future__ import annotations

import ast

import pytest

ROOMS = (
    "kiosk/domain",
    "kiosk/settlement",
    "kiosk/insurance",
    "kiosk/hospital",
    "kiosk/payment",
    "kiosk/exchange.py",
)

NOT_MONEY = ("kiosk/hospital/conformance/",)
"""A bench that waits, and hurries a foreign server; its amounts are integers of the messages it sends."""

_TIME_ENDINGS = ("_s", "_ms", "_S", "_MS")
_TIME_NAMES = {"monotonic", "elapsed"}

ALLOWED = {
    ("kiosk/hospital/_transport.py", "_server_time"): "a server time and the monotonic second it came",
    ("kiosk/insurance/redact.py", "redact"): "recognises a float in a foreign message in order to hide it",
}
"""Places where a float is meant although no name says seconds, each with its reason."""


def _is_time(name: str) -> bool:
    return name.endswith(_TIME_ENDINGS) or name in _TIME_NAMES


def _names(node: ast.AST) -> set[str]:
    """The names that a node binds or speaks of."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return {node.name}
        case ast.arg() | ast.keyword():
            return {node.arg or ""}
        case ast.AnnAssign():
            return {_last(node.target)}
        case ast.Assign():
            return {_last(target) for target in node.targets}
        case ast.AugAssign() | ast.NamedExpr():
            return {_last(node.target)}
        case ast.Compare() | ast.BinOp():
            return {_last(part) for part in ast.iter_child_nodes(node)}
        case _:
            return set()


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def floats(source: str) -> list[tuple[int, str]]:
    """Line and nearest binding name of every float that no name declares to be a time."""
    found: list[tuple[int, str]] = []

    def walk(node: ast.AST, name: str) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append((node.lineno, name))
        if isinstance(node, ast.Name) and node.id == "float":
            found.append((node.lineno, name))
        names = _names(node)
        if any(_is_time(one) for one in names) and not isinstance(node, ast.FunctionDef):
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            _walk_function(node, walk)
            return
        compared = isinstance(node, ast.Compare | ast.BinOp)
        inner = name if compared else next((one for one in names if one), name)
        for child in ast.iter_child_nodes(node):
            walk(child, inner)

    walk(ast.parse(source), "")
    return found


def _walk_function(node, walk) -> None:
    """Arguments with their defaults, the return type by the function's own name, then the body."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [
        *zip(positional, defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        walk(argument, argument.arg)
        if default is not None and not _is_time(argument.arg):
            walk(default, argument.arg)
    if _is_time(node.name):
        return  # what a function named after seconds computes is a time
    for part in [*node.decorator_list, *([node.returns] if node.returns else []), *node.body]:
        walk(part, node.name)


def test_the_money_rooms_hold_no_float(root, files):
    wrong = []
    for path in files(*ROOMS, suffixes=(".py",)):
        name = path.relative_to(root).as_posix()
        if name.startswith(NOT_MONEY):
            continue
        for line, where in floats(path.read_text(encoding="utf-8")):
            if (name, where) not in ALLOWED:
                wrong.append(f"{name}:{line}: a float in {where or 'the module'}")
    assert not wrong, "\n".join(wrong)


def test_every_allowed_place_is_still_needed(root):
    for name, where in ALLOWED:
        path = root / name
        assert path.exists(), f"{name}: gone, take it off the list"
        assert where in {at for _, at in floats(path.read_text(encoding="utf-8"))}, (
            f"{name}: {where}: not needed"
        )


@pytest.mark.parametrize(
    "planted",
    [
        "share = 0.5",
        "def half(amount_fen: int) -> float: return amount_fen / 2",
        "def f(amount: float) -> int: ...",
        "class A:\n    amount: float",
        "amount_fen = int(float(text) * 100)",
        "def f(rate=0.1): ...",
        "total = sum(parts, 0.0)",
        "if share > 0.5: ...",
        "pay(amount=1.5)",
        "x: list[float] = []",
    ],
)
def test_a_planted_float_is_found(planted):
    assert floats(planted)


@pytest.mark.parametrize(
    "fine",
    [
        "WAIT_S = 2.0",
        "wait_s: float = 2.0",
        "def pause_s(tries: int) -> float: return min(2.0 ** tries, 60.0)",
        "def f(*, limit_s: float = 15.0, monotonic: Callable[[], float] = clock) -> None: ...",
        "lease = Lease(ttl_s=max(0.0, left))",
        "if took_s > 1.5: ...",
        "amount = Decimal('0.5')",
    ],
)
def test_seconds_may_be_floats(fine):
    assert not floats(fine)
