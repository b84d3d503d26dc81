"""Changes of where something stands: a frame early or late, another axis, another order."""

import ast
from collections.abc import Iterator

from mutants.source import Edit, Source, called

_OTHER_AXIS = {0: 1, 1: 0, 2: 1, 3: 2}
_COUNTERS = {"row", "label", "start", "stop", "first", "last", "frame", "step", "index", "which"}


def prefix(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`x[:t]` -> `x[:t + 1]` and `x[:]`, `x[t:]` -> `x[t + 1:]`, `x[:-1]` -> `x[:-2]`: frame leaked, lost."""
    if not isinstance(node, ast.Slice):
        return
    for side in (node.lower, node.upper):
        if side is not None:
            before = source.text(side)
            yield source.whole("prefix", side, f"{before} {'-' if before.startswith('-') else '+'} 1")
    if node.upper is not None:
        yield source.whole("prefix", node.upper, "")


def counted(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`range(n)` -> `range(n - 1)`, `range(1, n)` also -> `range(1 + 1, n)`; `arange` alike."""
    if not isinstance(node, ast.Call) or called(node) not in ("range", "arange"):
        return
    if node.args and not any(isinstance(argument, ast.Starred) for argument in node.args):
        end = node.args[0] if len(node.args) == 1 else node.args[1]
        yield source.whole("range", end, f"{source.text(end)} - 1")
        if len(node.args) > 1:
            yield source.whole("range", node.args[0], f"{source.text(node.args[0])} + 1")


def position(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`x[1]` -> `x[0]`, `x[0]` -> `x[1]`, `x[-1]` -> `x[-2]`, `x[:, t]` -> `x[:, t - 1]`: label shifted."""
    if not isinstance(node, ast.Subscript):
        return
    for at in node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]:
        text = source.text(at)
        if isinstance(at, ast.Constant) and type(at.value) is int:
            yield source.whole("position", at, str(at.value - 1 if at.value else 1))
        elif isinstance(at, ast.UnaryOp | ast.Name) and (len(text) <= 2 or text in _COUNTERS):
            yield source.whole("position", at, f"{text} - 1")
        elif isinstance(at, ast.BinOp) and isinstance(at.op, ast.Add | ast.Sub):
            yield source.whole("position", at, f"{text} + 1")


def axis(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Another axis to reduce, stack or join along."""
    if not isinstance(node, ast.keyword) or node.arg != "axis":
        return
    if isinstance(node.value, ast.Constant) and type(node.value.value) is int:
        yield source.whole("axis", node.value, str(_OTHER_AXIS.get(node.value.value, 0)))
    elif isinstance(node.value, ast.UnaryOp):
        yield source.whole("axis", node.value, "0" if source.text(node.value) == "-1" else "-1")


def order(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`x[::-1]` -> `x[::1]` (BGR for RGB), `sorted(x)` and `reversed(x)` -> `list(x)`."""
    if isinstance(node, ast.Slice) and node.step is not None and source.text(node.step) == "-1":
        yield source.whole("order", node.step, "1")
    if (
        isinstance(node, ast.Call)
        and called(node) in ("sorted", "reversed")
        and isinstance(node.func, ast.Name)
    ):
        yield source.whole("order", node, f"list({source.text(node.args[0])})")
    if isinstance(node, ast.keyword) and node.arg == "reverse" and isinstance(node.value, ast.Constant):
        yield source.whole("order", node.value, repr(not node.value.value))
