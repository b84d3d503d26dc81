"""The result file: written after every question, read again to go on where a run was cut off."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from repro.atomic import write_json
from repro.report.tables import text_table
from repro.types import InputError

Content = dict[str, Any]


class Answers:
    """{"size", "engine", "machine": {...}, "asking": {"name", "since"} or None, "answers": {name: {...}}}.

    An answer that could not be had is {"error": one line}. Raises InputError where the file holds the answers
    of another size or engine.
    """

    def __init__(self, path: Path, size: str, engine: str) -> None:
        self.path = path
        self.head = {"size": size, "engine": engine}
        content = self.read()
        head = {name: content.get(name) for name in self.head}
        if content and head != self.head:
            raise InputError(f"{path} holds answers of {head}, not of {self.head}; take another --out")

    def read(self) -> Content:
        """What the file holds now; empty if there is none."""
        content: Content = json.loads(self.path.read_text()) if self.path.exists() else {}
        return content

    def answers(self) -> dict[str, Content]:
        """All answers so far, errors too."""
        answers: dict[str, Content] = self.read().get("answers", {})
        return answers

    def finished(self) -> set[str]:
        """The questions with an answer that is no error."""
        return {name for name, answer in self.answers().items() if "error" not in answer}

    def ask(self, name: str, machine: Content) -> None:
        """Note which question is being asked, for whoever watches."""
        self._write(machine=machine, asking={"name": name, "since": time.time()})

    def give(self, name: str, answer: Content) -> None:
        """Write an answer."""
        self._write(asking=None, answers={**self.answers(), name: answer})

    def asking(self) -> tuple[str, float] | None:
        """The question that is being asked and since when."""
        asking = self.read().get("asking")
        return (asking["name"], asking["since"]) if asking else None

    def _write(self, **changes: Any) -> None:
        write_json(self.path, {**self.head, **self.read(), **changes})


def table(content: Content) -> str:
    """The results, a row a question."""
    rows = [_row(name, answer) for name, answer in content.get("answers", {}).items()]
    header = ("question", "ours ms", "peer ms", "ratio", "TFLOP/s", "of product", "compile s", "MiB", "")
    machine = content.get("machine", {})
    versions = ", ".join(f"{name} {version}" for name, version in machine.get("packages", {}).items())
    return f"{text_table(header, rows)}\n{machine.get('device')}, {content.get('engine')}; {versions}"


def _row(name: str, answer: Content) -> list[str]:
    if "error" in answer:
        return [name, *[""] * 7, answer["error"][:100]]
    rates = answer["tflop_per_s"]
    if "ratio" not in answer:
        return [name, *[""] * 7, ", ".join(f"{part} {rate:.1f}" for part, rate in rates.items())]
    middle = {part: spent["median"] for part, spent in answer["parts_ms"].items()}
    fastest = min(ms for part, ms in middle.items() if part.startswith("peer"))
    return [
        name,
        f"{middle['ours']:.2f}",
        f"{fastest:.2f}",
        f"{answer['ratio']:.2f} ({answer['ratio_min']:.2f} to {answer['ratio_max']:.2f})",
        f"{rates['ours']:.1f}",
        f"{100 * answer['share_of_product']['ours']:.0f} %",
        f"{answer['compile_s']:.0f}",
        str(answer["memory_mib"]["ours"] or ""),
        "" if answer["agrees"] else f"sides differ: {max(answer['differs'].values()):.1e}",
    ]
