"""Tables of result files: how a value is written, and where a result has none."""

import json
from pathlib import Path
from typing import Any

import pytest

from repro.experiment.tables import results_tables, value
from repro.papers import PAPERS
from repro.report.tables import text_table


def _own(mean: float, std: float | None, seeds: int) -> dict[str, Any]:
    return {"own": {"mean": {"value": mean}, "std": {"value": std}, "seeds": list(range(seeds))}}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (_own(55.34, 1.25, 3), "55.3 ± 1.2 (n=3)"),
        (_own(55.34, None, 1), "55.3"),
        (_own(0.0, None, 1), "0.0"),  # a result of zero is no gap
    ],
)
def test_a_value(content: dict[str, Any], text: str) -> None:
    assert value(content) == text
    assert value(content, "value at 10%") == ""


def test_results_by_overlap_are_a_table_of_their_own(tmp_path: Path) -> None:
    """Recall by overlap; a row that lacks an overlap leaves a gap."""
    paths = []
    for name, mean in (("smoothed", {"0.1": 90.0, "0.5": 20.0}), ("raw", {"0.1": 80.04})):
        own = {"mean": mean, "std": dict.fromkeys(mean), "seeds": [0]}
        paths.append(tmp_path / f"{name}.json")
        about = {"run_on": "demo", "preset": "demo", "metric": "recall"}
        paths[-1].write_text(json.dumps({"id": name, "row": name, "own": own, "runs": [], **about}))
    assert results_tables(PAPERS[4], paths, text_table).splitlines()[:5] == [
        "Recall in % of the true tubes, by least spatio-temporal overlap",
        "           0.1   0.5",
        "--------  ----  ----",
        "smoothed  90.0  20.0",
        "raw       80.0",
    ]


@pytest.mark.parametrize(
    ("metric", "options", "said"),
    [
        ("accuracy", {}, "accuracy"),
        ("class_accuracy", {"class_name": "Basketball"}, "accuracy"),
        ("map", {}, "mAP"),
        ("improvement", {"over": 40.6, "of": "map"}, "points of mAP"),
        ("improvement", {"over": 30.6}, "points of accuracy"),
    ],
)
def test_a_line_says_of_what_its_number_is(
    metric: str, options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """Paper 3 has each row twice, once in AC and once in mAP, and claims that hold in one of them alone."""
    about = {"id": "a", "paper": 3, "table": "1", "dataset": "demo", "run_on": "demo", "preset": "demo"}
    found = {"row": "C3D (fc8)", "printed": None, "state": "done", "runs": [], **_own(40.0, None, 1)}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**about, **found, "metric": metric, "metric_options": options}))
    header, _, line = results_tables(PAPERS[3], [path], text_table).splitlines()[1:4]
    column = header.index("metric")
    assert line[column:].startswith(f"{said}  ")
