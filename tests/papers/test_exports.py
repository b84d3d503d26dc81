"""A finished run of each paper as one network: what `predict` gives, in every format what Keras gives."""

import json
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from helpers import tiny_runs, untrained_runs
from helpers.tiny_demo import tiny_demo
from repro.cli import main
from repro.deploy.check import EPSILON, rounded_terms
from repro.deploy.deployable import ATTENTION, PROBABILITIES, Deployable
from repro.deploy.formats import ENDINGS, check_installed, keras_call
from repro.experiment.exported import ExportedRun
from repro.inference.options import PredictionOptions
from repro.papers import paper_of
from repro.paths import PACKAGE
from repro.types import InputError
from repro.video import decode, encode

LITE_PX = 64
README = PACKAGE / "deploy/README.md"


def in_float32(run: ExportedRun) -> ExportedRun:
    """The run without the rounding of stored features, which the network that is exported does not have."""
    if "feature_dtype" in run.recipe:
        run.recipe["feature_dtype"] = "float32"  # type: ignore[index]
    return run


def whole_calls(of: Deployable, folder: Path) -> Path:
    """A drawn clip of a few windows, without loss."""
    clips = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))
    wanted = of.frames if of.window is None else of.frames * (of.window + 2)
    frames = list(islice((frame for clip in clips for frame in decode.frames(clip)), wanted))
    encode.write_video(folder / "clip.avi", frames, 25, "ffv1")
    return folder / "clip.avi"


def outputs(of: Deployable, video: Path) -> list[dict[str, np.ndarray]]:
    """Of each call, as a caller makes them."""
    call, found, beside = keras_call(of.model), [], of.start()
    for number, given in enumerate(of.calls(decode.frames(video))):
        beside = of.start() if of.window and number % of.window == 0 else beside
        found.append(call({**given, **beside}))
        beside = of.after(found[-1])
    return found


def assert_says_what_predict_says(run: ExportedRun, folder: Path) -> None:
    paper = paper_of(in_float32(run))
    of = paper.deployable(run)
    video = whole_calls(of, folder)
    said = outputs(of, video)
    wanted = paper.predictor(run, PredictionOptions()).predict(video)
    steps = of.unrolled if of.window is None else of.window
    allowed = 2 * np.sqrt(rounded_terms(of.model) * steps) * EPSILON
    assert allowed < 1e-3
    probabilities = np.stack([each[PROBABILITIES][0] for each in said])
    if wanted.probabilities is None:  # paper 3: the mean of a window's steps
        np.testing.assert_allclose(probabilities.mean(axis=(0, 1)), wanted.scores, rtol=0, atol=allowed)
        assert wanted.highlights is not None
        (attention,) = (each[ATTENTION][0].mean(axis=0) for each in said)
        uniform = len(attention)  # `predict` counts in units of it
        np.testing.assert_allclose(
            attention * uniform, wanted.highlights.attention, rtol=0, atol=allowed * uniform
        )
        return
    frames = probabilities.reshape(-1, probabilities.shape[-1])  # of a frame or of a clip
    by_frame = np.repeat(frames, of.every, axis=0)[: len(wanted.probabilities)]
    assert len(by_frame) >= len(wanted.probabilities) - of.every  # with flow the last has none of its own
    assert np.ptp(by_frame, axis=0).max() > 1e-4  # else equality would say little
    np.testing.assert_allclose(by_frame, wanted.probabilities[: len(by_frame)], rtol=0, atol=allowed)


