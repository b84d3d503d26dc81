"""Stills for pre-training: their labels, and that they share no seed with any clip."""

import numpy as np
import pytest

from repro.demo import stage
from repro.demo.actions import CLASSES
from repro.demo.figure import ANGLE
from repro.demo.paint import rgb
from repro.demo.scenes import SCENES
from repro.demo.stills import (
    ARMS,
    FINE,
    LABELS,
    LEGS,
    _pose,
    object_by_hue,
    render_still,
    sample_labels,
    scene_by_view,
)


def test_stills_are_drawn_alike_every_time() -> None:
    image, labels = render_still(11)
    again, same = render_still(11)
    np.testing.assert_array_equal(image, again)
    assert labels == same
    assert image.shape == (120, 160, 3)
    assert image.dtype == np.uint8
    assert (image != render_still(12)[0]).mean() > 0.5


def test_labels_are_object_scene_and_pose_and_no_class() -> None:
    assert set(LABELS) == {"object", "scene", "pose"}
    assert len(LABELS["pose"]) == len(ARMS) * len(LEGS) + 2 == 32
    assert not set(CLASSES) & {name for names in LABELS.values() for name in names}


def test_every_label_occurs_and_none_tells_another() -> None:
    seeds = ([0, index, 0, 0, stage.STILL_SAMPLES] for index in range(2000))
    drawn = [sample_labels(np.random.default_rng(seed)) for seed in seeds]
    assert drawn[11].items() <= render_still(11)[1].items()
    for name, names in LABELS.items():
        counts = np.bincount([labels[name] for labels in drawn], minlength=len(names))
        assert counts.min() > 0.5 * len(drawn) / len(names)
        assert counts.max() < 1.5 * len(drawn) / len(names)
    pairs = np.array([[labels["object"], labels["scene"], labels["pose"]] for labels in drawn])
    correlation = np.corrcoef(pairs.T) - np.eye(3)
    assert np.abs(correlation).max() < 0.08  # 3.5 standard deviations of 2000 draws


def test_fine_labels_are_a_hundred_or_more_and_each_has_a_name_of_its_own() -> None:
    assert {name: len(names) for name, names in FINE.items()} == {"object_by_hue": 100, "scene_by_view": 108}
    assert all(len(set(names)) == len(names) for names in FINE.values())


def test_an_objects_fine_label_names_its_kind_and_the_twelfth_of_its_hue() -> None:
    names = FINE["object_by_hue"]
    assert names[object_by_hue("cone", rgb(200, 0.5, 0.9))] == "cone"
    assert names[object_by_hue("chair", rgb(1, 0.5, 0.9))] == "chair, hue 0"
    assert names[object_by_hue("bat", rgb(359, 0.9, 0.6))] == "bat, hue 11"
    assert names[object_by_hue("ball", rgb(121, 0.35, 1.0))] == "ball, hue 4"


def test_a_scenes_fine_label_names_its_view() -> None:
    names, gym = FINE["scene_by_view"], SCENES[1]
    assert names[scene_by_view(1, 10.0, 41.0, 0.9)] == f"{gym}, horizon high, figure small, dim"
    assert names[scene_by_view(1, 44.9, 67.9, 1.1)] == f"{gym}, horizon middle, figure medium, bright"
    assert names[scene_by_view(1, 84.0, 82.0, 0.9)] == f"{gym}, horizon low, figure large, dim"


@pytest.mark.slow
def test_the_views_cut_the_stills_in_nearly_even_parts() -> None:
    labels = [render_still(index)[1]["scene_by_view"] for index in range(300)]
    view = np.unravel_index(labels, (len(SCENES), 3, 3, 2))
    for part, values in zip(view[1:], (3, 3, 2), strict=True):
        share = np.bincount(part, minlength=values) / len(part)
        assert np.abs(share - 1 / values).max() < 0.1  # 3.5 standard deviations of 300 draws


@pytest.mark.parametrize("label", range(len(LABELS["pose"])))
def test_catalogue_poses_keep_their_jitter_small(label: int) -> None:
    first, second = (_pose(label, np.random.default_rng(seed))[0] for seed in (1, 2))
    moved = np.abs(first - second)
    for name in ("lean", "stick", "stick_out", "hop"):
        moved[ANGLE[name]] = 0.0
    assert 0 < moved.max() <= 32


def test_no_seed_of_a_still_is_that_of_a_clip() -> None:
    clip_purposes = {stage.GROUP_SAMPLES, stage.CLIP_SAMPLES, stage.SCENE_SAMPLES, stage.CLUTTER_SAMPLES}
    assert len(clip_purposes) == 4
    assert stage.STILL_SAMPLES not in clip_purposes
