"""Where every number of a recipe comes from: `stated` in a paper or `assumed` by us, with the reason.

A recipe is a frozen dataclass whose fields are made here:

    learning_rate: float = stated(0.001, "section 4.2")
    epochs: int = assumed(128, "not stated; the public code's number")
"""

from __future__ import annotations

import dataclasses
from typing import Any

ORIGIN, NOTE = "origin", "note"


def stated(value: Any, where: str) -> Any:
    """A recipe field whose value the paper prints at `where` (section, table or footnote)."""
    return _field(value, "stated", where)


def assumed(value: Any, why: str) -> Any:
    """A recipe field on which the paper is silent or unclear, and `why` this value was chosen."""
    return _field(value, "assumed", why)


def _field(value: Any, origin: str, note: str) -> Any:
    if not note.strip():
        raise ValueError(f"a field that is {origin} needs its source or its reason")
    return dataclasses.field(default=value, metadata={ORIGIN: origin, NOTE: note})


def fields_without_origin(recipe: type) -> list[str]:
    """Names of the fields of a recipe class that are neither stated nor assumed."""
    return [f.name for f in dataclasses.fields(recipe) if ORIGIN not in f.metadata]


def as_markdown(recipe: Any) -> str:
    """The recipe as a table for a README: field, value, stated or assumed, where or why."""
    lines = ["| field | value | origin | where, or why |", "|---|---|---|---|"]
    for f in dataclasses.fields(recipe):
        value = getattr(recipe, f.name)
        lines.append(f"| `{f.name}` | {value} | {f.metadata[ORIGIN]} | {f.metadata[NOTE]} |")
    return "\n".join(lines)
