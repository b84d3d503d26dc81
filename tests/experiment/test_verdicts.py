"""Verdicts from made-up result files: the rule, what is compared, and what is not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from repro.experiment.claims import Claim
from repro.experiment.paired import stored_groups
from repro.experiment.verdicts import Contents, Verdict, by_chance, verdicts
from repro.types import Reported

CLAIM = Claim(
    **dict.fromkeys(("id", "place", "kind", "claim", "better", "worse", "dataset", "metric"), "x"),
    **dict.fromkeys(("printed_better", "printed_worse", "printed_difference", "testable", "needs"), ""),
    level="headline",
    equal=False,
    on=("demo",),
    better_row="good",
    worse_row="bad",
)
SOURCES = [f"source {i // 2}" for i in range(20)]  # ten of two clips
QUOTE = Reported("1", "Theirs", "UCF-101", "", 50.0)
NAMES = {"demo": "demo", "ucf101": "UCF-101"}


def _run(seed: int, right: str, sources: list[str] = SOURCES, **others: Any) -> dict[str, Any]:
    run = {"split": "1", "seed": seed, "hits": {"value": right}, "partial": False}
    return {**run, **stored_groups(sources), **others}


def _row(*right: str) -> dict[str, Any]:
    """A result file of one run a seed; printed is split 1."""
    return {"runs": [_run(seed, text) for seed, text in enumerate(right)], "splits": ["1"], "sets": {}}


# Of 20 clips 17, 18 and 16 right against 5, 6 and 5, in other places for each seed.
GOOD = _row("1" * 17 + "000", "00" + "1" * 18, "1" * 8 + "0000" + "1" * 8)
BAD = _row("1" * 5 + "0" * 15, "0" * 14 + "1" * 6, "01" * 5 + "0" * 10)
FILES: Contents = {"good": GOOD, "bad": BAD}


def _said(files: Contents = FILES, claim: Claim = CLAIM, key: tuple[str, str] = ("demo", "demo")) -> Verdict:
    (found,) = verdicts([claim], [QUOTE], NAMES, {key: files})
    return found


def test_the_interval_decides() -> None:
    """Differences 60, 60, 55 points."""
    holds = _said()
    assert (holds.word, holds.seeds, holds.scale) == ("holds", 3, "drawn")
    assert holds.difference == pytest.approx(175 / 3)
    assert holds.interval is not None
    assert 0 < holds.interval[0] < 175 / 3 < holds.interval[1]
    turned = _said(claim=replace(CLAIM, better_row="bad", worse_row="good"))
    assert turned.word == "reversed"
    assert turned.interval == pytest.approx((-holds.interval[1], -holds.interval[0]))
    same = _said({"good": GOOD, "bad": GOOD})
    assert (same.word, same.difference) == ("open", 0)


def test_seeds_that_disagree_leave_it_open_whatever_the_clips_say() -> None:
    """Paper 5 on the demo: +31.7, -1.6, +36.1 is not `by far`."""
    up, down = "1" * 16 + "0" * 4, "1" * 4 + "0" * 16
    found = _said({"good": _row(up, down, up), "bad": _row(down, up, down)})
    assert found.word == "open"
    assert found.smallest is not None
    assert found.smallest > 60


def test_one_seed_is_never_a_verdict() -> None:
    found = _said({"good": _row("1" * 20), "bad": _row("0" * 20)})
    assert (found.word, found.difference, found.interval) == ("open", 100, None)
    assert found.reason == "one seed is never a verdict"


def test_only_seeds_of_both_sides_count() -> None:
    more = {**BAD, "runs": [*BAD["runs"], _run(7, "1" * 20)]}
    assert _said({"good": GOOD, "bad": more}) == _said()


def test_gains_are_compared_as_gains() -> None:
    """(good - bad) - (bad - bad): the same numbers as good against bad."""
    gain = replace(CLAIM, better_row="good - bad", worse_row="bad - bad")
    assert _said(claim=gain).difference == pytest.approx(175 / 3)
    assert gain.comparisons == {"bad - bad": ((1, "good"), (-1, "bad"), (-1, "bad"), (1, "bad"))}


def test_of_a_curve_the_mean_of_its_values_counts() -> None:
    """At one overlap 60 points apart, at the other the same: 30 in the mean."""
    curves = {
        name: {
            **row,
            "runs": [{**run, "hits": {"0.1": run["hits"]["value"], "0.5": "0" * 20}} for run in row["runs"]],
        }
        for name, row in FILES.items()
    }
    found = _said(curves, replace(CLAIM, better_row="good@mean", worse_row="bad@mean"))
    assert found.difference == pytest.approx(175 / 6)
    assert found.word == "holds"
    older = {**curves, "bad": {**BAD, "runs": [{**run, "hits": {}} for run in BAD["runs"]]}}
    assert (
        "'mean' is not a mean over clips"
        in _said(older, replace(CLAIM, better_row="good@mean", worse_row="bad@mean")).reason
    )


def test_above_several_the_closest_decides() -> None:
    """Over itself the difference is 0, and a row that did not run leaves the claim untested."""
    several = _said(claim=replace(CLAIM, worse_row="bad | good"))
    assert (several.word, several.difference, several.over) == ("open", 0, "good")
    alike = _said(claim=replace(CLAIM, worse_row="bad | bad"))
    assert (alike.word, alike.interval) == ("holds", _said().interval)
    turned = _said(claim=replace(CLAIM, better_row="bad", worse_row="bad | good"))
    assert (turned.word, turned.over) == ("reversed", "good")
    one_seed = {**FILES, "none": _row("0" * 20)}
    assert _said(one_seed, replace(CLAIM, worse_row="good | none")).reason == "one seed is never a verdict"
    lacking = _said(claim=replace(CLAIM, worse_row="bad | absent"))
    assert (lacking.word, lacking.absent) == ("untested", True)


def test_several_on_the_better_side_are_each_above_each_of_the_worse() -> None:
    several = replace(CLAIM, better_row="good | bad", worse_row="bad")
    assert list(several.comparisons) == ["bad by good", "bad by bad"]
    found = _said(claim=several)
    assert (found.word, found.difference, found.over) == ("open", 0, "bad by bad")
    assert _said(claim=replace(CLAIM, better_row="good | good")).word == "holds"


def test_equal_holds_within_the_margin_and_is_reversed_beyond_it() -> None:
    """One clip more of 20 right in each of three seeds is 5 points, with an interval that holds 2."""
    equal = replace(CLAIM, equal=True)
    assert _said({"good": GOOD, "bad": GOOD}, equal).word == "holds"
    for turned in (equal, replace(equal, better_row="bad", worse_row="good")):
        assert _said(claim=turned).word == "reversed"
    near = _row(*(run["hits"]["value"].replace("0", "1", 1) for run in GOOD["runs"]))
    assert _said({"good": near, "bad": GOOD}, equal).word == "open"


def test_a_quoted_number_needs_the_full_recipe_and_has_an_error_of_its_own() -> None:
    claim = replace(CLAIM, worse_row="reported:1/Theirs", on=("ucf101",))
    small, full = (_said(claim=claim, key=("ucf101", preset)) for preset in ("demo", "paper"))
    assert (small.word, small.scale) == ("untested", "real video, smaller networks")
    assert full.difference == pytest.approx(85 - 50)
    assert full.scale == "full recipe"
    another = {**GOOD, "splits": ["1", "2"]}
    assert "split 1 of 2" in _said({"good": another}, claim, ("ucf101", "paper")).reason
    alone = _said({"good": GOOD, "none": _row(*["0" * 20] * 3)}, replace(CLAIM, worse_row="none"))
    for found in (full, alone):
        assert found.interval is not None
    assert full.interval[1] - full.interval[0] > alone.interval[1] - alone.interval[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"groups": "", "sources": []}, "older than source groups"),
        (stored_groups(SOURCES[::-1]), "other clips"),
        ({"partial": True}, "partial copy"),
        ({"hits": {}}, "not a mean over clips"),
        ({"split": "2"}, "the same splits"),
    ],
)
def test_what_cannot_be_compared_is_untested_and_says_why(change: Mapping[str, Any], why: str) -> None:
    changed = {**GOOD, "runs": [{**run, **change} for run in GOOD["runs"]]}
    found = _said({"good": changed, "bad": BAD})
    assert (found.word, found.difference) == ("untested", None)
    assert why in found.reason


def test_without_rows_or_runs_a_claim_says_what_it_needs() -> None:
    assert _said({"good": GOOD}).reason == "row bad was not run"
    assert _said(key=("ucf101", "demo")).reason == "its rows were not run on demo"
    blank = replace(CLAIM, better_row="", worse_row="", on=(), testable="jhmdb21", needs="boxes")
    assert (_said(claim=blank).word, _said(claim=blank).reason) == ("untested", "jhmdb21: boxes")


def test_sets_of_folds_are_strata() -> None:
    """Folds of one source each: pooled in their set they have an interval, alone none would."""
    runs = [
        _run(seed, right, ["a" + fold] * 2, split=fold)
        for seed in (0, 1)
        for fold, right in zip("123", ("11", "10", "11"), strict=True)
    ]
    folds = {"runs": runs, "splits": list("123"), "sets": {"set 1": list("123")}}
    none = {**folds, "runs": [{**run, "hits": {"value": "00"}} for run in runs]}
    found = _said({"good": folds, "bad": none})
    assert found.difference == pytest.approx(100 * 5 / 6)
    assert found.interval is not None


def test_holm_and_chance_count_what_was_tested() -> None:
    same = replace(CLAIM, worse_row="good")
    found = verdicts(
        [CLAIM, *[same] * 9, replace(CLAIM, on=("ucf101",))], [], NAMES, {("demo", "demo"): FILES}
    )
    assert [verdict.survives for verdict in found] == [True, *[False] * 10]
    assert "10 tested" in by_chance(found)
    assert "about 0.5 verdicts" in by_chance(found)
