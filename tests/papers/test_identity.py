"""What a stored result answers for: a change of the data makes anew what it reaches, and nothing else.

A finished run is walked through again with other data in mind: every training, score file and feature says
under which identity it looks for itself, and is then taken as found.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers import tiny_runs
from helpers.experiments import experiment_of
from helpers.tiny_demo import tiny_demo
from repro import datasets
from repro.cli import main
from repro.experiment.experiment import Experiment
from repro.experiment.rows import chosen
from repro.experiment.tables import results_tables
from repro.features import video_store
from repro.features.source import Source, is_current
from repro.papers import PAPERS
from repro.report.tables import text_table
from repro.training import results
from repro.training.run_folder import RunFolder
from repro.training.settings import digest
from repro.types import Split, VideoRef
from repro.video.index import count_frames, with_contents

Refs = tuple[VideoRef, ...]
SCORES = "context+action-ms_lstm-anticipation"  # of paper 2's main row


class Asked:
    """Under which identity each result was looked for, and which videos' features are no longer theirs."""

    def __init__(self, networks: list[Path]) -> None:
        """networks: their folders in the order in which they are asked for; filled by the first walk."""
        self.networks, self.known = iter(tuple(networks)), networks
        self.trained: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.stale: set[str] = set()

    def network_folder(self, experiment: Experiment, kind: str, settings: Mapping[str, Any]) -> Path:
        own = _network_folder(experiment, kind, settings)
        folder = next(self.networks, own)
        if folder not in self.known:
            assert own.exists()
            self.known.append(own)
        assert folder.name.startswith(f"{kind}-demo-")
        self.trained[folder.name] = own.name
        return folder

    def claim(self, folder: Path, identity: Mapping[str, Any]) -> None:
        self.trained[f"{folder.parent.name}/{folder.name}"] = digest(identity)

    def finished(self, folder: RunFolder, stage: str, settings: Mapping[str, Any]) -> bool:
        if not stage.endswith("-validation"):  # of the training videos that are held out
            (self.trained if stage.startswith("scales") else self.said)[stage] = digest(settings)
        return True

    def is_current(self, source: Source, ref: VideoRef) -> bool:
        if not is_current(source, ref):
            self.stale.add(ref.video_id)
        return True


_network_folder = Experiment.network_folder


def _asked(paper: int, home: Path, split: Split, frames: Mapping[str, int], networks: list[Path]) -> Asked:
    asked, recipe = Asked(networks), PAPERS[paper].recipe("tiny")
    rows = chosen(PAPERS[paper].rows("demo"), tiny_runs.rows(paper)[1:])
    with pytest.MonkeyPatch.context() as patch, RunFolder(tiny_runs.run_folder(paper, home)) as folder:
        patch.setattr(
            Experiment, "network_folder", lambda experiment, *what: asked.network_folder(experiment, *what)
        )
        patch.setattr(results, "claim", asked.claim)
        patch.setattr(RunFolder, "finished", lambda run, *what: asked.finished(run, *what))
        patch.setattr(video_store, "is_current", asked.is_current)
        experiment = experiment_of(home, folder, split, recipe, frames, data=tiny_demo())
        pipeline = PAPERS[paper].pipeline(experiment, rows)
        for stage in pipeline.stages:
            stage.run()
    return asked


def _exchanged(refs: Refs, fact: str) -> Refs:
    """The first and the last video, which are of different classes, have each other's."""
    first, *others, last = refs
    values = getattr(last, fact), getattr(first, fact)
    assert values[0] != values[1]
    return (replace(first, **{fact: values[0]}), *others, replace(last, **{fact: values[1]}))


