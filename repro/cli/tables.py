"""Result files as tables: the paper's rows, what it quotes, the curves over the observed part, its claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.cli.claims_tables import of_results
from repro.cli.registry import PAPERS
from repro.experiment.paper import Paper
from repro.experiment.results import file_name, load, published_folder
from repro.report.tables import Cell, TableRow, compose, markdown_table

Table = Callable[[Sequence[str], Sequence[Sequence[str]]], str]
CURVES = "accuracy_at_fractions"
OVERLAPS = {
    "recall": "Recall in % of the true tubes, by least spatio-temporal overlap",
    "tube_map": "Mean average precision in % of the tubes, by least spatio-temporal overlap",
}
WAYS = {True: "mean of the probabilities of frames 1..t", False: "frame t alone, no averaging"}
# Beyond the papers: what else the curves hold, and what it is called in a heading.
MORE = {
    "top-5": "Top-5 accuracy in %",
    "mAP": "Mean average precision in %",
    "ECE": "Expected calibration error in % (lower is better)",
}


def results_tables(
    paper: Paper, results: Sequence[Path], table: Table, *, more: bool = False, beside: Path | None = None
) -> str:
    """Tables of some result files of one paper on one data set.

    more: also the metrics beyond the paper's. beside: the project's published results, whose values stand in
    a column of their own.
    """
    contents = [load(path) for path in results]
    several = {CURVES, *OVERLAPS}
    parts = _paper_rows(paper, [c for c in contents if c["metric"] not in several], table, beside)
    curves = [c for c in contents if c["metric"] == CURVES]
    parts += _curves(curves, table)
    for metric, words in OVERLAPS.items():
        parts += _over_overlaps([c for c in contents if c["metric"] == metric], words, table)
    if more:
        parts += _more(curves, table)
    parts += of_results(paper, contents, table)
    return "\n\n".join(parts)


def _paper_rows(paper: Paper, contents: list[dict[str, Any]], table: Table, beside: Path | None) -> list[str]:
    """Rows table by table, quoted numbers above ours where the data set is the paper's."""
    published = {c["id"]: _published(c, beside) for c in contents} if beside else {}
    column = ("published here",) if any(published.values()) else ()
    lines = []
    for content in contents:
        lines.append(
            [
                _place(content),
                content["row"],
                _how(content),
                _own(content),
                _interval(content),
                *(published[content["id"]] for _ in column),
                "" if content["printed"] is None else f"{content['printed']:g}",
                content["state"],
            ]
        )
    if not lines:
        return []
    dataset = contents[0]["dataset"]
    shown = {content["table"] for content in contents}
    empty = [""] * (2 + len(column))
    lines += [
        [f"table {r.table}", r.method, r.name, *empty, f"{r.printed:g}", "quoted"]
        for r in paper.reported
        if r.dataset == dataset and r.table in shown
    ]
    lines.sort(key=lambda line: line[0])
    header = ("", "row", "how", "own, %", "95 %", *column, "printed (full recipe)", "state")
    return ["Rows of the paper\n" + table(header, lines)]


def _published(content: Mapping[str, Any], results: Path) -> str:
    """What the project's own runs of a row say, or nothing."""
    folder = published_folder(results, content["paper"], content["run_on"], content["preset"])
    path = folder / file_name(content["id"])
    return _own(load(path)) if path.exists() else ""


def _place(content: Mapping[str, Any]) -> str:
    return f"table {content['table']}" if content["table"].isdigit() else str(content["table"])


def _how(content: Mapping[str, Any]) -> str:
    options = content["metric_options"]
    if "observed" not in options:  # whole videos
        return "fused" if {"product_with", "combined"} & set(options) else ""
    words = [options["observed"] if "seen" not in options else f"spaced over {options['seen']}"]
    words += [options["class_name"]] if "class_name" in options else []
    words += [] if options.get("pooled", True) else ["last frame alone"]
    words += ["held-out training clips"] if options.get("part") == "validation" else []
    return ", ".join(words)


def _own(content: Mapping[str, Any]) -> str:
    own, std = content["own"]["mean"]["value"], content["own"]["std"]["value"]
    seeds = len(content["own"]["seeds"])
    text = f"{own:.1f}" + ("" if std is None else f" ± {std:.1f} (n={seeds})")
    sets = content["own"].get("sets")
    return text + (f" ({', '.join(f'{name}: {value:.1f}' for name, value in sets.items())})" if sets else "")


