"""Result files: what is written, how runs gather, what is reported."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from repro import score_file
from repro.experiment import tables
from repro.experiment.measure import Measured, measure
from repro.experiment.pipeline import Pipeline
from repro.experiment.results import Run, gather, load, record
from repro.types import InputError, Protocol, Row, Scores

THREE = Protocol(("1", "2", "3"))
ROW = Row(paper=2, id="t/m", table="4", row="Model", dataset="UCF-101", protocol=THREE, printed=80.5)


def _run(split: str = "1", seed: int = 0) -> Run:
    return Run(
        split, seed, "demo", "standin", "demo", "abc", "cpu", "2026-01-01", "bash run.sh", {"keras": "3"}
    )


def _scores() -> Scores:
    """Two videos of two classes; the first is called rightly from frame 2 on, the second never."""
    scores = np.array([[[0.4, 0.6], [0.9, 0.1]], [[0.7, 0.3], [0.8, 0.2]]], np.float32)
    lengths = np.array([2, 2])
    return Scores(("a", "b"), np.array([0, 1]), lengths, lengths, scores)


def _gathered(folder: Path, row: Row, *runs: tuple[str, int, float, int]) -> dict[str, Any]:
    """The row's file after runs of (split, seed, value, test clips), each gathered when it was made."""
    for split, seed, value, clips in runs:
        made = record(folder / "run", row, _run(split, seed), Measured({"value": value}, {}), clips, {})
        (path,) = gather([made], folder / "published")
    return json.loads(path.read_text())


def test_a_runs_file_is_of_that_run_alone(tmp_path: Path) -> None:
    for seed, value in ((0, 50.0), (1, 70.0)):
        path = record(tmp_path, ROW, _run("1", seed), Measured({"value": value}, {}), 10, {})
    content = json.loads(path.read_text())
    assert [run["seed"] for run in content["runs"]] == [1]
    assert content["own"]["mean"]["value"] == 70


def test_runs_on_two_versions_of_the_drawn_data_are_not_gathered(tmp_path: Path) -> None:
    """Nor with what was stored before versions were."""
    first, second = (
        record(tmp_path / str(v), ROW, replace(_run(), renderer=v), Measured({"value": 1.0}, {}), 10, {})
        for v in (1, 2)
    )
    (path,) = gather([first], tmp_path / "published")
    with pytest.raises(InputError, match=r"different versions of the drawn data \(1, 2\); delete"):
        gather([second], tmp_path / "published")
    older = load(path)
    older["runs"] = [{name: run[name] for name in run if name != "renderer"} for run in older["runs"]]
    path.write_text(json.dumps(older))
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"\(2, None\)"):
        gather([second], tmp_path / "published")
    assert path.read_bytes() == before


def test_runs_from_other_pre_trained_weights_are_not_gathered(tmp_path: Path) -> None:
    """The backbone's name behind them, which older files lack, is of the preset."""
    for seed, start in enumerate(("imagenet", "imagenet, EfficientNet-Lite0 for VGG-16", "random")):
        run = replace(_run("1", seed), pretraining=start)
        made = record(tmp_path / str(seed), ROW, run, Measured({"value": 1.0}, {}), 10, {})
        if start != "random":
            gather([made], tmp_path / "published")
    with pytest.raises(InputError, match=r"different pre-trained weights \(imagenet, random\)"):
        gather([made], tmp_path / "published")


def test_runs_by_another_recipe_are_not_gathered(tmp_path: Path) -> None:
    """A preset, or what a row changes of it, was edited; a field that is new changes nothing."""
    recipes = {
        "first": {"size_px": 128, "crop": (0, 1)},
        "newer": {"size_px": 128, "crop": (0, 1), "pool5": "pool5"},
        "other": {"size_px": 112, "crop": (0, 1)},
    }
    rows = {**dict.fromkeys(recipes, ROW), "row": replace(ROW, overrides={"size_px": 112})}
    made = {
        name: record(
            tmp_path / name,
            rows[name],
            replace(_run("1", seed), recipe=recipes.get(name, recipes["first"])),
            Measured({"value": 1.0}, {}),
            10,
            {},
        )
        for seed, name in enumerate(rows)
    }
    (path,) = gather([made["first"]], tmp_path / "published")
    gather([made["newer"]], tmp_path / "published")
    older = json.loads(made["first"].read_text())
    del older["recipe"]
    made["first"].write_text(json.dumps(older))
    gather([made["first"]], tmp_path / "published")
    assert json.loads(path.read_text())["recipe"]["pool5"] == "pool5"
    before = path.read_bytes()
    for name in ("other", "row"):
        with pytest.raises(InputError, match=r"different recipes \(size_px 128 and 112\); delete"):
            gather([made[name]], tmp_path / "published")
    assert path.read_bytes() == before


