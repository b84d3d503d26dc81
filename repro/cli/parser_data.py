"""`data DATASET ACTION` and `weights ACTION`: what they take."""

from __future__ import annotations

from repro.cli.arguments import DATASETS, LAYOUTS, Commands, data_set, place


def add_data(commands: Commands) -> None:
    """The demo set, and the data sets of the papers."""
    data = commands.add_parser(
        "data", help="make the demo set, measure its properties; download, verify or list a data set"
    )
    data.add_argument(
        "dataset",
        type=data_set(DATASETS),
        metavar="DATASET",
        help=f"{', '.join(DATASETS)}, or a folder or CSV of your own",
    )
    data.add_argument(
        "action",
        choices=("make", "verify", "list", "download", "properties"),
        help="make: draw the demo set; verify: decode every video and name every fault; list: splits and "
        "classes; download: fetch what can be fetched; properties: what the demo set is designed by",
    )
    data.add_argument("--data", type=place, metavar="DIR", help="folder of the data set")
    data.add_argument("--lists", type=place, metavar="DIR", help="folder of its official list files")
    data.add_argument("--partial", action="store_true", help="accept a copy that lacks listed videos")
    data.add_argument(
        "--report", type=place, metavar="FILE", help="verify: where the JSON goes (runs/verify-DATASET.json)"
    )
    data.add_argument(
        "--layout", choices=LAYOUTS, default="ucf101", help="make: whose layout (default ucf101)"
    )
    data.add_argument(
        "--clips-per-group",
        type=int,
        default=3,
        metavar="N",
        help="make: of each source (default 3; 4 is the full set)",
    )
    data.add_argument(
        "--groups", type=int, default=25, metavar="N", help="make: sources of each class (default 25)"
    )
    data.add_argument(
        "--split", type=int, choices=(1, 2, 3), default=1, help="properties: which is measured (default 1)"
    )


def add_weights(commands: Commands) -> None:
    """What networks start from."""
    weights = commands.add_parser(
        "weights", help="weights: list, fetch, convert published files, verify, make stand-ins, ship a run"
    )
    weights.add_argument(
        "action",
        choices=("list", "fetch", "convert", "verify", "make", "ship"),
        help="list: what there is; fetch: download; convert: a published file to ours; verify: compare "
        "checksums; make: train stand-ins; ship: a finished run as a model that ships",
    )
    weights.add_argument(
        "name",
        nargs="?",
        help="fetch: which; convert: the file; make: which stand-in (default: all); ship: a finished run",
    )
    weights.add_argument(
        "--as", metavar="NAME", dest="target", help="convert: which weights of the list the file holds"
    )
    weights.add_argument("--mean", type=place, metavar="FILE", help="convert: the .binaryproto of C3D's mean")
    weights.add_argument(
        "--out",
        type=place,
        metavar="DIR",
        help="fetch, convert, make, ship: where to write (default: weights/)",
    )
    weights.add_argument("--data", type=place, metavar="DIR", help="ship: folder of the run's data set")
    weights.add_argument("--lists", type=place, metavar="DIR", help="ship: folder of its official list files")
    weights.add_argument(
        "--unknown",
        type=place,
        metavar="DIR",
        help="ship: videos of other actions, to count the uncertain ones",
    )
