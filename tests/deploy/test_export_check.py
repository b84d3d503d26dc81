"""What `export` finds out about a file before it gets its name, on a network of one memory."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from repro.deploy import check, formats
from repro.deploy.deployable import PROBABILITIES, Arrays, Deployable
from repro.types import InputError

pytestmark = pytest.mark.slow  # imports the engine
ROOT = Path(__file__).resolve().parents[2]
FRAMES = np.random.default_rng(0).integers(0, 256, (9, 2, 3, 3), np.uint8)


def counted(frames: Iterator[np.ndarray]) -> Iterator[Arrays]:
    return ({"image": frame[None]} for frame in frames)


@pytest.fixture(scope="module")
def small() -> Deployable:
    image = keras.Input((2, 3, 3), dtype="uint8", name="image")
    state = keras.Input((4,), name="h")
    pixels = layers.Rescaling(1 / 255)(layers.Flatten()(image))
    h = layers.Dense(4, activation="tanh", name="memory")(layers.Concatenate()([pixels, state]))
    frame = layers.Dense(3, activation="softmax", name="classes")(h)
    model = keras.Model({"image": image, "h": state}, {PROBABILITIES: frame, "next_h": h}, name="small")
    what = {"image": "pixels", PROBABILITIES: "of the classes", "rule": "the mean"}
    return Deployable(("a", "b", "c"), model, ("h",), what, counted, frames=1, every=1, window=4)


def test_the_same_network_agrees_in_outputs_and_states(small: Deployable) -> None:
    found = check.agreement(small, formats.keras_call(small.model), iter(FRAMES), small.calls_to_check)
    assert found.calls == 5  # a window and the first call of the next one
    assert found.worst == {PROBABILITIES: 0, "next_h": 0}


def test_states_start_afresh_with_every_window(small: Deployable) -> None:
    given: list[np.ndarray] = []

    def recorded(inputs: Arrays) -> Arrays:
        given.append(inputs["h"])
        return formats.keras_call(small.model)(inputs)

    check.agreement(small, recorded, iter(FRAMES), 6)
    empty = [not each.any() for each in given[1:]]  # the first call warms up
    assert empty == [True, False, False, False, True, False]


def test_a_state_that_is_lost_is_noticed_at_the_second_call(small: Deployable) -> None:
    keras_call = formats.keras_call(small.model)

    def forgets(inputs: Arrays) -> Arrays:
        return keras_call({**inputs, "h": np.zeros((1, 4), np.float32)})

    with pytest.raises(check.Differs, match=r"^\w+ differs by .* at call 2; float32 explains"):
        check.agreement(small, forgets, iter(FRAMES), 5)


def test_weights_in_half_precision_are_noticed(small: Deployable) -> None:
    rounded = keras.models.clone_model(small.model)
    rounded.set_weights([weight.astype(np.float16) for weight in small.model.get_weights()])
    with pytest.raises(check.Differs, match="float32 explains"):
        check.agreement(small, formats.keras_call(rounded), iter(FRAMES), 5)


def test_a_value_that_is_no_number_is_noticed(small: Deployable) -> None:
    def nan(inputs: Arrays) -> Arrays:
        return {PROBABILITIES: np.full((1, 3), np.nan, np.float32), "next_h": np.zeros((1, 4), np.float32)}

    with pytest.raises(check.Differs, match="not finite"):
        check.agreement(small, nan, iter(FRAMES), 5)


def test_a_video_without_a_whole_call_is_one_line(small: Deployable) -> None:
    with pytest.raises(InputError, match="too short to check the network on: one call takes 1 frames"):
        check.agreement(small, formats.keras_call(small.model), iter(()), 5)


@pytest.mark.graph
@pytest.mark.parametrize("kind", ["keras", "savedmodel"])
def test_a_file_that_differs_leaves_nothing_and_the_old_one_stays(
    kind: str, small: Deployable, tmp_path: Path
) -> None:
    path = tmp_path / f"small{formats.ENDINGS[kind]}"
    with formats.made(kind, small, path) as call:
        assert check.agreement(small, call, iter(FRAMES), 5).calls == 5
    before = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")}
    assert before
    with pytest.raises(check.Differs), formats.made(kind, small, path):
        raise check.Differs
    assert {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")} == before


def test_a_folder_that_is_no_saved_model_is_kept(small: Deployable, tmp_path: Path) -> None:
    path = tmp_path / "mine.savedmodel"
    path.mkdir()
    (path / "thesis.tex").write_text("years")
    with (
        pytest.raises(InputError, match="is there and is no SavedModel"),
        formats.made("savedmodel", small, path),
    ):
        pass
    assert (path / "thesis.tex").read_text() == "years"


@pytest.mark.parametrize("kind", ["tflite", "onnx"])
def test_a_missing_package_is_one_line(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=rf"{kind} needs .* pip install \S+==[\d.]+( \S+==[\d.]+)*$"):
        formats.check_installed(kind)
    formats.check_installed("keras")


def test_the_lines_name_the_pinned_versions() -> None:
    lines = (ROOT / "requirements-export.txt").read_text().splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert sorted(pin for pins in formats.PACKAGES.values() for pin in pins) == sorted(pinned)


def test_the_interface_names_everything_that_goes_in_and_out(small: Deployable) -> None:
    about = small.interface()
    assert about["inputs"]["image"] == {"shape": [1, 2, 3, 3], "dtype": "uint8", "what": "pixels"}
    assert about["outputs"].keys() == {PROBABILITIES, "next_h"}
    assert about["states"] == {"h": [1, 4]}
    assert (about["classes"], about["calls_a_window"], about["reads_every"]) == (["a", "b", "c"], 4, 1)