def test_runs_gather_and_replace(tmp_path: Path) -> None:
    again = (("1", 0, 60.0, 10),)
    runs = (("1", 0, 50.0, 10), ("2", 0, 70.0, 10), ("1", 1, 80.0, 10), ("2", 1, 70.0, 10), *again)
    content = _gathered(tmp_path, ROW, *runs)
    assert {run["pretraining"] for run in content["runs"]} == {"standin"}  # which weights were started from
    assert [(r["split"], r["seed"], r["values"]["value"]) for r in content["runs"]] == [
        ("1", 0, 60.0),
        ("1", 1, 80.0),
        ("2", 0, 70.0),
        ("2", 1, 70.0),
    ]
    assert content["state"] == "split 1, 2 of 3"
    assert content["printed"] == 80.5


def test_a_seed_that_not_all_splits_have_stands_beside_the_study_and_is_no_part_of_it(tmp_path: Path) -> None:
    """Split 1: 60, 80, 100, then 100; split 2: 76, 84, then 80. Seed 0: 68; seed 1: 82; seed 2: 90."""
    runs = (("1", 0, 60.0, 10), ("1", 1, 80.0, 10), ("1", 3, 100.0, 10))
    own = _gathered(tmp_path, ROW, *runs, *(("2", 0, 76.0, 10), ("2", 1, 84.0, 10)))["own"]
    assert (own["mean"]["value"], own["std"]["value"], own["seeds"]) == (80.0, 20.0, [0, 1, 3])
    own = _gathered(tmp_path, ROW, ("1", 2, 100.0, 10), ("2", 2, 80.0, 10))["own"]
    assert (own["mean"]["value"], own["seeds"]) == (80.0, [0, 1, 2])
    assert own["all_runs"] == {"runs": 7, "splits": ["1", "2"], "mean": {"value": (85 + 80) / 2}}
    assert own["std"]["value"] == pytest.approx(np.std([68, 82, 90], ddof=1), abs=0.01)


def test_splits_with_fewer_seeds_stand_beside_the_study_and_are_no_part_of_it(tmp_path: Path) -> None:
    runs = (("1", 0, 60.0, 10), ("1", 1, 80.0, 10), ("2", 1, 90.0, 10), ("3", 1, 100.0, 10))
    content = _gathered(tmp_path, ROW, *runs)
    own = content["own"]
    assert (own["mean"]["value"], own["seeds"], own["splits"]) == (70.0, [0, 1], ["1"])
    assert own["all_runs"] == {"runs": 4, "splits": ["1", "2", "3"], "mean": {"value": 86.6667}}
    assert content["state"] == "split 1 of 3"
    assert tables.value(content) == "70.0 ± 14.1 (n=2; all 4 runs of splits 1, 2, 3: 86.7)"
    assert "all_runs" not in _gathered(tmp_path / "one", ROW, ("1", 0, 60.0, 10), ("2", 0, 90.0, 10))["own"]


def test_what_one_run_does_not_say_is_not_said_of_all(tmp_path: Path) -> None:
    """A fold without a class has no value of it."""
    for split, values in (("1", {"value": 60.0, "top-5": 90.0}), ("2", {"value": 80.0})):
        made = record(tmp_path / "run", ROW, _run(split), Measured(values, {}), 10, {})
        (path,) = gather([made], tmp_path / "published")
    assert json.loads(path.read_text())["own"]["mean"] == {"value": 70.0}


def test_a_number_of_the_first_split_is_the_mean_of_that_split_alone(tmp_path: Path) -> None:
    row = replace(ROW, protocol=Protocol(note="of its table"))
    content = _gathered(tmp_path, row, ("1", 0, 50.0, 10), ("1", 1, 60.0, 10), ("2", 0, 90.0, 10))
    assert (content["splits"], content["sets"], content["note"]) == (["1"], {}, "of its table")
    assert [run["split"] for run in content["runs"]] == ["1", "1", "2"]
    assert (content["own"]["mean"]["value"], content["state"]) == (55, "done")


