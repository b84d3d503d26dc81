"""`data DATASET ACTION` and `weights ACTION`: what they take."""

from __future__ import annotations

from pathlib import Path

from repro.cli.arguments import DATASETS, LAYOUTS, Commands, data_set


def add_data(commands: Commands) -> None:
    """The demo set, and the data sets of the papers."""
    data = commands.add_parser("data", help="make the demo set; download, verify or list a data set")
    add, names = data.add_argument, f"{', '.join(DATASETS)}, or a folder or CSV of your own"
    add("dataset", type=data_set(DATASETS), metavar="DATASET", help=names)
    add("action", choices=("make", "verify", "list", "download"))
    add("--data", type=Path, metavar="DIR", help="folder of the data set")
    add("--lists", type=Path, metavar="DIR", help="folder of its official list files")
    add("--partial", action="store_true", help="accept a copy that lacks listed videos")
    add("--report", type=Path, metavar="FILE", help="verify: where the JSON goes (runs/verify-DATASET.json)")
    add("--layout", choices=LAYOUTS, default="ucf101", help="make: official layout")
    add("--clips-per-group", type=int, default=3, metavar="N", help="make: 4 is the full set")
    add("--groups", type=int, default=25, metavar="N", help="make: sources per class")


def add_weights(commands: Commands) -> None:
    """What networks start from."""
    what = "pre-trained weights: list, fetch, convert published files, verify, make stand-ins"
    add = commands.add_parser("weights", help=what).add_argument
    names = "fetch: which; convert: the file; make: which stand-in (default: all)"
    add("action", choices=("list", "fetch", "convert", "verify", "make"))
    add("name", nargs="?", help=names)
    add("--as", metavar="NAME", dest="target", help="convert: which weights of the list the file holds")
    add("--mean", type=Path, metavar="FILE", help="convert: the .binaryproto of C3D's mean")
    add("--out", type=Path, metavar="DIR", help="fetch, convert, make: where to write (default: weights/)")