@pytest.mark.parametrize("paper", [tiny_runs.of_paper(2)])
def test_a_run_is_exported_for_keras(
    paper: int, tiny_run: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tiny_runs.run_folder(paper, tiny_run(paper))
    assert main(["export", str(run), "--format", "keras", "--out", str(tmp_path)]) == 0
    name = f"paper2-{run.name}"
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.keras", f"{name}.json"}
    about = json.loads((tmp_path / f"{name}.json").read_text())
    assert about["classes"] == json.loads((run / "model.json").read_text())["classes"]
    assert set(about["states"]) == {"lstm1_h", "lstm1_c", "lstm2_h", "lstm2_c"}
    assert about["calls_a_window"] == about["states"]["lstm1_h"][0] * 6
    said = capsys.readouterr().out
    assert f"{name}.keras: " in said
    assert "7 calls agree in probabilities, next_lstm1_h, next_lstm1_c, next_lstm2_h, next_lstm2_c" in said
    assert_says_what_predict_says(ExportedRun.read(run), tmp_path)


@pytest.mark.graph
@pytest.mark.exhaustive
@pytest.mark.parametrize("paper", tiny_runs.EACH)
def test_every_format_of_every_paper(paper: int, tiny_run: Callable[[int], Path], tmp_path: Path) -> None:
    kinds = [kind for kind in ENDINGS if not _lacking(kind)]
    run = tiny_runs.run_folder(paper, tiny_run(paper))
    assert main(["export", str(run), "--format", *kinds, "--out", str(tmp_path / "out")]) == 0
    there = {path.suffix for path in (tmp_path / "out").iterdir()}
    assert there == {".json", *(ENDINGS[kind] for kind in kinds)}
    assert_says_what_predict_says(ExportedRun.read(run), tmp_path)
    if lacking := [why for kind in ENDINGS if (why := _lacking(kind))]:
        pytest.skip(f"the rest passed; {'; '.join(lacking)}")


@pytest.mark.slow
@pytest.mark.graph
@pytest.mark.exhaustive
@pytest.mark.parametrize("paper", [1, 2, 3, 4, 5])
def test_over_the_smaller_backbone_too(paper: int, tmp_path: Path) -> None:
    if lacking := _lacking("tflite"):
        pytest.skip(lacking)
    size = {"vgg_px" if paper == 3 else "size_px": LITE_PX}
    run = untrained_runs.lite(paper, tmp_path / "run", **size)
    assert (
        main(["export", str(run.folder), "--format", "keras", "tflite", "--out", str(tmp_path / "out")]) == 0
    )
    assert_says_what_predict_says(run, tmp_path)


@pytest.mark.slow
@pytest.mark.graph
@pytest.mark.exhaustive
def test_the_lines_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each format's program, as it stands there, names the same classes."""
    for kind in ENDINGS:
        if lacking := _lacking(kind):
            pytest.skip(lacking)
    monkeypatch.chdir(tmp_path)
    assert main(["export", "shipped", "--format", *ENDINGS]) == 0
    clip = sorted((tiny_demo() / "UCF-101" / "Wave").glob("*.avi"))[0]
    names = {"frames": list(decode.frames(clip))}
    first, *programs = re.findall(
        r"```python\n(.*?)```", (PACKAGE / "deploy/README.md").read_text(), re.DOTALL
    )
    assert len(programs) == len(ENDINGS)
    capsys.readouterr()
    said = []
    for program in programs:
        exec(compile(first + program, "README.md", "exec"), dict(names))
        said.append(capsys.readouterr().out.split())
    assert said[0] == said[1] == said[2] == said[3]
    assert len(said[0]) == min(20, -(-len(names["frames"]) // 2))
    assert set(said[0]) <= set(json.loads((tmp_path / "exports/paper2_jhmdb21.json").read_text())["classes"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nowhere", "--format", "keras"], "error: nowhere is not a finished run"),
        (["shipped", "--format", "keras", "--video", "nowhere.mp4"], "error: no video at nowhere.mp4"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *words, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.startswith(line)
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["export", "shipped", "--format", "caffe"])
    assert refused.value.code == 2
    assert "no 'caffe'" in capsys.readouterr().err


def _lacking(kind: str) -> str:
    """Why a format cannot be tried here; empty where it can."""
    try:
        check_installed(kind)
    except InputError as error:
        return f"{error} (requirements-export.txt)"
    return ""
