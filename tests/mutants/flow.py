"""Changes of what is decided and done: another condition, a check or a step left out."""

import ast
from collections.abc import Iterator

from mutants.source import Edit, Source, called

_SIGNS = {
    **{ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">")},
    **{ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in")},
    **{ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is")},
}


def comparison(node: ast.AST, source: Source) -> Iterator[Edit]:
    """The border itself counted or not counted; equal for unequal."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for left, kind, right in zip(sides, node.ops, sides[1:], strict=False):
            yield from source.between("comparison", left, right, *_SIGNS[type(kind)])


def joined(node: ast.AST, source: Source) -> Iterator[Edit]:
    """`and` for `or`, the other way round, and `not` dropped."""
    if isinstance(node, ast.BoolOp):
        signs = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from source.between("and/or", left, right, *signs)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield source.whole("not dropped", node, f"({source.text(node.operand)})")


def condition(node: ast.AST, source: Source) -> Iterator[Edit]:
    """A check that never refuses, a condition turned round, a filter that lets all pass."""
    if isinstance(node, ast.If):
        if isinstance(node.body[-1], ast.Raise) and not node.orelse:
            yield source.whole("check left out", node.test, "False")
        else:
            yield source.whole("condition turned", node.test, f"not ({source.text(node.test)})")
    if isinstance(node, ast.IfExp):
        yield source.whole("condition turned", node.test, f"(not ({source.text(node.test)}))")
    if isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield source.whole("filter left out", test, "True")


def step_left_out(node: ast.AST, source: Source) -> Iterator[Edit]:
    """A call for its effect, an assignment to an attribute, `+=`, `continue`, `break`: `pass` instead."""
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and called(call) != "__init__" and not source.hidden(call):
        yield source.whole("step left out", node, "pass")
    function = source.function(node)
    late = function is not None and function.name not in ("__init__", "build")
    kept = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute | ast.Subscript)
    if (late and kept) or isinstance(node, ast.AugAssign | ast.Continue | ast.Break):
        yield source.whole("step left out", node, "pass")
