"""ActivityNet's annotation: one JSON object, from a sender not trusted, checked value by value."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from repro.datasets.faults import refuse
from repro.datasets.parsing import read_bytes
from repro.types import InputError, TimeSpan

MAX_BYTES = 64 * 2**20  # the owner's largest has under eight
YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}", re.ASCII)
MAX_S = 1_000_000
SUBSETS = TRAINING, VALIDATION, TESTING = "training", "validation", "testing"


class Instance(NamedTuple):
    """One annotated action. span: None where the annotation is empty, start and end being the same.

    Where faults are collected, an entry that was refused has no class name and no span.
    """

    class_name: str
    span: TimeSpan | None


class Video(NamedTuple):
    """subset: one of `SUBSETS`; videos of the last have no instances, their labels are withheld."""

    subset: str
    instances: tuple[Instance, ...]


class Annotation(NamedTuple):
    """version: as the file says. classes: sorted leaves of the taxonomy. videos: by YouTube id."""

    version: str
    classes: tuple[str, ...]
    videos: dict[str, Video]


def read(path: Path) -> Annotation:
    """The annotation file `activity_net.v1-<r>.min.json`, or another of its form.

    Raises InputError naming file and key for anything else: oversized or no JSON, keys that stand twice, NaN,
    other types, an unknown subset, a label that is not a leaf of the taxonomy, a segment that ends before it
    starts. Segments may reach beyond the duration, as some of the owner's do: the file that was obtained
    decides where they end.
    """
    content = _typed(_parsed(path), dict, f"{path}", "an object")
    version = _typed(content.get("version"), str, f"{path}: version", "a text")
    classes = _leaves(content.get("taxonomy"), f"{path}: taxonomy")
    database = _typed(content.get("database"), dict, f"{path}: database", "an object")
    known = frozenset(classes)
    videos: dict[str, Video] = {}
    for name, value in database.items():
        try:
            if not YOUTUBE_ID.fullmatch(name):
                raise InputError(
                    f"{path}: database: {name!r:.80} is not a YouTube id, which has 11 characters"
                )
            videos[name] = _video(value, known, f"{path}: database: {name!r:.80}")
        except InputError as error:
            refuse("line", str(error))
    return Annotation(version, classes, videos)


def _parsed(path: Path) -> Any:
    content = read_bytes(path, "annotation", MAX_BYTES)
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=partial(_once, path), parse_constant=_refuse)
    except (_Refused, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"annotation {path}: {error}; get the file again") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"annotation {path} is not valid JSON; get the file again") from error


class _Refused(ValueError):
    """Valid for the parser of the standard library, and still no annotation."""


def _once(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        for name, count in Counter(name for name, _ in pairs).items():
            if count > 1:
                refuse(
                    "duplicate", f"annotation {path}: the key {name!r:.80} appears twice; get the file again"
                )
    return fields


def _refuse(constant: str) -> Any:
    raise _Refused(f"{constant} is no number")


def _typed(value: Any, kind: type | tuple[type, ...], where: str, form: str) -> Any:
    """The value, if it is of that kind; a bool is no number."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InputError(f"{where} is {_short(value)}; wanted {form}")
    return value


def _short(value: Any) -> str:
    if isinstance(value, (list, dict)):  # not its text, which may be as deep and as long as the file
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    return "absent" if value is None else repr(value)[:80]


def _leaves(nodes: Any, where: str) -> tuple[str, ...]:
    """The names of the nodes that are nobody's parent."""
    names: dict[int, str] = {}
    parents: set[int] = set()
    for place, node in enumerate(_typed(nodes, list, where, "a list of nodes")):
        here = f"{where}: {place}"
        _typed(node, dict, here, "an object")
        number = _typed(node.get("nodeId"), int, f"{here}: nodeId", "a whole number")
        if number in names:
            raise InputError(f"{here}: nodeId {number} appears twice")
        name = names[number] = _typed(node.get("nodeName"), str, f"{here}: nodeName", "a text")
        if not name.isprintable() or not name.strip():
            raise InputError(f"{here}: nodeName is {_short(name)}; wanted printable words")
        if node.get("parentId") is not None:
            parents.add(_typed(node["parentId"], int, f"{here}: parentId", "a whole number"))
    leaves = sorted(name for number, name in names.items() if number not in parents)
    if twice := next((name for name, following in pairwise(leaves) if name == following), None):
        raise InputError(f"{where}: the leaf {twice!r:.80} appears twice")
    return tuple(leaves)


def _video(value: Any, classes: frozenset[str], where: str) -> Video:
    _typed(value, dict, where, "an object")
    subset = _typed(value.get("subset"), str, f"{where}: subset", "a text")
    if subset not in SUBSETS:
        raise InputError(f"{where}: subset is {subset[:80]!r}; there are: {', '.join(SUBSETS)}")
    duration_s = _seconds(value.get("duration"), f"{where}: duration")
    listed = _typed(value.get("annotations"), list, f"{where}: annotations", "a list")
    if subset == TESTING and listed:
        raise InputError(f"{where}: annotations of a testing video; wanted none, they are withheld")
    instances: list[Instance] = []
    for number, one in enumerate(listed, 1):
        try:
            instances.append(_instance(one, classes, duration_s, f"{where}: annotations: {number}"))
        except InputError as error:
            refuse("label" if ": label " in str(error) else "line", str(error))
            instances.append(Instance("", None))  # the others keep their numbers
    return Video(subset, tuple(instances))


def _instance(value: Any, classes: frozenset[str], duration_s: float, where: str) -> Instance:
    _typed(value, dict, where, "an object")
    label = _typed(value.get("label"), str, f"{where}: label", "a text")
    if label not in classes:
        raise InputError(f"{where}: label {label[:80]!r} is not a leaf of the taxonomy")
    ends = _typed(value.get("segment"), list, f"{where}: segment", "[start, end]")
    if len(ends) != 2:
        raise InputError(f"{where}: segment is {_short(ends)}; wanted [start, end]")
    start_s, stop_s = (_seconds(end, f"{where}: segment") for end in ends)
    if start_s > stop_s:
        raise InputError(f"{where}: segment from {start_s:g} s to {stop_s:g} s ends before it starts")
    if start_s > duration_s:
        raise InputError(f"{where}: segment from {start_s:g} s starts after the video, {duration_s:g} s long")
    return Instance(label, TimeSpan(start_s, stop_s) if start_s < stop_s else None)


def _seconds(value: Any, where: str) -> float:
    number = _typed(value, (int, float), where, "a number of seconds")
    if not 0 <= number <= MAX_S:  # false for infinity, true of no integer that a float cannot hold
        raise InputError(f"{where} is {_short(number)}; wanted 0 to {MAX_S} seconds")
    return float(number)