def _interval(content: Mapping[str, Any]) -> str:
    ends = content["own"].get("interval", {}).get("value")
    return f"{ends[0]:.1f} to {ends[1]:.1f}" if ends else ""


def _curves(curves: list[dict[str, Any]], table: Table) -> list[str]:
    parts = []
    for pooled, words in WAYS.items():
        chosen = [c for c in curves if c["metric_options"]["pooled"] is pooled]
        if chosen:
            observed = chosen[0]["metric_options"]["observed"]
            lines = [TableRow(_model(c), _cells(c, {part: part for part in observed})) for c in chosen]
            parts.append(
                f"Accuracy in % after part of the clip ({words})\n{table(*compose(observed, lines))}"
            )
    return parts


def _over_overlaps(contents: list[dict[str, Any]], words: str, table: Table) -> list[str]:
    if not contents:
        return []
    overlaps = list(contents[0]["own"]["mean"])
    lines = [TableRow(str(c["row"]), _cells(c, {part: part for part in overlaps})) for c in contents]
    return [f"{words}\n{table(*compose(overlaps, lines))}"]


def _more(curves: list[dict[str, Any]], table: Table) -> list[str]:
    """The other metrics of the averaged probabilities, and the clips decided for good by each part."""
    chosen = [c for c in curves if c["metric_options"]["pooled"]]
    if not chosen:
        return []
    parts = []
    for metric, words in MORE.items():
        names = {p: f"{metric} at {p}" for p in chosen[0]["metric_options"]["observed"]}
        lines = [TableRow(_model(c), _cells(c, names)) for c in chosen]
        if all(line.cells for line in lines):
            parts.append(f"{words} after part of the clip (averaged)\n{table(*compose(list(names), lines))}")
    names = {n.removeprefix("decided by "): n for n in chosen[0]["own"]["mean"] if n.startswith("decided")}
    lines = [TableRow(_model(c), _cells(c, names)) for c in chosen]
    heading = "Clips in % whose right class is first for good by this part of them (averaged)"
    parts.append(f"{heading}\n{table(*compose(list(names), lines))}")
    return parts


def _model(content: Mapping[str, Any]) -> str:
    return str(content["row"]).rsplit(", ", 1)[0]


def _cells(content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Cell]:
    """By column, what the result calls `names[column]`."""
    own = content["own"]
    return {
        column: Cell(own["mean"][name], own["std"][name], len(own["seeds"]))
        for column, name in names.items()
        if name in own["mean"]
    }


def results_markdown(results: Path) -> str:
    """All result files under `results/`, by paper, data set and preset, as Markdown."""
    parts = ["# Results", "Made by `bash run.sh report` from the JSON files beside it."]
    for folder in sorted({path.parent for path in results.glob("paper*/*/*.json")}):
        parts.append(folder_markdown(folder))
    return "\n\n".join(parts) + "\n"


def folder_markdown(folder: Path) -> str:
    """The results of one paper on one data set with one preset."""
    files = sorted(folder.glob("*.json"))
    contents = [load(path) for path in files]
    runs = [run for content in contents for run in content["runs"]]
    newest = max(runs, key=lambda run: str(run["date"]))
    commands = sorted({run["command"] for run in runs})
    paper = PAPERS[contents[0]["paper"]]
    parts = [
        f"## {paper.name} on {contents[0]['run_on']}, preset {contents[0]['preset']}",
        f"Pre-training: {newest['pretraining']}. Seeds: {_listed(run['seed'] for run in runs)}. "
        f"Splits: {_listed(run['split'] for run in runs)}. Device: {newest['device']}. "
        f"Commands: {', '.join(f'`{command}`' for command in commands)}.",
    ]
    text = results_tables(paper, files, markdown_table, more=True)
    parts += [part.replace("\n|", "\n\n|", 1) for part in text.split("\n\n")]
    return "\n\n".join(parts)


def _listed(values: Any) -> str:
    return ", ".join(sorted({str(value) for value in values}, key=lambda text: (len(text), text)))
