"""What can be typed after `bash run.sh`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from repro.cli.registry import PAPERS

DATASETS = ("demo", "ucf101", "jhmdb21", "ut_interaction", "hmdb51", "thumos13", "activitynet", "hollywood2")
LAYOUTS = ("ucf101", "jhmdb21", "ut_interaction", "hmdb51", "thumos13", "activitynet", "hollywood2")
PRESETS = ("paper", "demo", "tiny")


def _data_set(names: Sequence[str]) -> Callable[[str], str]:
    """One of `names`, or the path of data of one's own."""

    def parse(text: str) -> str:
        own = text not in DATASETS and (text.endswith(".csv") or Path(text).exists() or "/" in text)
        if text not in names and not own:
            raise argparse.ArgumentTypeError(
                f"{text!r}; there are: {', '.join(names)}, or name a folder of class folders or a .csv file"
            )
        return text

    return parse


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


def _later(module: str, function: str) -> Callable[[argparse.Namespace], int | None]:
    """Import a command's module only when the command runs: `rows` must not wait for TensorFlow."""

    def run(options: argparse.Namespace) -> int | None:
        command: Callable[[argparse.Namespace], int | None] = getattr(
            importlib.import_module(f"repro.cli.{module}"), function
        )
        return command(options)

    return run


def build_parser() -> argparse.ArgumentParser:
    """The parser; the chosen command is the function `options.run`."""
    parser = OneLineParser(prog="run.sh", description="Five video action-recognition papers, reproduced.")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=OneLineParser
    )
    _add_papers(commands)
    _add_predict(commands)
    _add_data(commands)
    _add_weights(commands)
    _add_small(commands)
    return parser


