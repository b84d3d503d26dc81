"""`--set FIELD=VALUE`: single fields of a recipe as a user wants them, each checked before anything runs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from repro.nearest import did_you_mean, there_are
from repro.provenance import limits
from repro.types import InputError

R = TypeVar("R")
_WANTED = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}
_WHOLE, _NUMBER = r"-?[0-9]{1,9}", r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


def changed(
    recipe: R,
    asked: Sequence[str],
    option: str = "--set",
    known: str = "bash run.sh recipe PAPER lists them all",
) -> R:
    """The recipe with `units=128` and so on; of two values of a field the last.

    A value is of its field's type: a number, a word, true or false, or some with commas between them. Raises
    InputError for an unknown field, another type, a word that it cannot be or a number out of range. option:
    what was typed before them; known: where all fields are listed.
    """
    hints = get_type_hints(type(recipe), include_extras=True)
    values = {}
    for text in asked:
        name, equals, value = text.partition("=")
        if name not in hints:
            near = did_you_mean(name, hints) or ";"
            raise InputError(f"{option} {text}: no field {name!r}{near} {known}")
        if not equals:
            raise InputError(f"{option} {text}: wanted {name}=VALUE")
        try:
            values[name] = _typed(hints[name], value)
            _check(values[name], limits(type(recipe), name) | _of_type(hints[name]))
        except ValueError as error:
            raise InputError(f"{option} {text}: {error}") from error
    return replace(recipe, **values)  # type: ignore[type-var]  # a recipe is a dataclass


def as_typed(values: Mapping[str, Any]) -> list[str]:
    """Changed fields as they were typed: `branches=pool4,conv5_3`, `units=128`."""
    words = {n: ",".join(map(str, v)) if isinstance(v, tuple) else v for n, v in sorted(values.items())}
    return [f"{name}={value}" for name, value in words.items()]


def _of_type(hint: Any) -> dict[str, Any]:
    """The limits that a type has, `Share` or a tuple of them."""
    item = get_args(hint)[0] if get_origin(hint) is tuple else hint
    return dict(get_args(item)[1]) if get_origin(item) is Annotated else {}


def _typed(hint: Any, text: str) -> Any:
    """The text as a value of the annotated type. Raises ValueError in words."""
    kinds = get_args(hint)
    if get_origin(hint) is tuple:
        parts = text.split(",")
        if kinds[-1] is not Ellipsis and len(parts) != len(kinds):
            raise ValueError(f"wanted {len(kinds)} values with a comma between them")
        return tuple(_typed(kinds[0], part) for part in parts)
    kind = hint if isinstance(hint, type) else kinds[0]
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind is int and re.fullmatch(_WHOLE, text):
        return int(text)
    if kind is float and re.fullmatch(_NUMBER, text) and math.isfinite(float(text)):
        return float(text)
    if kind is str and text:
        return text
    raise ValueError(f"{text!r} is not {_WANTED[kind]}")


def _check(value: Any, within: dict[str, Any]) -> None:
    """Raises ValueError for a word that is none of the choices and a number outside the limits."""
    items = value if isinstance(value, tuple) else (value,)
    for item in items:
        if isinstance(item, str):
            known = within["choices"].split() if "choices" in within else [item]
            if item not in known:
                raise ValueError(f"no {item!r}{there_are(item, known)}")
        elif not isinstance(item, bool):
            least, most = within.get("least", int(isinstance(item, int))), within.get("most", math.inf)
            if not least <= item <= most:
                beyond = f" to {most:g}" if most < math.inf else " or more"
                raise ValueError(f"{item} is out of range; wanted {least:g}{beyond}")
    if isinstance(value, tuple) and "choices" in within and len(set(value)) < len(value):
        raise ValueError("wanted each of them once")
