"""Every mutant of a file of `repro`: the catalogue of changes at all the places where they fit."""

import ast
import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from mutants import flow, places, values
from mutants.source import Edit, Source

OPERATORS: tuple[Callable[[ast.AST, Source], Iterator[Edit]], ...] = (
    *(values.another_function, values.function_left_out, values.sign, values.arithmetic),
    *(values.constant, values.flag, values.swapped),
    *(places.prefix, places.counted, places.position, places.axis, places.order),
    *(flow.comparison, flow.joined, flow.condition, flow.step_left_out),
)


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change. start, stop: of the bytes `before` in `file`, whose SHA-256 begins with `digest`.

    lines: a test that runs one of these lines of `file` can notice it; empty: any line of the file.
    """

    file: str
    line: int
    function: str
    operator: str
    before: str
    after: str
    start: int
    stop: int
    lines: tuple[int, ...]
    digest: str

    @property
    def name(self) -> str:
        """The same for the same change of the same file, whichever sample draws it."""
        edit = f"{self.digest} {self.start} {self.stop} {self.after}"
        return f"{self.file}:{self.line}:{hashlib.sha256(edit.encode()).hexdigest()[:8]}"

    def applied(self, root: Path) -> bytes:
        """The file's content with the change. Raises ValueError if it is not the file that was sampled."""
        content = (root / self.file).read_bytes()
        if digest_of(content) != self.digest:
            raise ValueError(f"{self.file} has changed since the sample was drawn; draw it again")
        return content[: self.start] + self.after.encode() + content[self.stop :]


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def mutants_of(file: str, text: str) -> list[Mutant]:
    """All mutants of a file, in the order of their places; only those that Python can still parse."""
    source = Source(text)
    found: dict[tuple[int, int, str], Mutant] = {}
    for node in source.nodes():
        for operator in OPERATORS:
            for edit in operator(node, source):
                mutant = _mutant(file, source, node, edit)
                if _parses(source.content[: edit.start] + edit.after.encode() + source.content[edit.stop :]):
                    found.setdefault((edit.start, edit.stop, edit.after), mutant)
    return [found[key] for key in sorted(found)]


def _mutant(file: str, source: Source, node: ast.AST, edit: Edit) -> Mutant:
    return Mutant(
        file=file,
        line=source.line(edit.start),
        function=source.function_name(node),
        operator=edit.operator,
        before=source.content[edit.start : edit.stop].decode(),
        after=edit.after,
        start=edit.start,
        stop=edit.stop,
        lines=_reached(source, node, edit),
        digest=digest_of(source.content),
    )


def _reached(source: Source, node: ast.AST, edit: Edit) -> tuple[int, ...]:
    """The lines of the change itself; of a default, the lines of its function; of a named constant, none."""
    function = source.function(node)
    if function is None:
        return ()
    if edit.start < source.span(function.body[0])[0]:  # a default: it is read when the function is made
        return tuple(range(function.body[0].lineno, (function.end_lineno or function.lineno) + 1))
    return tuple(range(source.line(edit.start), source.line(max(edit.start, edit.stop - 1)) + 1))


def _parses(content: bytes) -> bool:
    try:
        ast.parse(content)
    except SyntaxError:
        return False
    return True