def _add_papers(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    for entry in PAPERS.values():
        paper = commands.add_parser(entry.name, help=entry.title)
        paper.add_argument(
            "dataset",
            type=_data_set(entry.datasets),
            metavar="DATASET",
            help=f"{', '.join(entry.datasets)}, or a folder of class folders or a CSV (path, label, ...) of "
            "your own; demo is drawn here, without a download",
        )
        paper.add_argument(
            "--split",
            nargs="+",
            default=["1"],
            metavar="S",
            help="official splits or folds, or all (default 1)",
        )
        paper.add_argument(
            "--rows", nargs="+", default=["all"], metavar="ID", help="row ids or their beginnings"
        )
        stages = ", ".join(("data", *entry.stages, "evaluate", "report"))
        paper.add_argument("--stage", metavar="STAGE", help=f"stop after this one: {stages}")
        paper.add_argument("--preset", choices=PRESETS, help="sizes (default: demo on demo, else paper)")
        paper.add_argument("--pretraining", metavar="NAME", help="imagenet, standin, random or a weight file")
        paper.add_argument(
            "--seed", type=_seed, nargs="+", default=[0], metavar="N", help="seeds of the runs (default 0)"
        )
        paper.add_argument(
            "--devices", type=int, metavar="N", help="replicas (default: every visible GPU, else 1)"
        )
        paper.add_argument("--data", type=Path, metavar="DIR", help="folder of the data set")
        paper.add_argument("--lists", type=Path, metavar="DIR", help="folder of its official list files")
        paper.add_argument("--out", type=Path, metavar="DIR", help="where runs, cache and results go")
        paper.add_argument("--partial", action="store_true", help="accept a copy that lacks listed videos")
        paper.add_argument("--skip-broken", action="store_true", help="leave out videos that do not decode")
        paper.add_argument(
            "--resume",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="continue an earlier run (the default); --no-resume starts it afresh",
        )
        if "scores" in entry.extras:
            paper.add_argument(
                "--scores",
                type=_named_file,
                nargs="+",
                metavar="NAME=FILE",
                help="scores of other methods for Table 4: a CSV of video_id and one column a class",
            )
        if "start_from" in entry.extras:
            paper.add_argument(
                "--start-from",
                type=Path,
                metavar="RUN",
                help="a finished run whose networks all but the last layers start from (HMDB51 from UCF101, "
                "Hollywood2 from ActivityNet)",
            )
        paper.set_defaults(run=_later("papers", "run_paper"), paper=entry.number)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no seed; wanted 0, 1, 2, ...")
    return int(text)


def _named_file(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    if not name or not file:
        raise argparse.ArgumentTypeError(f"{text!r}; wanted NAME=FILE, as 'iDT(FV)=idt.csv'")
    return name, Path(file)


def _add_predict(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    predict = commands.add_parser("predict", help="label any video file over time: JSON and an overlay video")
    predict.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    predict.add_argument(
        "--run", type=Path, metavar="DIR", dest="run_folder", help="a trained run (default: newest)"
    )
    predict.add_argument("--out", type=Path, metavar="DIR", default=Path("predictions"))
    predict.add_argument(
        "--highlight", action="store_true", help="cut the best moments into a reel (a run of paper 3)"
    )
    predict.add_argument(
        "--moments", type=int, default=3, metavar="N", help="highlight: how many (default 3)"
    )
    predict.add_argument(
        "--seconds", type=float, default=2.0, metavar="S", help="highlight: length of each (default 2)"
    )
    predict.set_defaults(run=_later("predict", "run_predict"))


def _add_data(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    data = commands.add_parser("data", help="make the demo set; download, verify or list a data set")
    data.add_argument(
        "dataset",
        type=_data_set(DATASETS),
        metavar="DATASET",
        help=f"{', '.join(DATASETS)}, or a folder or CSV of your own",
    )
    data.add_argument("action", choices=("make", "verify", "list", "download"))
    data.add_argument("--data", type=Path, metavar="DIR", help="folder of the data set")
    data.add_argument("--lists", type=Path, metavar="DIR", help="folder of its official list files")
    data.add_argument("--partial", action="store_true", help="accept a copy that lacks listed videos")
    data.add_argument(
        "--report", type=Path, metavar="FILE", help="verify: where the JSON goes (runs/verify-DATASET.json)"
    )
    data.add_argument("--layout", choices=LAYOUTS, default="ucf101", help="make: official layout")
    data.add_argument("--clips-per-group", type=int, default=3, metavar="N", help="make: 4 is the full set")
    data.add_argument("--groups", type=int, default=25, metavar="N", help="make: sources per class")
    data.set_defaults(run=_later("data", "run_data"))


def _add_weights(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    weights = commands.add_parser(
        "weights", help="pre-trained weights: list, fetch, convert from Caffe, verify, make stand-ins"
    )
    weights.add_argument("action", choices=("list", "fetch", "convert", "verify", "make"))
    weights.add_argument(
        "name", nargs="?", help="fetch: which; convert: the Caffe file; make: which stand-in (default: all)"
    )
    weights.add_argument(
        "--as", metavar="NAME", dest="target", help="convert: which weights of the list the file holds"
    )
    weights.add_argument("--mean", type=Path, metavar="FILE", help="convert: the .binaryproto of C3D's mean")
    weights.add_argument(
        "--out", type=Path, metavar="DIR", help="fetch, convert, make: where to write (default: weights/)"
    )
    weights.set_defaults(run=_later("weights", "run_weights"))


def _add_small(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    rows = commands.add_parser("rows", help="every table row: printed value, own value, state")
    rows.add_argument("--json", action="store_true")
    rows.add_argument("--all", action="store_true", help="also baselines, curves, readings, quoted numbers")
    rows.set_defaults(run=_later("show", "run_rows"))
    summary = commands.add_parser("summary", help="model.summary() of every network of a paper")
    summary.add_argument("paper_name", choices=[p.name for p in PAPERS.values()], metavar="PAPER")
    summary.add_argument("--preset", choices=PRESETS, default="paper")
    summary.add_argument("--classes", type=int, help="classes (default: those of the paper's data set)")
    summary.set_defaults(run=_later("show", "run_summary"))
    report = commands.add_parser("report", help="results/ as tables")
    report.add_argument("--out", type=Path, metavar="DIR", help="the folder that holds results/")
    report.set_defaults(run=_later("show", "run_report"))
    bench = commands.add_parser("bench", help="benchmarks against peers in the same run, as ratios")
    bench.add_argument("question", nargs="*", metavar="QUESTION", help="which (default: all)")
    bench.add_argument("--repeat", type=int, default=5, metavar="N", help="repeats (default 5)")
    bench.add_argument("--size", choices=("paper", "tiny"), default="paper")
    bench.add_argument(
        "--batch",
        type=int,
        metavar="N",
        help="video_lstm_step: snippets a step (default: 128 on a GPU, else 2)",
    )
    bench.add_argument("--out", type=Path, metavar="DIR", help="where results go")
    bench.set_defaults(run=_later("bench", "run_bench"))
    for name, words in {
        "check": "format, lint, types, layout, fast tests",
        "test": "the whole test suite",
        "notebooks": "make the notebooks from their sources and run them",
    }.items():
        commands.add_parser(name, help=words).set_defaults(run=_later("develop", f"run_{name}"))
