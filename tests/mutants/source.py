"""One file of `repro` as text and as a syntax tree, and the places where a change would say nothing."""

import ast
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

# What these say is for a reader's eyes, or guards what no test could bring about.
_SHOWN = {
    "print",
    "tqdm",
    "warn",
    "set_postfix",
    "set_description",
    "update",
    "monotonic",
    "register_keras_serializable",
}
_FLAGS_WITHOUT_EFFECT = {
    *("strict", "exist_ok", "parents", "check", "capture_output", "text", "copy", "assume_unique"),
    *("dynamic_ncols", "missing_ok", "refresh", "verbose", "mininterval", "allow_pickle"),
}


class Edit(NamedTuple):
    """Replace the bytes `start` to `stop` of a file by `after`."""

    operator: str
    start: int
    stop: int
    after: str


class Source:
    """Offsets are those of bytes: what Python's `ast` counts in."""

    def __init__(self, text: str) -> None:
        self.content = text.encode()
        self.tree = ast.parse(text)
        lengths = (len(line) for line in self.content.splitlines(keepends=True))
        self._starts = list(itertools.accumulate(lengths, initial=0))
        self.parents: dict[ast.AST, ast.AST] = {}
        for parent in ast.walk(self.tree):
            self.parents |= dict.fromkeys(ast.iter_child_nodes(parent), parent)

    def span(self, node: ast.AST) -> tuple[int, int]:
        start = self._starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        start, stop = self.span(node)
        return self.content[start:stop].decode()

    def whole(self, operator: str, node: ast.AST, after: str) -> Edit:
        return Edit(operator, *self.span(node), after)

    def between(
        self, operator: str, left: ast.AST, right: ast.AST, before: str, after: str
    ) -> Iterator[Edit]:
        """Replace the sign `before` that stands between two nodes."""
        start, stop = self.span(left)[1], self.span(right)[0]
        gap = re.sub(rb"#[^\n]*", lambda comment: b" " * len(comment[0]), self.content[start:stop])
        at = gap.find(before.encode())
        if at >= 0:
            yield Edit(operator, start + at, start + at + len(before), after)

    def line(self, offset: int) -> int:
        return 1 + sum(start <= offset for start in self._starts[1:])

    def function(self, node: ast.AST) -> ast.FunctionDef | None:
        """The innermost function around a node, or None on the level of the module or of a class."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef):
                return node
        return None

    def function_name(self, node: ast.AST) -> str:
        """`Class.method` around the node; `` at the top."""
        names = []
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.append(node.name)
        return ".".join(reversed(names))

    def nodes(self) -> Iterator[ast.AST]:
        """All nodes but those of annotations, messages, decorators, imports and what is only shown."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed([child for child in ast.iter_child_nodes(node) if not self.hidden(child)])

    def hidden(self, node: ast.AST) -> bool:
        parent = self.parents[node]
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom):
            return True
        if isinstance(node, ast.keyword) and node.arg in _FLAGS_WITHOUT_EFFECT:
            return True
        if isinstance(node, ast.Call) and called(node) in _SHOWN:
            return True
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return True
        if node in (getattr(parent, "annotation", None), getattr(parent, "returns", None)):
            return True
        return node in getattr(parent, "decorator_list", ())


def called(node: ast.AST) -> str:
    """The last part of the name that a call calls: `mean` of `np.mean(x)` and of `x.mean()`."""
    func = node.func if isinstance(node, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