def test_another_split_than_the_printed_one_says_so(tmp_path: Path) -> None:
    runs = (("2", 0, 50.0, 10), ("3", 0, 90.0, 10))
    content = _gathered(tmp_path, replace(ROW, protocol=Protocol()), *runs)
    assert (content["own"]["mean"]["value"], content["state"]) == (70, "split 2, 3, printed is split 1")


def test_where_nothing_is_printed_every_run_counts(tmp_path: Path) -> None:
    content = _gathered(tmp_path, replace(ROW, protocol=Protocol(())), ("1", 0, 50.0, 10), ("3", 0, 90.0, 10))
    assert (content["own"]["mean"]["value"], content["state"]) == (70, "done")


def test_a_file_from_before_splits_is_of_the_first(tmp_path: Path) -> None:
    path = record(tmp_path, ROW, _run(), Measured({"value": 50.0}, {}), 10, {})
    content = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in content.items() if k not in ("splits", "sets", "note")}))
    assert load(path) == {**content, "splits": ["1"]}


def test_one_seed_has_no_deviation(tmp_path: Path) -> None:
    path = record(tmp_path, ROW, _run(), Measured({"value": 50.0}, {}), 10, {})
    assert json.loads(path.read_text())["own"]["std"]["value"] is None


def test_a_partial_copy_is_no_result(tmp_path: Path) -> None:
    path = record(tmp_path, ROW, replace(_run(), partial=True), Measured({"value": 50.0}, {}), 6, {})
    assert json.loads(path.read_text())["state"] == "partial copy, 6 test clips"


def _with(metric: str, overrides: Mapping[str, object] | None = None, **options: object) -> Row:
    options = {"pooled": True, **options}
    fields = {"metric": metric, "overrides": overrides or {}, "metric_options": options}
    return replace(ROW, id="r", printed=None, **fields)


def test_metrics_of_rows() -> None:
    """Video a (class x) is named rightly from frame 2 on, video b (class y) never."""
    classes = ("x", "y")
    assert measure(_with("accuracy", observed="first frame"), _scores(), classes) == (
        {"value": 0},
        {"value": "00"},
        ("a", "b"),
    )
    last = _with("accuracy", observed="100%", pooled=False)
    assert measure(last, _scores(), classes)[:2] == ({"value": 50}, {"value": "10"})
    curve = measure(_with("accuracy_at_fractions", observed=("first frame", "100%")), _scores(), classes)
    assert curve.hits == {"first frame": "00", "100%": "10"}
    assert (curve.values["first frame"], curve.values["100%"]) == (0, 50)
    assert curve.values["decided by 50%"] == 0
    assert curve.values["decided by 100%"] == 50
    # Mean probabilities of a: (0.65, 0.35), right; of b: (0.75, 0.25), wrong, so 0.75 is claimed for 0.
    assert curve.values["ECE at 100%"] == pytest.approx(100 * (0.35 + 0.75) / 2, abs=1e-4)
    one = _with("class_accuracy", observed="100%", class_name="x")
    assert measure(one, _scores(), classes) == ({"value": 100}, {"value": "1"}, ("a",))
    with pytest.raises(ValueError, match="unknown metric"):
        measure(_with("guess"), _scores(), classes)


class Scored(Pipeline):
    """A pipeline whose models have been scored."""

    def __init__(self, folder: Path, rows: Sequence[Row], files: Mapping[str, Path]) -> None:
        experiment: Any = SimpleNamespace(
            folder=SimpleNamespace(path=folder),
            split=SimpleNamespace(classes=("x", "y")),
            videos=[SimpleNamespace(video_id=id, group="g") for id in ("a", "b")],
        )
        self.files = files
        super().__init__(experiment, rows)

    def name(self, overrides: Mapping[str, Any]) -> str:
        return str(overrides.get("name", "ours"))

    def recipe_of(self, overrides: Mapping[str, Any]) -> None:
        return None

    def model_scores(self, row: Row, overrides: Mapping[str, Any]) -> Path:
        return self.files[self.name(overrides)]

    stages = storings = ()
    export_of = regression_scores = None


