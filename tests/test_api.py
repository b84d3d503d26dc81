"""`import repro`: light until something is asked for, then a model, its networks, losses and layers."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import repro
from helpers.clips import write_numbered
from repro import api, papers
from repro.papers import PAPERS
from repro.types import InputError


def test_the_import_alone_loads_nothing_heavy() -> None:
    code = "import repro, sys; print({'tensorflow', 'keras', 'numpy', 'cv2'} & set(sys.modules), dir(repro))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(repro.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("set() ")
    assert "'load'" in done.stdout


def test_what_it_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'lod'"):
        getattr(repro, "lod")  # noqa: B009
    assert repro.paper2.PAPER is PAPERS[2]


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="is not a finished run"):
        repro.load(tmp_path)
    monkeypatch.setattr(papers, "shipped_run", lambda: None)
    with pytest.raises(InputError, match=r"restore weights/"):
        repro.load()


@pytest.mark.slow
def test_the_model_that_ships_predicts_a_file_and_its_frames_alike(tmp_path: Path) -> None:
    frames = write_numbered(tmp_path / "clip.avi", 3)
    model = repro.load()
    assert repr(model) == "<paper 2, context+action-ms_lstm-anticipation: 21 classes of jhmdb21>"
    prediction = model.predict_video(str(tmp_path / "clip.avi"))
    stream = model.stream()
    state, streamed = stream.start(), []
    for frame in frames:
        each, state = stream.step(frame, state)
        streamed.append(each.probabilities)
    assert prediction.probabilities is not None
    # The codec is without loss, but in another colour space, which rounds.
    np.testing.assert_allclose(prediction.probabilities, streamed, atol=0.02)
    assert prediction.classes == model.classes


def test_what_reads_whole_clips_has_no_stream(tmp_path: Path) -> None:
    class OfClips:
        classes = ("run",)

    run = api.ExportedRun(tmp_path, 5, "demo", "1", 0, ("run",), "late", "w.npz", {}, {})
    with pytest.raises(InputError, match="run of paper 5, which reads whole clips"):
        api.Model(run, OfClips()).stream()  # type: ignore[arg-type]


@pytest.mark.slow
def test_networks_are_plain_keras_models_that_fit() -> None:
    keras.utils.set_random_seed(0)
    networks = repro.paper2.build(classes=3, preset="tiny", units=4)
    lstm = networks["multi-stage LSTM"]
    assert all(isinstance(each, keras.Model) for each in networks.values())
    loss = repro.losses.AnticipationLoss()
    lstm.compile("sgd", loss=dict.fromkeys(lstm.output, loss))
    inputs = {name: np.ones((2, *each.shape[1:]), np.float32) for name, each in lstm.input.items()}
    labels = np.tile(np.eye(3, dtype=np.float32)[[2, 2]][:, None], (1, 6, 1))  # [B, T, K]
    history = lstm.fit(inputs, dict.fromkeys(lstm.output, labels), epochs=8, verbose=0).history["loss"]
    assert history[-1] < history[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "number",
    [number if number == 2 else pytest.param(number, marks=pytest.mark.exhaustive) for number in PAPERS],
)
def test_the_preset_of_real_video_has_networks_too(number: int) -> None:
    """Over a smaller backbone, which has no networks on flow and no own fc6 and fc7."""
    networks = PAPERS[number].build(classes=3)
    assert all(each.count_params() > 0 for each in networks.values())
    if number == 2:
        whole = networks["whole network, video to probabilities"]
        assert whole.input_shape == (None, 20, 224, 224, 3)
        assert whole.output["stage2"].shape == (None, 20, 3)


def test_wrong_words_are_one_line() -> None:
    with pytest.raises(InputError, match=r"no field unitz; bash run\.sh recipe paper2 lists them all"):
        repro.paper2.build(classes=3, unitz=4)
    with pytest.raises(InputError, match="preset"):
        repro.paper2.build(classes=3, preset="huge")
    with pytest.raises(ValueError, match="0 classes"):
        repro.paper2.build(classes=0)
