"""Result files as tables: the paper's rows, what it quotes, the curves over the observed part, its claims."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.experiment.claims_tables import of_results, of_verdicts
from repro.experiment.commands import joined
from repro.experiment.paper import Paper
from repro.experiment.published import VerdictsOf
from repro.experiment.results import file_name, load, published_folder
from repro.experiment.verdicts import Verdict
from repro.report.tables import Part, Table, markdown_table, rendered

Content = Mapping[str, Any]  # of a result file
CURVES = "accuracy_at_fractions"
OVERLAPS = {
    "recall": "Recall in % of the true tubes, by least spatio-temporal overlap",
    "tube_map": "Mean average precision in % of the tubes, by least spatio-temporal overlap",
}
# And accuracy.
METRICS = {"map": "mAP", "highlighting": "mAP of frames", "inside": "share within the actor's box"}
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
    """`results_parts` and `claims_parts` as text, each table as `table` makes it."""
    parts = results_parts(paper, results, more=more, beside=beside) + claims_parts(paper, results)
    return rendered(parts, table)


def claims_parts(paper: Paper, results: Sequence[Path]) -> list[Part]:
    """What these result files say of the paper's claims."""
    return of_results(paper, [load(path) for path in results])


def results_parts(
    paper: Paper, results: Sequence[Path], *, more: bool = False, beside: Path | None = None
) -> list[Part]:
    """Tables of some result files of one paper on one data set.

    more: also the metrics beyond the paper's. beside: the project's published results, whose values stand in
    a column of their own.
    """
    contents = [load(path) for path in results]
    several = {metric: [c for c in contents if c["metric"] == metric] for metric in (CURVES, *OVERLAPS)}
    parts = _rows(paper, [c for c in contents if c["metric"] not in several], beside)
    parts += _curves(several[CURVES])
    for metric, words in OVERLAPS.items():
        if rows := several[metric]:
            parts.append(_by_column(words, rows, rows[0]["own"]["mean"], named=lambda c: c["row"]))
    if more:
        parts += _more(several[CURVES])
    return parts


def value(content: Content, name: str = "value") -> str:
    """A result in percent: `55.3 ± 1.2 (n=3)` over seeds, `55.3` of one, nothing where there is none.

    `55.3 ± 1.2 (n=3; all 5 runs of splits 1, 2, 3: 54.8)` where others ran besides those that can be paired.
    """
    own = content["own"]
    if name not in own["mean"]:
        return ""
    mean, std, every = own["mean"][name], own["std"][name], own.get("all_runs")
    notes = [] if std is None else [f"n={len(own['seeds'])}"]
    if every and name == "value":
        where = f"split{'s' * (len(every['splits']) > 1)} {', '.join(every['splits'])}"
        notes.append(f"all {every['runs']} runs of {where}: {every['mean'][name]:.1f}")
    spread = "" if std is None else f" ± {std:.1f}"
    return f"{mean:.1f}{spread}" + (f" ({'; '.join(notes)})" if notes else "")


def _rows(paper: Paper, contents: Sequence[Content], beside: Path | None) -> list[Part]:
    """Rows table by table, reported numbers above ours where the data set is the paper's."""
    if not contents:
        return []
    published = {c["id"]: _published(c, beside) for c in contents} if beside else {}
    column = ("published here",) if any(published.values()) else ()
    lines = [
        [
            _place(c),
            c["row"],
            _metric(c),
            how(c),
            _own(c),
            interval(c),
            *(published[c["id"]] for _ in column),
            "" if c["printed"] is None else f"{c['printed']:g}",
            c["state"],
        ]
        for c in contents
    ]
    tables = {c["table"] for c in contents}
    empty = [""] * (2 + len(column))
    lines += [
        [f"table {r.table}", r.method, "", r.name, *empty, f"{r.printed:g}", "reported"]
        for r in paper.reported
        if r.dataset == contents[0]["dataset"] and r.table in tables
    ]
    lines.sort(key=lambda line: line[0])
    header = ("", "row", "metric", "how", "ours (%)", "95 %", *column, "paper (%)", "state")
    return [Part("Results", header, lines)]


def _published(content: Content, results: Path) -> str:
    """What the project's own runs of a row say, or nothing."""
    folder = published_folder(results, content["paper"], content["run_on"], content["preset"])
    path = folder / file_name(content["id"])
    return _own(load(path)) if path.exists() else ""


def _place(content: Content) -> str:
    return f"table {content['table']}" if content["table"].isdigit() else str(content["table"])


def _metric(content: Content) -> str:
    """What the numbers of a line are: rows of one name may differ in nothing else."""
    if content["metric"] != "improvement":
        return METRICS.get(content["metric"], "accuracy")
    return f"points of {METRICS.get(content['metric_options'].get('of'), 'accuracy')}"


