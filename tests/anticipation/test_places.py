"""Where the maps of the gate lie, of videos whose actor stands still: what is read, what is measured."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from repro.anticipation import places
from repro.anticipation.rows import INSIDE, MAPS, place_rows
from repro.datasets.boxes import Actor
from repro.papers import PAPERS
from repro.types import Row, Tube, VideoRef

LEFT, RIGHT = np.array([[0.0, 0, 20, 30]]), np.array([[20.0, 0, 40, 30]])  # halves of a frame of 30 x 40


class Network:
    """Says of every frame that the action is on the left, and remembers what it was shown."""

    shown: np.ndarray

    def predict_on_batch(self, images: np.ndarray) -> dict[str, np.ndarray]:
        self.shown = images
        chosen = np.tile(np.array([[3.0, 1.0, -5.0, 0.0]], np.float32)[..., None], (len(images), 1, 1, 1))
        conv5_3 = np.ones((len(images), 1, 4, 2), np.float32)
        return {"map": chosen, "conv5_3": conv5_3, "gated": conv5_3 * np.maximum(chosen, 0)}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The frames that were asked of a video, whose k-th frame is of the grey k."""
    asked: list[int] = []

    def read_frames(path: Path, indices: np.ndarray, segment: Any) -> np.ndarray:
        asked.extend(indices.tolist())
        return np.stack([np.full((30, 40, 3), index, np.uint8) for index in indices])

    monkeypatch.setattr(places.decode, "read_frames", read_frames)
    return asked


def _shares(network: Network, boxes: np.ndarray, frames: np.ndarray) -> dict[str, float]:
    tube = Tube(frames, np.repeat(boxes, len(frames), axis=0))
    ref = VideoRef("one", Path("none.avi"), 0, "one")
    return places._of_video(network, 8, ref, {"one": (Actor(0, tube),)})  # type: ignore[arg-type]


def test_maps_are_measured_where_the_actor_is(read: list[int]) -> None:
    frames = np.arange(5, 40)
    left, right = (_shares(Network(), boxes, frames) for boxes in (LEFT, RIGHT))
    assert left == {"map": 1.0, "conv5_3": 0.5, "gated": 1.0, "even": 0.5, "middle": 0.5}
    assert right == {"map": 0.0, "conv5_3": 0.5, "gated": 0.0, "even": 0.5, "middle": 0.5}


def test_frames_are_spread_over_those_that_have_a_box(read: list[int]) -> None:
    network = Network()
    _shares(network, LEFT, np.arange(5, 40))
    assert (len(read), read[0], read[-1]) == (places.FRAMES, 5, 39)
    assert network.shown.shape == (places.FRAMES, 8, 8, 3)
    assert [image.max() for image in network.shown] == read
    read.clear()
    _shares(network, LEFT, np.array([3, 4]))
    assert read == [3, 4]


def test_a_row_is_the_mean_over_videos_in_the_order_of_their_ids(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", video_ids=np.array(["b", "a"]), map=np.array([0.5, 0.25]))
    row = Row(paper=1, id="inside/map", table="maps", row="", dataset="demo", metric_options={"map": "map"})
    measured, count = places.measure_inside(row, tmp_path / "p.npz")
    assert (measured.values, measured.clips, count) == ({"value": 37.5}, ("a", "b"), 2)
    assert measured.hits["value"].split() == ["0.25", "0.5"]


def test_videos_without_boxes_are_left_out_and_the_rest_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "map_network", lambda *_: None)
    monkeypatch.setattr(places, "sha256_of", lambda _: "abc")
    monkeypatch.setattr(places, "_of_video", lambda *_: dict.fromkeys(MAPS, 0.75))
    monkeypatch.setattr(places, "frame_settings", lambda _: {})
    refs = [VideoRef(name, Path("none.avi"), 0, name) for name in ("one", "two")]
    experiment: Any = SimpleNamespace(
        split=SimpleNamespace(test=refs),
        folder=SimpleNamespace(path=tmp_path),
        scored_on=lambda refs: {},
        artifact=lambda name, settings, path, make: make(path) or path,
    )
    recipe: Any = SimpleNamespace(size_px=8)
    path = places.shares_inside(experiment, recipe, "ours", Path("w.npz"), {"two": ()})
    with np.load(path) as file:
        assert {name: file[name].tolist() for name in file} == {
            "video_ids": ["two"],
            **{name: [0.75] for name in MAPS},
        }


def test_other_boxes_are_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "sha256_of", lambda _: "abc")
    monkeypatch.setattr(places, "frame_settings", lambda _: {})
    settings = []
    experiment: Any = SimpleNamespace(
        split=SimpleNamespace(test=[VideoRef("one", Path("none.avi"), 0, "one")]),
        folder=SimpleNamespace(path=tmp_path),
        scored_on=lambda refs: {},
        artifact=lambda name, of, path, make: settings.append(of),
    )
    for boxes in (LEFT, RIGHT, LEFT):
        actors = {"one": (Actor(0, Tube(np.array([4]), boxes)),)}
        places.shares_inside(experiment, SimpleNamespace(), "ours", Path("w.npz"), actors)  # type: ignore[arg-type]
    first, other, again = settings
    assert first == again != other


def test_every_map_is_a_row_where_there_are_boxes() -> None:
    like = Row(paper=1, id="", table="", row="", dataset="demo")
    rows = place_rows("demo", like)
    assert [row.metric_options["map"] for row in rows] == list(MAPS)
    assert {row.metric for row in rows} == {INSIDE}
    assert all(row.needs_annotation for row in rows)
    assert place_rows("ut_interaction", like) == ()
    for number in (1, 2):
        filmed = [row for row in PAPERS[number].rows("jhmdb21") if row.metric == INSIDE]
        assert len(filmed) == len(rows)
        assert all(row.on_request for row in filmed)
