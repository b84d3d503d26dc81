"""`paperN DATASET`, `train FOLDER` and `predict VIDEO`: what they take."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.cli.arguments import (
    PRESETS,
    QUICK,
    Commands,
    OneLineParser,
    add_cluster,
    add_set,
    count,
    data_set,
    named_file,
    place,
    port,
    seed,
)
from repro.papers import PAPERS
from repro.training.worker_list import SOURCES

EXPORTS = ("keras", "savedmodel", "tflite", "onnx")  # as `deploy.formats` has them, which brings TensorFlow
# What `paperN` asks for and `train` does not: it runs with these values.
NOT_OF_TRAIN: Mapping[str, Any] = {
    **{"split": ["1"], "rows": ["all"], "stage": None, "pretraining": None},
    **{"data": None, "lists": None, "workers": None},
}


class _DataSet(argparse.Action):
    """Stores the data set; `quick` is short for `demo --preset quick`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if values == QUICK:
            namespace.preset = namespace.preset or QUICK
        setattr(namespace, self.dest, "demo" if values == QUICK else values)


def add_papers(commands: Commands) -> None:
    """One command a paper."""
    for entry in PAPERS.values():
        paper = commands.add_parser(entry.name, help=entry.title)
        paper.set_defaults(paper=entry.number)
        names = (*entry.datasets, *((QUICK,) if QUICK in entry.presets else ()))
        paper.add_argument(
            "dataset",
            action=_DataSet,
            type=data_set(names),
            metavar="DATASET",
            help=f"{', '.join(names)}, or a folder of class folders or a CSV (path, label, ...) of "
            "your own; demo is drawn here, without a download",
        )
        _add_what(paper, ", ".join(("data", *entry.stages, "evaluate", "report")), tuple(entry.presets))
        paper.add_argument("--data", type=place, metavar="DIR", help="folder of the data set")
        paper.add_argument("--lists", type=place, metavar="DIR", help="folder of its official list files")
        _add_how(paper)
        paper.add_argument(
            "--workers",
            choices=SOURCES,
            metavar="FROM",
            help="train with the same command at other machines, which TF_CONFIG or Slurm's variables name: "
            f"{' or '.join(SOURCES)}",
        )
        if entry.takes_scores:
            paper.add_argument(
                "--scores",
                type=named_file,
                nargs="+",
                metavar="NAME=FILE",
                help="scores of other methods for Table 4: a CSV of video_id and one column a class",
            )
        if entry.starts:
            paper.add_argument(
                "--start-from",
                type=place,
                metavar="RUN",
                help="a finished run whose networks all but the last layers start from (HMDB51 from UCF101, "
                f"Hollywood2 from ActivityNet), or a word of the recipe: {' or '.join(entry.starts)}",
            )


def _add_what(paper: OneLineParser, stages: str, presets: Sequence[str]) -> None:
    """Splits, rows, stages and the recipe."""
    add = paper.add_argument
    splits = "official splits or folds, or all (default 1)"
    add("--split", nargs="+", default=["1"], metavar="S", help=splits)
    add("--rows", nargs="+", default=["all"], metavar="ID", help="row ids or their beginnings")
    add("--stage", metavar="STAGE", help=f"stop after this one: {stages}")
    add("--preset", choices=presets, help="sizes (default: demo on demo, else paper)")
    add_set(paper)
    add("--pretraining", metavar="NAME", help="imagenet, standin, random or a weight file")
    add("--seed", type=seed, nargs="+", default=[0], metavar="N", help="seeds of the runs (default 0)")


def add_train(commands: Commands) -> None:
    """A model of one's own videos: a paper's main model alone, and only the options that matter there."""
    train = commands.add_parser("train", help="train a model on your own videos, and predict with it")
    train.add_argument(
        "dataset",
        type=data_set(()),
        metavar="VIDEOS",
        help="a folder of class folders (or of train/ and test/ above them), or a CSV (path, label, ...)",
    )
    add = train.add_argument
    add("--paper", type=int, choices=tuple(PAPERS), default=2, help="whose model (default 2)")
    add("--preset", choices=PRESETS, default="lite", help="sizes (default lite: two CPU cores will do)")
    add_set(train)
    add("--seed", type=seed, nargs=1, default=[0], metavar="N", help="seed of the run (default 0)")
    _add_how(train)
    train.set_defaults(**NOT_OF_TRAIN)


