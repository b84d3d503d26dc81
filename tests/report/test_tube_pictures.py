"""Tubes in videos and strips, and the picture of a stream: looked up pixel by pixel."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from repro.report import marks, panel
from repro.report.live import attention_overlay, render_live
from repro.report.masks import Grid
from repro.report.tubes import tube_frames, tube_strip
from repro.types import Tube
from repro.video import decode
from repro.video.encode import write_video

T, H, W = 5, 60, 80  # shown eight times as large, below a header of 72 pixels
HEADER = 72


def _clip() -> np.ndarray:
    return np.full((T, H, W, 3), 120, np.uint8)


def _tube(frames: list[int], left: float = 10, top: float = 20) -> Tube:
    boxes = [[left + t, top, left + t + 20, top + 30] for t in frames]
    return Tube(np.array(frames), np.array(boxes, float))


def _frames(predicted: Tube, truth: list[Tube], saliency: np.ndarray | None = None) -> list[np.ndarray]:
    maps = np.zeros((T, 6, 8)) if saliency is None else saliency
    return list(tube_frames(_clip(), predicted, truth, caption="LongJump", fps=25, saliency=maps))


def test_boxes_move_with_their_tubes() -> None:
    pictures = _frames(_tube([0, 1, 2, 3, 4]), [_tube([1, 2], 40), _tube([2], 50, 5)])
    assert {picture.shape for picture in pictures} == {(HEADER + 480, 640 + 6 + 640, 3)}
    for t, picture in enumerate(pictures):
        assert picture[HEADER + 8 * 20, 8 * (10 + t)].tolist() == list(marks.PREDICTED)
        assert picture[HEADER + 8 * 50 - 1, 8 * (30 + t) - 1].tolist() == list(marks.PREDICTED)
        body = picture[HEADER:, :640]
        yellow = (body == marks.TRUE).all(axis=2)
        assert yellow.any() == (t in (1, 2))
        assert yellow[8 * 5, 8 * 52] == (t == 2)  # the second actor


def test_saliency_stands_beside_with_the_same_boxes() -> None:
    saliency = np.zeros((T, 6, 8))
    saliency[3, 0, 7] = 255
    pictures = _frames(_tube([3], 7), [], saliency=saliency)
    assert (pictures[2][HEADER:, :640] == pictures[2][HEADER:, 646:]).all()  # its map is empty
    picture = pictures[3]
    assert picture.shape == (HEADER + 480, 640 + 6 + 640, 3)
    assert (picture[HEADER:, 640:646] == panel.BACKGROUND).all()
    left, right = picture[HEADER:, :640].astype(int), picture[HEADER:, 646:].astype(int)
    assert left[8 * 20, 8 * 10].tolist() == right[8 * 20, 8 * 10].tolist() == list(marks.PREDICTED)
    change = np.abs(left - right).sum(axis=2)
    assert change[30, 610] > 200
    assert change[300:].max() == 0


def test_the_legend_names_what_is_there() -> None:
    without, with_truth = _frames(_tube([0]), [])[0], _frames(_tube([0]), [_tube([3])])[0]
    assert (without[50, 20:32] == marks.PREDICTED).all()
    assert not (without[:HEADER] == marks.TRUE).all(axis=2).any()
    assert (with_truth[:HEADER] == marks.TRUE).all(axis=2).sum() == 12 * 12


def test_a_tube_video_is_written_whole(tmp_path: Path) -> None:
    write_video(tmp_path / "t.webm", _frames(_tube([0, 4]), [_tube([0], 50)]), 25)
    assert [p.name for p in tmp_path.iterdir()] == ["t.webm"]
    shown = decode.read_clip(tmp_path / "t.webm").astype(int)
    assert shown.shape == (T, HEADER + 480, 640 + 6 + 640, 3)
    # VP8 halves the colours, so the line is looked at in its middle, and nearly only.
    green, yellow = shown[0, HEADER + 300, 81], shown[0, HEADER + 300, 8 * 50 + 3]
    assert green[1] > green[0] + 60
    assert green[1] > green[2] + 60
    assert yellow[:2].min() > yellow[2] + 100


def test_a_strip_shows_evenly_spaced_frames_of_the_tube(tmp_path: Path, drawn: list[Figure]) -> None:
    tube_strip(tmp_path / "s.png", _clip(), _tube([0, 2, 3, 4]), [_tube([4], 50)], title="t", columns=3)
    assert (tmp_path / "s.png").exists()
    plain = drawn[0].axes
    assert [axes.get_title() for axes in plain] == ["frame 1", "frame 4", "frame 5"]
    picture = plain[1].images[0].get_array()
    assert picture[8 * 20, 8 * 13].tolist() == list(marks.PREDICTED)
    assert plain[2].images[0].get_array()[8 * 20, 8 * 54].tolist() == list(marks.TRUE)
    assert [t.get_text() for t in drawn[0].legends[0].get_texts()] == ["predicted", "true"]


def test_what_does_not_fit_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    good = _tube([0])
    with pytest.raises(ValueError, match="frame 5 of a video of 5"):
        _frames(good, [_tube([5])])
    with pytest.raises(ValueError, match="fps"):
        tube_frames(_clip(), good, [], caption="", fps=0, saliency=np.ones((T, 6, 8)))
    with pytest.raises(ValueError, match=r"saliency.*wanted \[5, h, w\]"):
        _frames(good, [], np.ones((4, 6, 8)))
    with pytest.raises(ValueError, match="wanted uint8"):
        tube_strip(tmp_path / "s.png", _clip().astype(float), good, [], title="")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("probability", [0.0, 0.25, 1.0])
def test_the_live_bar_is_as_long_as_the_probability(probability: float) -> None:
    frame = np.full((H, W, 3), 120, np.uint8)
    image = render_live(frame, "run", probability)
    assert image.shape == (480, 640, 3)
    bar = image[480 - 66 + 44 + 5, 20:620]
    filled = (bar == panel.confidence_colour(probability)).all(axis=1).sum()
    assert filled == 600 * probability
    assert (frame == 120).all()
    assert (image[:400] == 120).all()  # neither heat nor box nor note was given


def test_the_live_picture_shows_heat_box_and_note() -> None:
    frame = np.full((H, W, 3), 120, np.uint8)
    attention = np.zeros((7, 7))
    attention[3, 3] = 1
    image = render_live(
        frame, "run", 0.5, attention=attention, edges=np.array([10.0, 20, 30, 40]), note="frame 7"
    )
    assert image[8 * 20, 8 * 10].tolist() == image[319, 239].tolist() == list(marks.PREDICTED)
    assert image[240, 320, 0] > 200
    assert (image[100:380, 500:] == 120).all()
    assert image[12, 14].max() < 120  # the plate under the note


@pytest.mark.parametrize(
    "wrong",
    [
        {"probability": 1.2},
        {"probability": float("nan")},
        {"attention": np.ones((7, 7, 1))},
        {"attention": -np.ones((7, 7))},
        {"edges": np.ones((1, 4))},
        {"edges": np.array([0, 0, np.nan, 1])},
        {"frame": np.zeros((H, W), np.uint8)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_live_pictures_refuse_what_does_not_fit(wrong: dict[str, object]) -> None:
    given = {"frame": np.zeros((H, W, 3), np.uint8), "label": "run", "probability": 0.5, **wrong}
    with pytest.raises(ValueError, match="wanted"):
        render_live(**given)


def test_the_heat_lies_where_the_grid_says() -> None:
    """Place (0, 2) of a 3 x 3 grid is centred at (23.5, 87.5) of a square of 111 pixels."""
    attention = np.zeros((1, 3, 3))
    attention[0, 0, 2] = 1
    probabilities = np.eye(2)[[1]]
    frame = np.zeros((96, 96, 3), np.uint8)
    (image,) = attention_overlay(
        [frame], probabilities, attention, ("a", "b"), grid=Grid(111, 32, 23.5), fps=5
    )
    assert image.shape == (480, 480, 3)
    heat = image[60:400].astype(int).sum(axis=2)  # between the note and the band
    scale = 480 / 111
    assert heat[:20, round(87.5 * scale)].min() > 1.5 * heat[:20, round(60 * scale)].max()
    assert heat[round(55.5 * scale) - 60 + 10 :].max() == 0
    with pytest.raises(ValueError, match=r"shorter|longer"):
        list(
            attention_overlay(
                [frame], probabilities[[0, 0]], attention, ("a", "b"), grid=Grid(111, 32, 23.5), fps=5
            )
        )
