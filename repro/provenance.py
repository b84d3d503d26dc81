"""Where every number of a recipe comes from: a paper states it, we assume it, a preset or a user changed it.

A recipe is a frozen dataclass whose fields are made here, and which is put together from groups, dataclasses
that decide one thing each:

    learning_rate: float = stated(0.001, "section 4.2")
    epochs: int = assumed(128, "not stated; the public code's number")
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, NamedTuple, TypedDict, Unpack

ORIGIN, NOTE = "origin", "note"
_MOST_LETTERS = 114  # of the words that a field may be: a network's layers would bury the note


class Explained(NamedTuple):
    """A field of a recipe. group: what it decides. origin: in words. note: the place or the reason, and what
    else the value may be.
    """

    group: str
    value: Any
    origin: str
    note: str


class Limits(TypedDict, total=False):
    """choices: the words that a field may be, with spaces between them. least, most: between what a number
    lies, where that is not 1 or more for whole numbers and 0 or more for others.
    """

    choices: str
    least: float
    most: float


Share = Annotated[float, {"most": 1}]  # the type of a field that lies between 0 and 1


def stated(value: Any, where: str, **limits: Unpack[Limits]) -> Any:
    """A recipe field whose value the paper prints at `where` (section, table or footnote)."""
    return _field(value, "stated", where, limits)


def assumed(value: Any, why: str, **limits: Unpack[Limits]) -> Any:
    """A recipe field on which the paper is silent or unclear, and `why` this value was chosen."""
    return _field(value, "assumed", why, limits)


def _field(value: Any, origin: str, note: str, limits: Limits) -> Any:
    if not note.strip():
        raise ValueError(f"a field that is {origin} needs its source or its reason")
    return dataclasses.field(default=value, metadata={ORIGIN: origin, NOTE: note, **limits})


def limits(recipe: type, name: str) -> dict[str, Any]:
    """The `Limits` of a field; they hold on where a class states its value anew without them."""
    known: dict[str, Any] = {}
    for kind in reversed([kind for kind in recipe.__mro__ if dataclasses.is_dataclass(kind)]):
        known |= {f.name: f.metadata for f in dataclasses.fields(kind)}.get(name, {})
    return {word: known[word] for word in Limits.__annotations__ if word in known}


def groups(recipe: type) -> tuple[type, ...]:
    """The dataclasses that a recipe class is put together from, in their order; itself if there are none."""
    bases = tuple(base for base in recipe.__bases__ if dataclasses.is_dataclass(base))
    return groups(bases[0]) if len(bases) == 1 else bases or (recipe,)


def changes(base: Any, recipe: Any) -> dict[str, Any]:
    """The fields in which `recipe` differs from `base`, with its values."""
    return {name: value for name, value in vars(recipe).items() if value != vars(base)[name]}


def explained(recipe: Any, base: Any = None, preset: str = "paper") -> dict[str, Explained]:
    """Every field of a recipe by name, group by group.

    base: the recipe of the preset alone, from which a user's differs; None: no user changed it.
    """
    own = {f.name: f for f in dataclasses.fields(recipe)}
    fields = {}
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
            words = limits(type(recipe), name).get("choices", "")
            choices = f" [{words}]" if 0 < len(words) < _MOST_LETTERS else ""
            fields[name] = Explained(title, value, origin, own[name].metadata[NOTE] + choices)
    return fields


def as_markdown(recipe: Any) -> str:
    """The recipe as a table for a README: field, value, origin, where or why."""
    lines = ["| field | value | origin | where, or why |", "|---|---|---|---|"]
    group = None
    for name, field in explained(recipe).items():
        if field.group != group:
            group = field.group
            lines.append(f"| *{group}* | | | |")
        lines.append(f"| `{name}` | {field.value} | {field.origin} | {field.note} |")
    return "\n".join(lines)