def _add_how(paper: OneLineParser) -> None:
    """Devices, and what is done about faults and earlier runs."""
    add = paper.add_argument
    add("--devices", type=count, metavar="N", help="replicas (default: every visible GPU, else 1)")
    add("--out", type=place, metavar="DIR", help="where runs, cache and results go")
    add("--partial", action="store_true", help="accept a copy that lacks listed videos")
    add("--skip-broken", action="store_true", help="leave out videos that do not decode")
    add_cluster(paper)
    resume = "continue an earlier run (the default); --no-resume starts it afresh"
    add("--resume", action=argparse.BooleanOptionalAction, default=True, help=resume)


def add_predict(commands: Commands) -> None:
    """Labels for any video."""
    predict = commands.add_parser("predict", help="label any video over time: JSON, CSV and an overlay video")
    predict.add_argument(
        "videos",
        nargs="+",
        metavar="VIDEO",
        help="a file, a folder (all videos below it), the number of a camera, or an http(s):// or rtsp:// "
        "address; a camera ends with Ctrl-C",
    )
    predict.add_argument(
        "--run",
        type=place,
        metavar="DIR",
        dest="run_folder",
        help="a trained run (default: the newest), or shipped: the model that ships (where there is no run)",
    )
    where = "where all of it goes (default: predictions/ here)"
    predict.add_argument("--out", type=place, metavar="DIR", default=Path("predictions"), help=where)
    predict.add_argument(
        "--no-overlay",
        action="store_true",
        help="JSON and CSV alone: no picture, no video, several times as fast",
    )
    predict.add_argument(
        "--highlight", action="store_true", help="cut the best moments into a reel (a run of paper 3)"
    )
    predict.add_argument(
        "--moments", type=count, default=3, metavar="N", help="highlight: how many (default 3)"
    )
    predict.add_argument(
        "--seconds", type=float, default=2.0, metavar="S", help="highlight: length of each (default 2)"
    )


def add_app(commands: Commands) -> None:
    """A page for people who do not type."""
    add = commands.add_parser(
        "app", help="a page on this machine: drop a video, see its overlay"
    ).add_argument
    run = "a trained run (default: the newest), or shipped"
    add("--run", type=place, metavar="DIR", dest="run_folder", help=run)
    add("--host", default="127.0.0.1", metavar="H", help="who may ask (default: this machine alone)")
    add("--port", type=port, default=7860, metavar="N", help="of the page's address (default 7860)")


def add_export(commands: Commands) -> None:
    """A trained run for other programs."""
    export = commands.add_parser("export", help="a trained run as one network in a file, checked")
    add = export.add_argument
    run = "a trained run (default: the newest), or shipped"
    add("run_folder", nargs="?", type=place, metavar="RUN", help=run)
    formats = "keras, savedmodel, tflite, onnx: one or several"
    add("--format", nargs="+", choices=EXPORTS, required=True, metavar="F", help=formats)
    where = "where the files go (default: exports/ here)"
    add("--out", type=place, metavar="DIR", default=Path("exports"), help=where)
    frames = "frames to check it on (default: real ones that are installed)"
    add("--video", type=place, metavar="VIDEO", help=frames)


def add_run(commands: Commands) -> None:
    """A trained run from one person to another."""
    run = commands.add_parser("run", help="a trained run as one zip file with checksums and a model card")
    actions = "export: write the file of a run; import: unpack one of somebody else's among the runs"
    run.add_argument("action", choices=("export", "import"), help=actions)
    what = "export: a trained run (default: the newest), or shipped; import: a zip file"
    run.add_argument("name", nargs="?", type=place, metavar="RUN", help=what)
    where = "export: where the file goes (exports/); import: where runs lie (runs/)"
    run.add_argument("--out", type=place, metavar="DIR", help=where)
