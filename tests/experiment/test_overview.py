"""The page of results: the main model where it was run, what stands beside it, what was not run."""

import json
from pathlib import Path
from typing import Any

from repro.experiment.overview import overview
from repro.papers import PAPERS

OBSERVED = {"observed": "20%", "pooled": True}


def _write(folder: Path, name: str, value: float, **more: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "paper": 2,
        "id": f"table1/{name}/earliest",
        "table": "1",
        "row": name,
        "dataset": "JHMDB-21",
        "run_on": "jhmdb21",
        "preset": "lite",
        "metric": "accuracy",
        "metric_options": OBSERVED,
        "overrides": {},
        "printed": 55,
        "state": "split 1 of 3",
        "own": {
            "seeds": [0],
            "mean": {"value": value},
            "std": {"value": None},
            "interval": {"value": [40, 60]},
        },
        "runs": [{"split": "1", "seed": 0}],
        **more,
    }
    (folder / f"{name}.json").write_text(json.dumps(content))


def _lines(results: Path) -> list[str]:
    return [line for line in overview(PAPERS.values(), results).splitlines() if line.startswith("| 2")]


def test_the_main_model_stands_beside_the_regression_of_the_same_part(tmp_path: Path) -> None:
    folder = tmp_path / "paper2/jhmdb21-lite"
    _write(folder, "ours", 49.0)
    _write(folder, "named", 48.0, overrides={"features": ["context", "action"], "variant": "ms_lstm"})
    _write(folder, "other", 99.0, overrides={"loss": "ranking"})  # another loss is not the main model
    _write(folder, "reading", 98.0, table="readings")
    _write(folder, "regression", 51.0, metric_options={**OBSERVED, "alone": True})
    _write(folder, "late", 97.0, metric_options={"observed": "100%", "alone": True})
    line = "| 2 | JHMDB-21 | lite | split 1 of 3, 1 seed | 20% | {} | 40.0 to 60.0 | 51.0 | 55 |"
    assert _lines(tmp_path) == [line.format("48.0"), line.format("49.0")]


def test_other_models_are_counted_and_what_was_not_run_is_stated(tmp_path: Path) -> None:
    _write(tmp_path / "paper2/jhmdb21-lite", "other", 99.0, overrides={"loss": "ranking"})
    assert _lines(tmp_path) == ["| 2 | JHMDB-21 | lite | other models alone: 1 |  |  |  |  |  |"]
    text = overview(PAPERS.values(), tmp_path)
    printed = sum(len(paper.results.PRINTED) for paper in PAPERS.values())
    assert f"**Not run**: {printed} of the {printed} numbers" in text
    assert "No result of papers 1, 3, 4, 5 is published yet." in text
    assert "99" not in text
