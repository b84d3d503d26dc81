"""What the groups of commands share: the words they take, and how a wrong one is answered."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from repro.cli.called import command
from repro.cluster import words
from repro.cluster.task import Settings
from repro.nearest import did_you_mean, there_are
from repro.video.names import in_one_line

DATASETS = ("demo", "ucf101", "jhmdb21", "ut_interaction", "hmdb51", "thumos13", "activitynet", "hollywood2")
LAYOUTS = (
    *("ucf101", "jhmdb21", "ut_interaction", "ut_interaction_segmented"),
    *("hmdb51", "thumos13", "activitynet", "hollywood2"),
)
PRESETS = ("paper", "demo", "tiny", "lite", "lite_ut", "quick")
QUICK = "quick"  # in place of a data set: the demo set at that preset
MOST_SEED = 2**32 - 1  # of NumPy and Keras
MOST_PORT = 2**16 - 1
EMPTY = "an empty path; name a file or a folder (. is the one you are in)"


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what was meant perhaps, instead of printing the whole usage."""

    _given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Words left over are refused here, by the command that knows its options."""
        self._given = tuple(args or ())
        options, extra = super().parse_known_args(args, namespace)
        if extra:
            near = did_you_mean(extra[0].split("=")[0], self._option_string_actions)
            self.error(f"unrecognized arguments: {' '.join(extra)}{near}")
        return options, extra

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """argparse's own check of `choices`, with the nearest of them.

        Of an optional list in which nothing stands, some versions of Python hand the list itself over.
        """
        if action.choices is not None and value != [] and value not in action.choices:
            offer = there_are(str(value), [str(choice) for choice in action.choices])
            raise argparse.ArgumentError(action, f"no {value!r}{offer}")

    def error(self, message: str) -> NoReturn:
        words = [command(), *self.prog.split()[1:], "--help"]
        line = f"{message}{self._with_dash()}; see: {' '.join(words)}"
        print(f"error: {in_one_line(line)}", file=sys.stderr)
        raise SystemExit(2)

    def _with_dash(self) -> str:
        """How the first file is named whose name was taken for an option, as `-clip.mp4`."""
        word = next((w for w in self._given if w.startswith("-") and _exists(w)), None)
        return "" if word is None or word in self._option_string_actions else f"; for the file write ./{word}"


Commands: TypeAlias = "argparse._SubParsersAction[OneLineParser]"


def data_set(names: Sequence[str]) -> Callable[[str], str]:
    """One of `names`, or the path of data of one's own."""

    def parse(text: str) -> str:
        place(text)
        own = text.endswith(".csv") or "/" in text or _exists(text)
        if text in names or (own and text not in DATASETS):
            return text
        offer = f"{there_are('' if text in DATASETS else text, names)}, or" if names else ";"
        raise argparse.ArgumentTypeError(
            f"no {text!r} here{offer} name a folder of class folders or a .csv file"
        )

    return parse


def place(text: str) -> Path:
    """The path of a file or folder. An empty one, as of an unset variable, is not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError(EMPTY)
    return Path(text)


def _exists(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # too long for a name, or with a zero byte
        return False


def seed(text: str) -> int:
    """A whole number that NumPy and Keras take as a seed."""
    if not text.isdecimal() or len(text) > 10 or int(text) > MOST_SEED:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; wanted 0, 1, 2, ... {MOST_SEED}")
    return int(text)


def count(text: str) -> int:
    """A whole number from 1 on, of at most nine digits."""
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; wanted a whole number, 1 or more")
    return int(text)


def port(text: str) -> int:
    """A whole number that can be a port; beyond them the page would end in the middle of its start."""
    number = count(text)
    if number > MOST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r}; wanted at most {MOST_PORT}")
    return number


def named_file(text: str) -> tuple[str, Path]:
    """`NAME=FILE` in its two parts."""
    name, _, file = text.partition("=")
    if not name or not file:
        raise argparse.ArgumentTypeError(f"{text!r}; wanted NAME=FILE, as 'iDT(FV)=idt.csv'")
    return name, Path(file)


def engine(text: str) -> str:
    """The words of `--cluster`."""
    if not words.is_engine(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no cluster; wanted {words.ENGINES}")
    return text


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Where flow and features are made, and what is done about videos that failed there."""
    add = parser.add_argument
    add("--cluster", type=engine, metavar="ENGINE", help=f"make flow and features on {words.ENGINES}")
    how = f"one of its settings: {', '.join(Settings.__dataclass_fields__)}; may be repeated"
    add("--cluster-set", action="append", default=[], metavar="NAME=VALUE", help=how)
    add("--retry-failed", action="store_true", help="try videos again that failed on a cluster")
    add("--dry-run", action="store_true", help="print the script of --cluster slurm and stop there")


def add_set(parser: argparse.ArgumentParser) -> None:
    """`--set FIELD=VALUE`, as often as one likes."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="one number or word of the recipe otherwise, as units=128; may be repeated",
    )
