"""`claims`: every claim of the papers with what the results say of it, and the page that `report` makes."""

import json
from pathlib import Path

import pytest

from repro.cli import main
from repro.cli.claims import write_pages
from repro.experiment.claims_tables import of_results
from repro.experiment.measure import Measured
from repro.experiment.published import verdicts_of
from repro.experiment.results import Run, gather, load, record
from repro.papers import PAPERS
from repro.report.tables import rendered, text_table

CLIPS = tuple(f"clip {i:02d}" for i in range(20))
GROUPS = {clip: f"source {i // 2}" for i, clip in enumerate(CLIPS)}
SEEDS = (0, 1, 2, 3, 4, 5)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of paper 5 on the demo: the regulariser helps on 12 of 20 clips with every seed."""
    rows = {row.id: row for row in PAPERS[5].rows("demo")}
    for row, right in (("table3/3d+reg", 19), ("table3/3d", 7)):
        for seed in SEEDS:
            hits = ["1"] * right + ["0"] * (20 - right)
            hits[seed] = "0"
            run = Run("1", seed, "demo", "standin", "demo", "abc", "cpu", "2026-01-01", "bash run.sh", {})
            measured = Measured({"value": 5.0 * hits.count("1")}, {"value": "".join(hits)}, CLIPS)
            made = record(tmp_path / "run", rows[row], run, measured, 20, GROUPS)
            gather([made], tmp_path / "results/paper5/demo-demo")
    monkeypatch.setenv("REPRO_HOME", str(tmp_path))
    return tmp_path


def test_every_claim_is_printed_with_its_verdict(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len({entry["id"] for entry in found}) == 811
    assert all(entry["reason"] for entry in found if entry["verdict"] == "untested")
    tested = {entry["id"]: entry for entry in found if entry["difference"] is not None}
    assert tested["p5-c006"]["difference"] == pytest.approx(60)
    assert (tested["p5-c006"]["run_on"], tested["p5-c006"]["scale"]) == ("demo", "drawn")
    assert tested["p5-c006"]["dataset"] == "HMDB51 split 1"
    assert tested["p5-c006"]["sign_flip"] == pytest.approx(2 / 64)


def test_headline_claims_come_first_then_counts_then_the_rest(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["claims", "paper5"]) == 0
    text = capsys.readouterr().out
    places = [text.index(word) for word in ("p5-c001", "claims about", "p5-c010")]
    assert places == sorted(places)
    assert all(claim.id in text for claim in PAPERS[5].claims)
    assert max(map(len, text.splitlines())) <= 110
    assert "printed 61.9 against 59.4" in text
    assert "on demo, drawn holds" in text


def test_the_page_and_the_table_of_a_run_say_the_same(home: Path) -> None:
    (page,) = write_pages(home / "results", verdicts_of(PAPERS.values(), home / "results"))
    assert page == home / "results/paper5/CLAIMS.md"
    contents = [load(path) for path in sorted((home / "results/paper5/demo-demo").glob("*.json"))]
    table = rendered(of_results(PAPERS[5], contents), text_table)
    for text in (page.read_text(), table):
        assert "+60.0 points" in text
        assert "chance alone would give about 0.1 verdicts" in text  # p5-c006 and its statement in the text


def test_a_folder_that_holds_no_results_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "--out", str(tmp_path / "typo")]) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'typo' / 'results'} holds no results; ")
