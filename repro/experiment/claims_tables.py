"""Verdicts as text: in the tables of results, on the terminal, as a paper's page of claims."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from repro.experiment.claims import LEVELS
from repro.experiment.paper import Paper
from repro.experiment.verdicts import RULE, VERDICTS, Verdict, by_chance, verdicts
from repro.report.tables import Part, markdown_table, text_table

HEADLINE = LEVELS[0]
_WIDTH = 110


def as_text(verdict: Verdict) -> str:
    """`holds*: +3.1 points (+1.0 to +5.2), 5 seeds`: a verdict with what it rests on."""
    text = verdict.word + ("*" if verdict.survives else "")
    if verdict.difference is None:
        return f"{text}: {verdict.reason}"
    text += f": {verdict.difference:+.1f} points" + (f" over {verdict.over}" if verdict.over else "")
    if verdict.interval is None:
        return f"{text}; {verdict.reason}"
    text += f" ({verdict.interval[0]:+.1f} to {verdict.interval[1]:+.1f}), {verdict.seeds} seeds"
    text += "" if verdict.sign_flip is None else f", sign flip p {verdict.sign_flip:.3f}"
    return text + (f"; {verdict.smallest:.1f} is detectable" if verdict.word == "open" else "")


def where(verdict: Verdict) -> str:
    """`jhmdb21, real video, smaller networks`: the scale of a verdict."""
    return f"{verdict.dataset}, {verdict.scale}" if verdict.dataset else ""


def counts(of_paper: Iterable[Verdict]) -> tuple[tuple[str, ...], list[list[str]]]:
    """How many verdicts of each kind of claim are which: header and rows of a table."""
    by_kind: dict[str, list[str]] = {}
    for verdict in of_paper:
        by_kind.setdefault(verdict.claim.kind, []).append(verdict.word)
    lines = [
        [kind, *(str(words.count(word)) for word in VERDICTS)] for kind, words in sorted(by_kind.items())
    ]
    every = [word for words in by_kind.values() for word in words]
    lines.append(["all", *(str(every.count(word)) for word in VERDICTS)])
    return ("claims about", *VERDICTS), lines


def of_results(paper: Paper, contents: Sequence[Mapping[str, Any]]) -> list[Part]:
    """`of_verdicts` of what some result files of one data set say by themselves; [] of none."""
    if not contents:
        return []
    key = (contents[0]["run_on"], contents[0]["preset"])
    ours = {key: {content["id"]: content for content in contents}}
    return of_verdicts(paper, verdicts(paper.claims, paper.reported, paper.dataset_names, ours))


def of_verdicts(paper: Paper, on_data: Iterable[Verdict]) -> list[Part]:
    """The headline claims that were tested on one data set, and the counts of all; [] of none."""
    tested = [verdict for verdict in on_data if verdict.dataset and not verdict.absent]
    if not tested:
        return []
    parts = []
    if headline := [verdict for verdict in tested if verdict.claim.level == HEADLINE]:
        lines = [
            [v.claim.id, textwrap.shorten(v.claim.claim, 90), v.claim.printed, as_text(v)] for v in headline
        ]
        parts = [Part("The paper's headline claims on this data", ("", "claim", "printed", ""), lines)]
    every = f"All: `bash run.sh claims {paper.name}`, results/{paper.name}/CLAIMS.md."
    return [
        *parts,
        Part("The paper's claims on this data, by kind", *counts(tested)),
        Part(f"{by_chance(tested)} {every}"),
    ]


def on_terminal(paper: Paper, of_paper: Sequence[Verdict]) -> str:
    """All claims of a paper: the headline ones, the counts, the rest."""
    headline = [verdict for verdict in of_paper if verdict.claim.level == HEADLINE]
    rest = [verdict for verdict in of_paper if verdict.claim.level != HEADLINE]
    return "\n\n".join(
        [
            f"{paper.name}: {paper.title}",
            textwrap.fill(f"{RULE} {by_chance(of_paper)}", _WIDTH),
            f"Headline claims\n{_lines(headline)}",
            text_table(*counts(of_paper)),
            f"All other claims\n{_lines(rest)}",
        ]
    )


def _lines(of_paper: Iterable[Verdict]) -> str:
    lines = []
    for v in of_paper:
        printed = f"; printed {v.claim.printed}" if v.claim.printed else ""
        on = f"on {where(v)} " if v.dataset else ""
        indent = " " * 10
        for text in (
            f"{v.claim.id}   {v.claim.claim} ({v.claim.place}{printed})",
            f"{indent}{on}{as_text(v)}",
        ):
            lines.append(textwrap.fill(text, _WIDTH, subsequent_indent=indent))
    return "\n".join(lines)


def page(paper: Paper, of_paper: Sequence[Verdict]) -> str:
    """A paper's page of claims, as Markdown: the headline ones, the counts, then all others by kind."""
    headline = [verdict for verdict in of_paper if verdict.claim.level == HEADLINE]
    parts = [
        f"# Every claim of {paper.name}",
        "Made by `bash run.sh report` from the result files beside it and the paper's `claims.csv`.",
        f"{RULE} {by_chance(of_paper)}",
        f"## Headline claims\n\n{_markdown(headline)}",
        f"## Counts\n\n{markdown_table(*counts(of_paper))}",
    ]
    for kind in sorted({verdict.claim.kind for verdict in of_paper}):
        if of_kind := [v for v in of_paper if v.claim.kind == kind and v.claim.level != HEADLINE]:
            parts.append(f"## About {kind}\n\n{_markdown(of_kind)}")
    return "\n\n".join(parts) + "\n"


def _markdown(of_paper: Iterable[Verdict]) -> str:
    lines = [
        [v.claim.id, v.claim.claim, v.claim.place, v.claim.metric, v.claim.printed, where(v), as_text(v)]
        for v in of_paper
    ]
    return markdown_table(("", "claim", "place", "metric", "printed", "on", "verdict"), lines)


def as_json(of_paper: Iterable[Verdict]) -> list[dict[str, Any]]:
    """What `claims --json` prints of each verdict. dataset: the claim's; run_on: the verdict's, if any."""
    return [
        {
            **{name: value for name, value in vars(v).items() if name not in ("claim", "dataset")},
            **vars(v.claim),
            "run_on": v.dataset,
            "verdict": v.word,
            "scale": v.scale,
        }
        for v in of_paper
    ]
