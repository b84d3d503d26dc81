"""Every row of every paper and data set is measured from made-up scores: its value follows from them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.made_up import CLASSES, K, MadeUp, positives
from oracles.metrics import accuracy_at, frames_observed
from oracles.metrics_of_probabilities import average_precision
from repro import datasets
from repro.datasets import hold_out
from repro.evaluation.tubes import THRESHOLDS
from repro.experiment.results import Run, gather
from repro.experiment.rows import REGRESSION
from repro.papers import PAPERS
from repro.types import Row, VideoRef

CASES = [(paper, dataset) for paper in PAPERS for dataset in PAPERS[paper].datasets]
ROUNDED = 0.0001  # a result file keeps four decimals, of runs and of means
Values = dict[str, float]


def _measured(made: MadeUp, folder: Path) -> dict[str, dict[str, Any]]:
    """By row the result files of this run and of those before it, gathered."""
    split, dataset = made.split.name, made.split.dataset
    run = Run(split, 0, "tiny", "random", dataset, "abc", "cpu", "2026-01-01", "run.sh", {})
    pipeline = made.pipeline
    written = pipeline.evaluate(run)
    assert len(set(written)) == len(written) == len({row.id for row in made.rows})
    gathered = gather(written, folder / "together")
    return {content["id"]: content for content in (json.loads(path.read_text()) for path in gathered)}


def _wanted(made: MadeUp, row: Row) -> Values:
    """What the row's result must say, by the oracles."""
    options, good = row.metric_options, made.is_good(made.pipeline.name(row.overrides))
    if row.metric in ("recall", "tube_map"):
        least = 1 if options["smoothed"] else 1 / 3  # a raw tube shares a third with the true one
        return {f"{t:g}": 100.0 if good and t < least else 0.0 for t in THRESHOLDS}
    if row.metric == "inside":
        return {"value": 100 if good else 25}
    if row.metric == "highlighting":  # 5 of 20 frames, which come first or last
        last = np.mean([number / (15 + number) for number in range(1, 6)])
        return {"value": 100 if good else 100 * last, "uniform": 25}
    if "outside" in options:
        return {"value": 100}
    refs, said = _said(made, row, [row.overrides, *options.get("combined", options.get("product_with", ()))])
    if row.metric == "accuracy_at_fractions":
        return {part: _value(made, row, refs, said, part) for part in options["observed"]}
    value = _value(made, row, refs, said, options.get("observed", "100%"))
    if row.metric != "improvement":
        return {"value": value}
    if "over_model" not in options:
        return {"value": value - options["over"]}
    _, other = _said(made, row, [options["over_model"]])
    return {"value": value - _value(made, row, refs, other, options.get("observed", "100%"))}


def _said(made: MadeUp, row: Row, models: list[Any]) -> tuple[tuple[VideoRef, ...], NDArray]:
    """The videos that the row is about and what models say of them together."""
    options, names = row.metric_options, [made.pipeline.name(overrides) for overrides in models]
    if row.is_regression:
        read = [f"{name}={value}" for name, value in row.overrides.items()] if row.paper < 3 else []
        if row.paper == 4:
            read = ["+".join(made.pipeline.streams_of(made.pipeline.recipe_of(row.overrides)))]
        names = ["-".join([REGRESSION, *read])]
    if options.get("stage") == 1:
        names = [f"{name}-stage1" for name in names]
    part, refs = options.get("part", "test"), made.split.test
    if part == "validation":
        fraction = made.pipeline.models[names[0]].validation_fraction
        _, refs = hold_out(made.split.train, fraction, 0)
    parts = np.stack([made.probabilities(refs, name, part, options.get("seen", "100%")) for name in names])
    return refs, parts.prod(axis=0) if "product_with" in options else parts.mean(axis=0)


