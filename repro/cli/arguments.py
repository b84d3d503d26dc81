"""What the groups of commands share: the words they take, and how a wrong one is answered."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

DATASETS = ("demo", "ucf101", "jhmdb21", "ut_interaction", "hmdb51", "thumos13", "activitynet", "hollywood2")
LAYOUTS = ("ucf101", "jhmdb21", "ut_interaction", "hmdb51", "thumos13", "activitynet", "hollywood2")
PRESETS = ("paper", "demo", "tiny")


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of printing the whole usage."""

    def error(self, message: str) -> NoReturn:
        print(
            f"error: {message}; see: bash run.sh {self.prog.removeprefix('run.sh')} --help".replace(
                "  ", " "
            ),
            file=sys.stderr,
        )
        raise SystemExit(2)


Commands: TypeAlias = "argparse._SubParsersAction[OneLineParser]"


def data_set(names: Sequence[str]) -> Callable[[str], str]:
    """One of `names`, or the path of data of one's own."""

    def parse(text: str) -> str:
        own = text not in DATASETS and (text.endswith(".csv") or Path(text).exists() or "/" in text)
        if text not in names and not own:
            raise argparse.ArgumentTypeError(
                f"{text!r}; there are: {', '.join(names)}, or name a folder of class folders or a .csv file"
            )
        return text

    return parse


def seed(text: str) -> int:
    """A whole number from 0 on."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; wanted 0, 1, 2, ...")
    return int(text)


def named_file(text: str) -> tuple[str, Path]:
    """`NAME=FILE` in its two parts."""
    name, _, file = text.partition("=")
    if not name or not file:
        raise argparse.ArgumentTypeError(f"{text!r}; wanted NAME=FILE, as 'iDT(FV)=idt.csv'")
    return name, Path(file)


def later(module: str, function: str) -> Callable[[argparse.Namespace], int | None]:
    """Import a command's module only when the command runs: `rows` must not wait for TensorFlow."""

    def run(options: argparse.Namespace) -> int | None:
        command: Callable[[argparse.Namespace], int | None] = getattr(
            importlib.import_module(f"repro.cli.{module}"), function
        )
        return command(options)

    return run