def how(content: Content) -> str:
    """At which part of a video it is measured, in words."""
    options = content["metric_options"]
    if "observed" not in options:  # whole videos
        return "fused" if {"product_with", "combined"} & set(options) else ""
    words = [options["observed"] if "seen" not in options else f"spaced over {options['seen']}"]
    words += [options["class_name"]] if "class_name" in options else []
    words += [] if options.get("pooled", True) or "alone" in options else ["last frame alone"]
    words += ["held-out training clips"] if options.get("part") == "validation" else []
    return ", ".join(words)


def _own(content: Content) -> str:
    sets = [f"{name}: {mean:.1f}" for name, mean in content["own"].get("sets", {}).items()]
    return value(content) + (f" ({', '.join(sets)})" if sets else "")


def interval(content: Content) -> str:
    """Its interval at 95 %, or nothing."""
    ends = content["own"].get("interval", {}).get("value")
    return f"{ends[0]:.1f} to {ends[1]:.1f}" if ends else ""


def _model(content: Content) -> str:
    return str(content["row"]).rsplit(", ", 1)[0]


def _by_column(
    heading: str,
    contents: Sequence[Content],
    columns: Iterable[str],
    *,
    held: str = "{}",
    named: Callable[[Content], str] = _model,
) -> Part:
    """A line for each result, of which each column shows one value. held: what a column's value is called."""
    columns = list(columns)
    lines = [[named(c), *(value(c, held.format(column)) for column in columns)] for c in contents]
    return Part(heading, ["", *columns], lines)


def _curves(curves: Sequence[Content]) -> list[Part]:
    parts = []
    for pooled, words in WAYS.items():
        if chosen := [c for c in curves if c["metric_options"]["pooled"] is pooled]:
            observed = chosen[0]["metric_options"]["observed"]
            heading = f"Accuracy in % after part of the clip ({words})"
            parts.append(_by_column(heading, chosen, observed))
    return parts


def _more(curves: Sequence[Content]) -> list[Part]:
    """The other metrics of the averaged probabilities, and the clips decided for good by each part."""
    chosen = [c for c in curves if c["metric_options"]["pooled"]]
    if not chosen:
        return []
    parts = []
    for metric, words in MORE.items():
        if all(any(name.startswith(f"{metric} at ") for name in c["own"]["mean"]) for c in chosen):
            observed = chosen[0]["metric_options"]["observed"]
            heading = f"{words} after part of the clip (averaged)"
            parts.append(_by_column(heading, chosen, observed, held=f"{metric} at {{}}"))
    by = "decided by "
    decided = [name.removeprefix(by) for name in chosen[0]["own"]["mean"] if name.startswith("decided")]
    heading = "Clips (%) that stay correctly classified from this part on (averaged)"
    return [*parts, _by_column(heading, chosen, decided, held=by + "{}")]


def results_markdown(papers: Iterable[Paper], results: Path, verdicts: VerdictsOf) -> str:
    """All result files under `results/`, by paper, data set and preset, as Markdown."""
    parts = ["# Results", "Made by `bash run.sh report` from the JSON files beside it."]
    for paper in papers:
        folders = sorted({path.parent for path in results.glob(f"{paper.name}/*/*.json")})
        parts += [folder_markdown(paper, folder, verdicts[paper.name]) for folder in folders]
    return "\n\n".join(parts) + "\n"


def folder_markdown(paper: Paper, folder: Path, verdicts: Iterable[Verdict]) -> str:
    """The published results of one paper on one data set with one preset.

    verdicts: on all that is published of the paper, for which Holm's correction is; those on this data are
    shown.
    """
    files = sorted(folder.glob("*.json"))
    contents = [load(path) for path in files]
    runs = [run for content in contents for run in content["runs"]]
    newest = max(runs, key=lambda run: str(run["date"]))
    commands = joined(run["command"] for run in runs)
    parts = [
        f"## {paper.name} on {contents[0]['run_on']}, preset {contents[0]['preset']}",
        f"Pre-training: {newest['pretraining']}. Seeds: {_listed(run['seed'] for run in runs)}. "
        f"Splits: {_listed(run['split'] for run in runs)}. Device: {newest['device']}. "
        f"Commands: {', '.join(f'`{command}`' for command in commands)}.",
    ]
    on_data = contents[0]["run_on"], contents[0]["preset"]
    claims = of_verdicts(paper, [v for v in verdicts if (v.dataset, v.preset) == on_data])
    text = rendered(results_parts(paper, files, more=True) + claims, markdown_table)
    parts += [part.replace("\n|", "\n\n|", 1) for part in text.split("\n\n")]
    return "\n\n".join(parts)


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(sorted({str(value) for value in values}, key=lambda text: (len(text), text)))
