"""What shows, measures and checks: from `rows` and `report` to `test` and `notebooks`."""

from __future__ import annotations

from repro.cli.arguments import PRESETS, Commands, add_set, count, place
from repro.papers import PAPERS

NAMES = [paper.name for paper in PAPERS.values()]


def add_small(commands: Commands) -> None:
    """Commands of a few options each."""
    rows = commands.add_parser("rows", help="every table row: printed value, own value, state")
    rows.add_argument("--all", action="store_true", help="also baselines, curves, readings, reported numbers")
    summary = commands.add_parser("summary", help="model.summary() of every network of a paper")
    summary.add_argument("--classes", type=count, help="classes (default: those of the paper's data set)")
    recipe = commands.add_parser("recipe", help="every number of a paper's recipe, and where it comes from")
    add_set(recipe)
    for command in (summary, recipe):
        command.add_argument("paper_name", choices=NAMES, metavar="PAPER", help=", ".join(NAMES))
        command.add_argument(
            "--preset", default="paper", metavar="PRESET", help=f"one of the paper's: {', '.join(PRESETS)}"
        )
    claims = commands.add_parser("claims", help="every claim of the papers, and whether it holds here")
    whose = f"{', '.join(NAMES)} (default: all)"
    claims.add_argument("paper_name", nargs="?", choices=NAMES, metavar="PAPER", help=whose)
    publish = commands.add_parser("publish", help="add the rows of finished runs to results/")
    publish.add_argument("runs", nargs="+", type=place, metavar="RUN", help="folders below runs/")
    report = commands.add_parser("report", help="results/ as tables")
    for command in (rows, recipe, claims):
        command.add_argument("--json", action="store_true", help="the same for programs")
    for command in (claims, publish, report):
        command.add_argument("--out", type=place, metavar="DIR", help="the folder that holds results/")


def add_campaign(commands: Commands) -> None:
    """All rows on the demo set."""
    campaign = commands.add_parser(
        "campaign",
        help="every row on the demo set with all its seeds, published; goes on where it stopped",
    )
    add = campaign.add_argument
    add("papers", nargs="*", choices=NAMES, metavar="PAPER", help="which (default: all)")
    add("--jobs", type=count, metavar="N", help="processes at a time (default: one a core; with a GPU, one)")
    add("--dry-run", action="store_true", help="print what is to run, and run nothing")
    add("--out", type=place, metavar="DIR", help="where runs, cache and results go")


def add_bench(commands: Commands) -> None:
    """The benchmarks."""
    add = commands.add_parser(
        "bench", help="benchmarks against peers in the same run, as ratios"
    ).add_argument
    add("question", nargs="*", metavar="QUESTION", help="which (default: all)")
    add("--repeat", type=int, default=5, metavar="N", help="repeats (default 5)")
    sizes = (
        "of what (default: paper; training steps and decode_and_extract demo too, training_loop demo alone)"
    )
    add("--size", choices=("paper", "demo", "tiny"), help=sizes)
    samples = "training steps: samples a step (default: the paper's on a GPU, else fewer)"
    add("--batch", type=int, metavar="N", help=samples)
    add("--out", type=place, metavar="DIR", help="where results go")


def add_tools(commands: Commands) -> None:
    """What a developer runs."""
    commands.add_parser("check", help="format, lint, types, layout, fast tests: before every commit")
    test = commands.add_parser("test", help="these and the standard tests: before anything is handed in")
    every = "every test there is: before a release; goes on where it stopped"
    test.add_argument("--all", action="store_true", help=every)
    commands.add_parser("notebooks", help="make the notebooks from their sources and run them")
