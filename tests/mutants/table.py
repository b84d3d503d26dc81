"""Verdicts as a table by room, and the survivors one by one."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from mutants.sample import ROOMS


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def table(verdicts: list[dict[str, Any]]) -> str:
    by_room: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for verdict in verdicts:
        by_room[_room(verdict["file"])].append(verdict)
        by_room["all"].append(verdict)
    lines = [
        "| room | mutants | killed | by time | survived | tests left out | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for room in (*ROOMS, "all"):
        of = by_room[room]
        counts = [sum(v["outcome"] == said for v in of) for said in ("killed", "timeout", "survived")]
        cut = sum(bool(v["tests_left_out"]) for v in of if v["outcome"] == "survived")
        cells = [
            room,
            len(of),
            *counts,
            f"of {cut} survivors" if cut else "-",
            f"{sum(v['seconds'] for v in of):.0f}",
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def survivors(verdicts: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{v['id']} {v['function']}: {v['operator']}: {_short(v['before'])} -> {_short(v['after'])}"
        f" ({v['tests_met']} tests met, {v['tests_left_out']} left out)"
        for v in verdicts
        if v["outcome"] == "survived"
    )


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return f"`{one_line if len(one_line) < 70 else one_line[:67] + '...'}`"


def _room(file: str) -> str:
    return next(room for room, globs in ROOMS.items() if any(Path(file).match(g) for g in globs))
