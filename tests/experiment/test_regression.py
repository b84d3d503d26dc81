"""Logistic regression beside the tables: of mean features, fitted on training clips, blind to test labels."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.experiments import experiment_of
from oracles import logistic_regression as oracle
from repro import score_file
from repro.evaluation import logistic_regression
from repro.evaluation.logistic_regression import DECAYS
from repro.experiment import regression
from repro.experiment.experiment import Experiment
from repro.training.run_folder import RunFolder
from repro.types import Split, VideoRef

K, FRAMES, FRACTION = 3, 5, 0.3


def _refs(subset: str, groups: int) -> tuple[VideoRef, ...]:
    names = [(label, number) for number in range(groups) for label in range(K)]
    return tuple(
        VideoRef(f"{subset}{g}-{c}", Path("none.avi"), c, f"{subset}{g}", content="drawn") for c, g in names
    )


def _read(ref: VideoRef) -> dict[str, NDArray[np.float32]]:
    """Maps [T, 2, 2, 3] and vectors [T, 2], which tell the class that a video's name has, but not surely."""
    rng = np.random.default_rng(sum(ref.video_id.encode()))
    maps, vectors = rng.normal(0, 2, (FRAMES, 2, 2, 3)), rng.normal(0, 2, (FRAMES, 2))
    maps[..., int(ref.video_id[-1])] += 1
    return {"maps": maps.astype(np.float32), "vectors": vectors.astype(np.float32)}


def _mean(ref: VideoRef) -> list[float]:
    """The same, summed number by number."""
    read = _read(ref)
    places = [vector for frame in read["maps"] for row in frame for vector in row]
    sums = [sum(float(each[c]) for each in places) / len(places) for c in range(3)]
    return [*sums, *(sum(float(each[c]) for each in read["vectors"]) / FRAMES for c in range(2))]


def _score(home: Path, split: Split, features: str = "drawn") -> Path:
    lengths = {ref.video_id: FRAMES for ref in (*split.train, *split.test)}
    with RunFolder(home / "run") as folder:
        experiment: Experiment = experiment_of(home, folder, split, None, lengths)
        return regression.score(experiment, _read, features, "regression", fraction=FRACTION)


@pytest.fixture
def split() -> Split:
    return Split("demo", "1", ("a", "b", "c"), _refs("train", 12), _refs("test", 4))


def test_it_is_the_minimum_on_mean_features_of_the_training_clips(split: Split, tmp_path: Path) -> None:
    scores = score_file.read(_score(tmp_path, split))
    assert scores.video_ids == tuple(ref.video_id for ref in split.test)
    assert scores.scores.shape == (len(split.test), 1, K)
    lengths = {ref.video_id: FRAMES for ref in split.train}
    with RunFolder(tmp_path / "other") as folder:
        train, held_out = experiment_of(tmp_path, folder, split, None, lengths).held_out(FRACTION)
    assert len(train) + len(held_out) == len(split.train)
    assert held_out
    noted = json.loads((tmp_path / "run/scores/regression.json").read_text())["held-out loss by decay"]
    decay = next(value for value in DECAYS if f"{value:.3g}" == min(noted, key=noted.__getitem__))
    x, labels = np.array([_mean(ref) for ref in train]), np.array([ref.label for ref in train])
    samples = logistic_regression.Samples(x, labels, np.ones(len(x)))
    fitted = logistic_regression.fit(samples, K, decay)
    for gradient in oracle.gradient(x, labels, samples.weights, *fitted, decay):
        assert np.abs(gradient).max() < 1e-4
    wanted = np.exp(fitted.log_probabilities(np.array([_mean(ref) for ref in split.test])))
    # Each ends where no gradient is above GRADIENT; the penalty curves the loss by at least `decay`.
    within = 2 * logistic_regression.GRADIENT / decay
    assert within < 0.01
    np.testing.assert_allclose(scores.scores[:, 0], wanted, rtol=0, atol=within)
    assert wanted.max() > 0.5


def test_labels_of_test_clips_change_no_prediction(split: Split, tmp_path: Path) -> None:
    turned = tuple(replace(ref, label=(ref.label + 1) % K) for ref in split.test)
    one, other = (
        score_file.read(_score(tmp_path / name, replace(split, test=test)))
        for name, test in (("as-they-are", split.test), ("turned", turned))
    )
    np.testing.assert_array_equal(one.scores, other.scores)
    assert (one.labels != other.labels).all()


def test_other_features_are_scored_anew_and_the_same_are_not(split: Split, tmp_path: Path) -> None:
    path = _score(tmp_path, split)
    made = path.stat().st_mtime_ns
    assert _score(tmp_path, split).stat().st_mtime_ns == made
    assert _score(tmp_path, split, "of another network").stat().st_mtime_ns > made
