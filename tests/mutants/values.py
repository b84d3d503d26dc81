"""Changes of what is computed: another function, sign, factor or constant."""

import ast
from collections.abc import Iterator

from mutants.source import Edit, Source, called

_PAIRS = (
    *(("mean", "sum"), ("max", "min"), ("argmax", "argmin"), ("maximum", "minimum"), ("any", "all")),
    *(("floor", "ceil"), ("sigmoid", "tanh"), ("zeros", "ones"), ("zeros_like", "ones_like")),
)
_OTHER = dict(_PAIRS) | {after: before for before, after in _PAIRS}
_LEFT_OUT = {
    *("relu", "abs", "sqrt", "log", "exp", "square", "clip", "stop_gradient", "softmax", "cumsum"),
    *("cumulative_mean", "round", "rint", "normalize", "dropout"),
}
_SIGNS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.BitAnd: ("&", "|"),
}
_TINY = 1e-3  # twice an epsilon is an epsilon


def another_function(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Sum for mean, min for max, tanh for sigmoid, and so on, as a function or as a method."""
    if isinstance(node, ast.Attribute) and node.attr in _OTHER:
        parent = source.parents[node]
        if (isinstance(parent, ast.Call) and parent.func is node) or isinstance(parent, ast.Attribute):
            stop = source.span(node)[1]
            yield Edit("another function", stop - len(node.attr), stop, _OTHER[node.attr])
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("min", "max", "any", "all")
    ):
        yield source.whole("another function", node.func, _OTHER[node.func.id])


def function_left_out(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`relu(x)` -> `x`."""
    if isinstance(node, ast.Call) and called(node) in _LEFT_OUT and node.args:
        yield source.whole("function left out", node, f"({source.text(node.args[0])})")


def sign(node: ast.AST, source: Source) -> Iterator[Edit]:
    """The minus before a value dropped; `1 - x` -> `x`."""
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and not isinstance(node.operand, ast.Constant)
    ):
        yield source.whole("sign dropped", node, source.text(node.operand))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _is_number(node.left, 1):
        yield source.whole("complement dropped", node, f"({source.text(node.right)})")


def arithmetic(node: ast.AST, source: Source) -> Iterator[Edit]:
    """Plus for minus, times for divided by, and for or between masks, each the other way round too."""
    if not isinstance(node, ast.BinOp) or type(node.op) not in _SIGNS:
        return
    if any(isinstance(side, ast.JoinedStr | ast.List | ast.Tuple) for side in (node.left, node.right)):
        return
    if not any(
        isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right)
    ):
        yield from source.between("arithmetic", node.left, node.right, *_SIGNS[type(node.op)])


def constant(node: ast.AST, source: Source) -> Iterator[Edit]:
    """A number one larger: in an equation or comparison, as an argument, a default or a named constant."""
    if not _is_number(node) or 0 < abs(node.value) < _TINY:  # type: ignore[attr-defined]
        return
    parent = source.parents[node]
    argument = (
        isinstance(parent, ast.Call) and node in parent.args and called(parent) not in ("range", "arange")
    )
    named = isinstance(parent, ast.Assign | ast.AnnAssign) and source.function(node) is None
    if argument or named or isinstance(parent, ast.BinOp | ast.Compare | ast.arguments):
        yield source.whole("constant", node, repr(node.value + 1))  # type: ignore[attr-defined]


def flag(node: ast.AST, source: Source) -> Iterator[Edit]:
    """True for False as a default or as a named argument, and the other way round."""
    truth = isinstance(node, ast.Constant) and isinstance(node.value, bool)
    if truth and isinstance(source.parents[node], ast.keyword | ast.arguments):
        yield source.whole("flag", node, repr(not node.value))  # type: ignore[attr-defined]


def swapped(node: ast.AST, source: Source) -> Iterator[Edit]:
    """The two sides of `where(c, a, b)`, or the first two parts put side by side, in the other order."""
    if not isinstance(node, ast.Call):
        return
    sides: list[ast.expr] = node.args[1:3] if called(node) == "where" else []
    parts = node.args[0] if node.args else None
    if called(node) in ("concatenate", "stack", "hstack") and isinstance(parts, ast.List | ast.Tuple):
        sides = parts.elts[:2]
    if len(sides) == 2 and not any(isinstance(side, ast.Starred) for side in sides):
        start, stop = source.span(sides[0])[0], source.span(sides[1])[1]
        middle = source.content[source.span(sides[0])[1] : source.span(sides[1])[0]].decode()
        yield Edit("swapped", start, stop, source.text(sides[1]) + middle + source.text(sides[0]))


def _is_number(node: ast.AST, value: float | None = None) -> bool:
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return False
    return value is None or node.value == value