def test_gains_are_over_the_quoted_number_or_over_a_model_of_ours(tmp_path: Path) -> None:
    files = {}
    for name, scores in (("ours", _scores()), ("theirs", replace(_scores(), labels=np.array([1, 1])))):
        files[name] = tmp_path / f"{name}.npz"
        score_file.write(files[name], scores)
    quoted = _with("improvement", observed="100%", over=33.0)
    own = replace(_with("improvement", observed="100%", over=33.0, over_model={"name": "theirs"}), id="s")
    values = [
        json.loads(path.read_text())["own"]["mean"]["value"]
        for path in Scored(tmp_path, (quoted, own), files).evaluate(_run())
    ]
    assert values == [50 - 33, 50 - 0]


def test_folds_are_pooled_in_each_set_and_the_sets_averaged(tmp_path: Path) -> None:
    """Set 1: 6 of 6 and 1 of 2 right, together 7 of 8; set 2: 1 of 4; the mean of the two is 56.25."""
    folds = tuple(str(n) for n in range(1, 21))
    row = replace(ROW, protocol=Protocol(folds, {"set 1": folds[:10], "set 2": folds[10:]}))
    content = _gathered(tmp_path, row, ("1", 0, 100.0, 6), ("2", 0, 50.0, 2), ("11", 0, 25.0, 4))
    assert content["own"]["sets"] == {"set 1": 87.5, "set 2": 25.0}
    assert content["own"]["mean"]["value"] == 56.25
    assert content["state"] == "split 1, 2, 11 of 20"


CLIPS = tuple(f"clip {i:02d}" for i in range(100))
GROUPS = {clip: f"source {i // 5}" for i, clip in enumerate(CLIPS)}


def test_one_run_has_wilsons_interval(tmp_path: Path) -> None:
    measured = Measured({"value": 75.0}, {"value": "1" * 75 + "0" * 25}, CLIPS)
    path = record(tmp_path, ROW, _run(), measured, 100, GROUPS)
    content = json.loads(path.read_text())
    assert content["own"]["interval"]["value"] == pytest.approx([65.70, 82.45], abs=0.005)  # 75 of 100
    entry = content["runs"][0]
    assert entry["sources"] == [f"source {i}" for i in range(20)]
    assert entry["groups"].split()[:7] == ["0", "0", "0", "0", "0", "1", "1"]


def test_several_seeds_have_the_crossed_interval(tmp_path: Path) -> None:
    """Seeds of 70 and 80 %, the ten clips that they differ in all of two sources: wider than one run's."""
    for seed, right in ((0, 70), (1, 80)):
        hits = {"value": "1" * right + "0" * (100 - right)}
        made = record(
            tmp_path / "run", ROW, _run("1", seed), Measured({"value": right}, hits, CLIPS), 100, GROUPS
        )
        (path,) = gather([made], tmp_path / "published")
    low, high = json.loads(path.read_text())["own"]["interval"]["value"]
    assert (low + high) / 2 == pytest.approx(75, abs=0.01)
    assert high - low > 2 * 12.706 * 0.5  # t(1) times a part of the seeds' own error, 5 points


def test_a_damaged_result_stops_before_anything_is_gathered(tmp_path: Path) -> None:
    rows = [replace(ROW, id=name) for name in ("one", "two")]
    made = [record(tmp_path / "run", row, _run(), Measured({"value": 1.0}, {}), 10, {}) for row in rows]
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "two.json").write_text("{")
    with pytest.raises(InputError, match=r"two\.json"):
        gather(made, tmp_path / "published")
    assert not (tmp_path / "published" / "one.json").exists()


def test_a_damaged_result_is_named(tmp_path: Path) -> None:
    path = tmp_path / "row.json"
    path.write_text("{")
    with pytest.raises(InputError, match=r"row\.json"):
        load(path)


def test_score_files_keep_everything(tmp_path: Path) -> None:
    path = tmp_path / "scores.npz"
    score_file.write(path, _scores())
    again = score_file.read(path)
    assert again.video_ids == ("a", "b")
    for name in ("labels", "lengths_frames", "observed_frames", "scores"):
        np.testing.assert_array_equal(getattr(again, name), getattr(_scores(), name))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"scores\.npz"):
        score_file.read(path)


def test_scores_refuse_what_does_not_fit() -> None:
    ones = np.ones(2, np.int64)
    with pytest.raises(ValueError, match="twice"):
        Scores(("a", "a"), ones, ones, ones, np.zeros((2, 1, 1), np.float32))
    with pytest.raises(ValueError, match="shapes"):
        Scores(("a", "b"), ones[:1], ones, ones, np.zeros((2, 1, 1), np.float32))