CHANGES: dict[str, Callable[[Refs], Refs]] = {
    "content": lambda refs: _exchanged(refs, "content"),
    "label": lambda refs: _exchanged(refs, "label"),
    "group": lambda refs: _exchanged(refs, "group"),
    "fewer": lambda refs: refs[1:],
}


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_what_a_change_reaches_is_made_anew(paper: int, tiny_run: Callable[[int], Path]) -> None:
    home, split = tiny_run(paper), datasets.load_split("demo", tiny_demo(), "1")
    index = count_frames((*split.train, *split.test), home / "cache" / "frames-demo.json")
    split = replace(split, train=with_contents(split.train, index), test=with_contents(split.test, index))

    networks: list[Path] = []

    def asked(**parts: Refs) -> Asked:
        return _asked(paper, home, replace(split, **parts), index.frames, networks)

    before = asked()
    assert not before.stale
    # Networks that are taken as they were pre-trained know no data.
    of_data = {name for name in before.trained if not name.startswith(("obj-", "sce-"))}
    assert any(name.startswith("networks/") for name in of_data)
    assert any(name.startswith("sequence/") for name in of_data)
    again = asked(train=split.train[::-1], test=split.test[::-1])
    assert not _moved(before.trained, again.trained) | _moved(before.said, again.said) | again.stale
    for name, change in CHANGES.items():
        train = asked(train=change(split.train))
        assert _moved(before.trained, train.trained) == of_data, name
        assert not _moved(before.said, train.said), name  # their models' checksums tell the rest
        test = asked(test=change(split.test))
        assert not _moved(before.trained, test.trained), name
        assert _moved(before.said, test.said) == set(before.said) != set(), name
        for part, refs in ((train, split.train), (test, split.test)):
            expected = {refs[0].video_id, refs[-1].video_id} if name == "content" else set()
            assert part.stale == expected, name


def _exchange(one: Path, other: Path) -> None:
    aside = one.with_suffix(".aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


@pytest.mark.slow
@pytest.mark.xdist_group("paper2")
def test_videos_exchanged_by_renaming(
    tiny_run: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy remakes nothing, other test videos are scored again, other training videos are refused."""
    home, data = tiny_run(2), tmp_path / "data"
    shutil.copytree(tiny_demo(), data)
    rows = ["--rows", tiny_runs.MAIN[2], "--stage", "evaluate"]
    command = [*tiny_runs.command(2, home, *rows), "--data", str(data)]
    score = tiny_runs.run_folder(2, home) / f"scores/{SCORES}.npz"
    networks = set((home / "cache/networks").iterdir())
    of_copied = score.stat().st_mtime_ns
    assert main(command) == 0
    assert "since the last call" not in capsys.readouterr().out
    assert score.stat().st_mtime_ns == of_copied

    tested, trained = (
        [data / f"UCF-101/{c}/v_{c}_{g}_c01.avi" for c in ("Run", "Wave")] for g in ("g01", "g09")
    )
    _exchange(*tested)
    assert main(command) == 0
    said = capsys.readouterr().out
    assert said.count("test videos since the last call: contents of 2 videos") == 1
    assert score.stat().st_mtime_ns != of_copied
    assert set((home / "cache/networks").iterdir()) == networks

    _exchange(*trained)
    before = score.read_bytes()
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert "was trained on other videos (training: contents of 2 videos" in line
    assert "train again with --no-resume" in line
    assert score.read_bytes() == before
    assert main([*command, "--no-resume"]) == 0
    assert len(set((home / "cache/networks").iterdir()) - networks) == 1
    assert score.read_bytes() != before


@pytest.mark.slow
@pytest.mark.xdist_group("paper2")
def test_published_runs_gather_and_stand_beside(
    tiny_run: Callable[[int], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A run's table is of that run; what was published is a column of its own."""
    home = tiny_run(2)
    run = tiny_runs.run_folder(2, home)
    (result,) = (run / "results").glob("table4_context+action-mslstm_latest.json")
    content = json.loads(result.read_text())
    other = tmp_path / "other" / "results" / result.name
    other.parent.mkdir(parents=True)
    (seed,) = content["runs"]
    other.write_text(json.dumps({**content, "runs": [{**seed, "seed": 1}]}))
    assert main(["publish", str(run), str(tmp_path / "other"), "--out", str(tmp_path)]) == 0
    published = json.loads((tmp_path / f"results/paper2/demo-tiny/{result.name}").read_text())
    assert [entry["seed"] for entry in published["runs"]] == [0, 1]
    assert len(json.loads(result.read_text())["runs"]) == 1

    text = results_tables(PAPERS[2], [result], text_table, beside=tmp_path / "results")
    assert "published here" in text
    assert text.count("(n=2)") == 1  # ours has one seed
    assert "published here" not in results_tables(PAPERS[2], [result], text_table, beside=tmp_path / "none")
    (tmp_path / "empty").mkdir()
    assert main(["publish", str(tmp_path / "empty"), "--out", str(tmp_path)]) == 2
    assert "holds no results" in capsys.readouterr().err