def _value(made: MadeUp, row: Row, refs: tuple[VideoRef, ...], said: NDArray, observed: str) -> float:
    options, labels = row.metric_options, np.array([ref.label for ref in refs])
    if row.metric == "map" or options.get("of") == "map":
        several = made.split.dataset == "hollywood2"
        true = positives(refs) if several else labels[:, None] == np.arange(K)
        return 100 * np.mean([average_precision(true[:, k].tolist(), said[:, 0, k]) for k in range(K)])
    counted = labels == CLASSES.index(options["class_name"]) if "class_name" in options else labels >= 0
    steps = said.shape[1]
    if observed.endswith("%"):
        frames = frames_observed(steps, int(observed[:-1]), steps)
    else:
        frames = 1 if observed == "first frame" else min(int(observed.split()[0]), steps)
    pooled = options.get("pooled", True)
    return 100 * accuracy_at(said[counted], labels[counted], [frames] * int(counted.sum()), pooled)


def _counted(row: Row, splits: tuple[str, ...]) -> list[str]:
    """The splits that were run, of those whose mean the row is."""
    assert row.protocol is not None
    return [split for split in splits if split in (row.protocol.splits or splits)]


def _state(row: Row, splits: tuple[str, ...]) -> str:
    """What a result must say of the splits that were run."""
    counted, wanted = _counted(row, splits), len(row.protocol.splits if row.protocol else ())
    return "done" if len(counted) >= wanted else f"split {', '.join(counted)} of {wanted}"


@pytest.mark.parametrize(("paper", "dataset"), CASES)
def test_the_pipeline_knows_every_rows_model(paper: int, dataset: str, tmp_path: Path) -> None:
    made = MadeUp(paper, dataset, "1", "perfect", tmp_path)
    assert tuple(stage.name for stage in made.pipeline.stages) == PAPERS[paper].stages
    for row in made.rows:
        for overrides in row.models:
            assert made.pipeline.name(overrides) in made.pipeline.models, row.id


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "value"), [("perfect", 100), ("hopeless", 0)])
@pytest.mark.parametrize(("paper", "dataset"), CASES)
def test_perfect_scores_give_100_and_hopeless_ones_0(
    paper: int, dataset: str, scenario: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MadeUp(paper, dataset, "1", scenario, tmp_path)
    made.stand_in(monkeypatch)
    results = _measured(made, tmp_path / "results")
    for row in made.rows:
        found, wanted = results[row.id]["own"]["mean"], _wanted(made, row)
        assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=ROUNDED), row.id
        assert all(-100 <= v <= 100 for name, v in found.items() if name != "videos"), row.id
        if row.metric in ("accuracy", "class_accuracy", "accuracy_at_fractions"):
            assert set(wanted.values()) == {100 if "outside" in row.metric_options else value}, row.id
        elif row.metric == "map":
            assert wanted["value"] == 100 if value else wanted["value"] < 50, row.id
        assert results[row.id]["state"] == _state(row, ("1",)), row.id


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "dataset"), CASES)
def test_values_are_those_of_the_rows_own_models_over_its_splits(
    paper: int, dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: dict[str, dict[str, Values]] = {}
    results: dict[str, dict[str, Any]] = {}
    splits = datasets.splits_of(dataset)[:3]
    for split in splits:
        made = MadeUp(paper, dataset, split, "each its own", tmp_path)
        made.stand_in(monkeypatch)
        results |= _measured(made, tmp_path / "results")
        for row in made.rows:
            wanted.setdefault(row.id, {})[split] = _wanted(made, row)
    rows = PAPERS[paper].rows(dataset)
    assert set(wanted) == {row.id for row in rows if row.metric != "speed_ratio"}
    for row in rows:
        result, done = results[row.id], tuple(wanted[row.id])
        values = [wanted[row.id][split] for split in _counted(row, done)]
        mean = {name: np.mean([of_split[name] for of_split in values]) for name in values[0]}
        found = {name: result["own"]["mean"][name] for name in mean}
        assert found == pytest.approx(mean, abs=ROUNDED), row.id
        assert result["printed"] == row.printed
        assert result["state"] == _state(row, done), row.id
        assert dataset != "demo" or row.printed is None
