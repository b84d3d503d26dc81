"""What shows, measures and checks: from `rows` and `report` to `test` and `notebooks`."""

from __future__ import annotations

from pathlib import Path

from repro.cli.arguments import PRESETS, Commands, add_set, count
from repro.papers import PAPERS


def add_small(commands: Commands) -> None:
    """Commands of a few options each."""
    rows = commands.add_parser("rows", help="every table row: printed value, own value, state")
    rows.add_argument("--json", action="store_true")
    rows.add_argument("--all", action="store_true", help="also baselines, curves, readings, reported numbers")
    summary = commands.add_parser("summary", help="model.summary() of every network of a paper")
    summary.add_argument("paper_name", choices=[p.name for p in PAPERS.values()], metavar="PAPER")
    summary.add_argument("--preset", choices=PRESETS, default="paper")
    summary.add_argument("--classes", type=count, help="classes (default: those of the paper's data set)")
    recipe = commands.add_parser("recipe", help="every number of a paper's recipe, and where it comes from")
    recipe.add_argument("paper_name", choices=[p.name for p in PAPERS.values()], metavar="PAPER")
    recipe.add_argument("--preset", choices=PRESETS, default="paper")
    add_set(recipe)
    recipe.add_argument("--json", action="store_true")
    claims = commands.add_parser("claims", help="every claim of the papers, and whether it holds here")
    claims.add_argument("paper_name", nargs="?", choices=[p.name for p in PAPERS.values()], metavar="PAPER")
    claims.add_argument("--json", action="store_true")
    claims.add_argument("--out", type=Path, metavar="DIR", help="the folder that holds results/")
    publish = commands.add_parser("publish", help="add the rows of finished runs to results/")
    publish.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders below runs/")
    publish.add_argument("--out", type=Path, metavar="DIR", help="the folder that holds results/")
    report = commands.add_parser("report", help="results/ as tables")
    report.add_argument("--out", type=Path, metavar="DIR", help="the folder that holds results/")
    bench = commands.add_parser("bench", help="benchmarks against peers in the same run, as ratios")
    bench.add_argument("question", nargs="*", metavar="QUESTION", help="which (default: all)")
    bench.add_argument("--repeat", type=int, default=5, metavar="N", help="repeats (default 5)")
    bench.add_argument("--size", choices=("paper", "demo", "tiny"), help="(default: paper, steps demo too)")
    bench.add_argument(
        "--batch",
        type=int,
        metavar="N",
        help="training steps: samples a step (default: the paper's on a GPU, else fewer)",
    )
    bench.add_argument("--out", type=Path, metavar="DIR", help="where results go")
    tools = {
        "check": "format, lint, types, layout, fast tests: before every commit",
        "test": "these and the standard tests: before anything is handed in",
        "notebooks": "make the notebooks from their sources and run them",
    }
    added = {name: commands.add_parser(name, help=words) for name, words in tools.items()}
    added["test"].add_argument(
        "--all", action="store_true", help="every test there is: before a release; goes on where it stopped"
    )
