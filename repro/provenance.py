"""Where every number of a recipe comes from: a paper states it, we assume it, a preset or a user changed it.

A recipe is a frozen dataclass whose fields are made here, and which is put together from groups, dataclasses
that decide one thing each:

    learning_rate: float = stated(0.001, "section 4.2")
    epochs: int = assumed(128, "not stated; the public code's number")
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

ORIGIN, NOTE, CHOICES, LEAST, MOST = "origin", "note", "choices", "least", "most"


class Told(NamedTuple):
    """A field of a recipe. group: what it decides. origin: in words. note: the place, or the reason."""

    group: str
    value: Any
    origin: str
    note: str


def stated(
    value: Any,
    where: str,
    *,
    choices: Sequence[str] = (),
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A recipe field whose value the paper prints at `where` (section, table or footnote).

    choices: the words that it may be. least, most: the numbers between which it lies, where these are not
    1 or more for whole numbers and 0 or more for others.
    """
    return _field(value, {ORIGIN: "stated", NOTE: where, CHOICES: choices, LEAST: least, MOST: most})


def assumed(
    value: Any,
    why: str,
    *,
    choices: Sequence[str] = (),
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A recipe field on which the paper is silent or unclear, and `why` this value was chosen; as `stated`."""
    return _field(value, {ORIGIN: "assumed", NOTE: why, CHOICES: choices, LEAST: least, MOST: most})


def _field(value: Any, metadata: dict[str, Any]) -> Any:
    if not metadata[NOTE].strip():
        raise ValueError(f"a field that is {metadata[ORIGIN]} needs its source or its reason")
    given = {name: what for name, what in metadata.items() if what not in ((), None)}
    return dataclasses.field(default=value, metadata=given)


def facts_of(recipe: type, name: str) -> dict[str, Any]:
    """What is known of a field; its limits hold on where a class states its value anew without them."""
    known: dict[str, Any] = {}
    for kind in reversed([kind for kind in recipe.__mro__ if dataclasses.is_dataclass(kind)]):
        known |= next((dict(f.metadata) for f in dataclasses.fields(kind) if f.name == name), {})
    return known


def fields_without_origin(recipe: type) -> list[str]:
    """Names of the fields of a recipe class that are neither stated nor assumed."""
    return [f.name for f in dataclasses.fields(recipe) if ORIGIN not in f.metadata]


def groups(recipe: type) -> tuple[type, ...]:
    """The dataclasses that a recipe class is put together from, in their order; itself if there are none."""
    bases = tuple(base for base in recipe.__bases__ if dataclasses.is_dataclass(base))
    return groups(bases[0]) if len(bases) == 1 else bases or (recipe,)


def changes(base: Any, recipe: Any) -> dict[str, Any]:
    """The fields in which `recipe` differs from `base`, with its values."""
    return {name: value for name, value in vars(recipe).items() if value != vars(base)[name]}


def told(recipe: Any, base: Any = None, preset: str = "paper") -> dict[str, Told]:
    """Every field of a recipe by name, group by group.

    base: the recipe of the preset alone, from which a user's differs; None: no user changed it.
    """
    own = {f.name: f for f in dataclasses.fields(recipe)}
    found = {}
    for group in groups(type(recipe)):
        title = (group.__doc__ or "").split("\n")[0].rstrip(".")
        for name in (f.name for f in dataclasses.fields(group)):
            value, before, printed = vars(recipe)[name], vars(base or recipe)[name], own[name].default
            if value != before:
                whose = "paper" if before == printed else f"{preset} preset"
                origin = f"changed by you ({whose}: {before})"
            elif value != printed:
                origin = f"preset (paper: {printed})"
            else:
                origin = own[name].metadata[ORIGIN]
            found[name] = Told(title, value, origin, own[name].metadata[NOTE])
    return found


def as_markdown(recipe: Any, base: Any = None, preset: str = "paper") -> str:
    """The recipe as a table for a README: field, value, origin, where or why. The rest as `told`."""
    lines = ["| field | value | origin | where, or why |", "|---|---|---|---|"]
    group = None
    for name, field in told(recipe, base, preset).items():
        if field.group != group:
            group = field.group
            lines.append(f"| *{group}* | | | |")
        lines.append(f"| `{name}` | {field.value} | {field.origin} | {field.note} |")
    return "\n".join(lines)
