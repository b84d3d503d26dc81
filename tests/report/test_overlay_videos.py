"""Overlay videos: lazy, causal, and true to the probabilities."""

from collections.abc import Iterator

import numpy as np
import pytest

from repro.report import lettering, overlays, panel
from repro.report.overlays import overlay_frames

CLASSES = ("run", "jump", "sit", "stand", "wave", "clap", "kick")
T = 6


def _probabilities(seed: int = 0) -> np.ndarray:
    raw = np.random.default_rng(seed).random((T, len(CLASSES))) ** 3
    return (raw / raw.sum(axis=1, keepdims=True)).astype(np.float32)


def _frames(height: int = 24, width: int = 32) -> np.ndarray:
    return np.random.default_rng(9).integers(0, 256, (T, height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (24, 32, (480 + 116, 640 + 360)),
        (32, 24, (640 + 116, 480 + 360)),  # upright
        (1080, 1920, (480 + 116, 854 + 360)),  # made smaller
        (10, 100, (480 + 116, 1280 + 360)),  # very wide: the panel gives the height
    ],
)
def test_size_of_the_picture(height: int, width: int, expected: tuple[int, int]) -> None:
    frame = np.zeros((1, height, width, 3), np.uint8)
    (image,) = overlay_frames(frame, _probabilities()[:1], CLASSES, fps=25)
    assert image.shape == (*expected, 3)
    assert image.dtype == np.uint8
    assert not image.shape[0] % 2
    assert not image.shape[1] % 2


def test_the_frame_is_shown_whole_and_upright() -> None:
    frame = np.zeros((1, 240, 320, 3), np.uint8)
    frame[0, :120, :160] = (200, 100, 50)
    (image,) = overlay_frames(frame, _probabilities()[:1], CLASSES, fps=25)
    assert image[100, 100].tolist() == [200, 100, 50]  # RGB stays RGB
    assert image[100, 500].tolist() == image[400, 100].tolist() == [0, 0, 0]


def test_frames_are_drawn_one_by_one() -> None:
    taken = []

    def source() -> Iterator[np.ndarray]:
        for i, frame in enumerate(_frames()):
            taken.append(i)
            yield frame

    pictures = overlay_frames(source(), _probabilities(), CLASSES, fps=25)
    assert taken == []
    next(pictures)
    assert taken == [0]
    assert len(list(pictures)) == T - 1


def test_a_frame_shows_nothing_of_what_comes_after_it() -> None:
    one, other = _probabilities(), _probabilities()
    other[3:] = _probabilities(seed=4)[3:]
    pairs = zip(
        overlay_frames(_frames(), one, CLASSES, fps=25),
        overlay_frames(_frames(), other, CLASSES, fps=25),
        strict=True,
    )
    same = [bool((a == b).all()) for a, b in pairs]
    assert same == [True, True, True, False, False, False]


def test_the_true_label_is_written_and_used_for_nothing_else() -> None:
    def pictures(label: str | None) -> list[np.ndarray]:
        return list(overlay_frames(_frames(), _probabilities(), CLASSES, fps=25, true_label=label))

    without, right, wrong = pictures(None), pictures("run"), pictures("jump")
    for t in range(T):
        for given in (right[t], wrong[t]):
            rows, columns = np.nonzero((given != without[t]).any(axis=2))
            assert rows.min() >= 130
            assert rows.max() <= 152
            assert columns.min() >= 640


def test_headings_stand_in_the_winners_place() -> None:
    """Only the words differ: the winner's own name as a heading changes nothing, another one does."""
    names = [CLASSES[k] for k in _probabilities().argmax(axis=1)]
    plain, same, other = (
        next(overlay_frames(_frames(), _probabilities(), CLASSES, fps=25, headings=headings))
        for headings in (None, names, ["uncertain"] * len(names))
    )
    assert np.array_equal(plain, same)
    assert not np.array_equal(plain, other)
    with pytest.raises(ValueError, match="1 headings of"):
        overlay_frames(_frames(), _probabilities(), CLASSES, fps=25, headings=["one"])


@pytest.mark.parametrize("probability", [0.0, 0.25, 0.5, 1.0])
def test_a_bar_is_as_long_as_its_probability(probability: float) -> None:
    image = np.full((panel.HEIGHT_PX, panel.WIDTH_PX, 3), panel.BACKGROUND, np.uint8)
    panel.Bars(("only",)).render(image, np.array([probability]))
    row = image[214 + 25 + 8, panel.MARGIN_PX : panel.WIDTH_PX - panel.MARGIN_PX]
    filled = (row == panel.confidence_colour(probability)).all(axis=1).sum()
    assert filled == probability * (panel.WIDTH_PX - 2 * panel.MARGIN_PX)


def test_bars_settle_in_the_order_of_the_probabilities() -> None:
    bars = panel.Bars(CLASSES)
    image = np.zeros((panel.HEIGHT_PX, panel.WIDTH_PX, 3), np.uint8)
    bars.render(image, np.array([0.4, 0.3, 0.1, 0.1, 0.05, 0.03, 0.02]))
    assert bars.places.tolist() == [0, 1, 2, 3, 4, 5, 5]  # equal ones by index, the rest below the last row
    then = np.array([0.1, 0.5, 0.1, 0.1, 0.05, 0.03, 0.12])
    bars.render(image, then)
    assert bars.places[1] == 0.5  # half way up
    for _ in range(20):
        bars.render(image, then)
    assert bars.places.round(3).tolist() == [2, 0, 3, 4, 5, 5, 1]


def test_bars_are_at_their_places_on_the_last_frame() -> None:
    """It stays on the screen, and in mid-slide two texts would stand on each other."""
    steps = np.tile([[0.6, 0.2, 0.1, 0.04, 0.03, 0.02, 0.01]], (3, 1))
    steps[-1] = steps[0, ::-1]
    pictures = list(overlay_frames(_frames()[:3], steps, CLASSES, fps=25))
    alone = np.full((panel.HEIGHT_PX, panel.WIDTH_PX, 3), panel.BACKGROUND, np.uint8)
    panel.Bars(CLASSES).render(alone, steps[-1])
    assert np.array_equal(pictures[-1][210:480, 640:], alone[210:])


@pytest.mark.parametrize(
    ("frames", "marks"),
    [
        (3, ["0.00 s", "0.03 s", "0.06 s", "0.09 s", "0.12 s"]),
        (25, ["0.00 s", "0.25 s", "0.50 s", "0.75 s", "1.00 s"]),
        (300, ["0.0 s", "3.0 s", "6.0 s", "9.0 s", "12.0 s"]),
    ],
)
def test_marks_of_time_differ(monkeypatch: pytest.MonkeyPatch, frames: int, marks: list[str]) -> None:
    written: list[str] = []
    monkeypatch.setattr(overlays, "write", lambda image, text, *rest, **more: written.append(text))
    next(overlay_frames(_frames()[:1], np.ones((frames, 1)), ["run"], fps=25))
    assert [text for text in written if text.endswith(" s")] == marks


def test_confidence_colours() -> None:
    assert panel.confidence_colour(0.5) == (230, 159, 0)
    assert panel.confidence_colour(0.9) == panel.confidence_colour(1.0) == (0, 178, 130)


def test_text_is_cut_at_the_edges_and_shortened_to_fit() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    lettering.write(image, "outside", (-20, 5), 16, (255, 255, 255))
    assert image[:, :20].any()
    lettering.write(image, "far away", (500, 500), 16, (255, 255, 255))
    long = lettering.fitted("HandstandPushups", 16, 80)
    assert long.endswith("…")
    assert long.startswith("Hand")
    assert lettering.width_px(long, 16) <= 80
    assert lettering.fitted("run", 16, 80) == "run"


def test_text_stands_on_its_base_line() -> None:
    image = np.zeros((60, 60, 3), np.uint8)
    lettering.write(image, "H", (10, 40), 20, (255, 255, 255))
    rows, columns = np.nonzero(image.max(axis=2) > 128)
    assert rows.max() == 39
    assert 24 <= rows.min() <= 26  # capitals of DejaVu Sans are 0.73 em high
    assert columns.min() == 10


@pytest.mark.parametrize("count", [T - 1, T + 1])
def test_another_number_of_frames_is_refused(count: int) -> None:
    frames = np.zeros((count, 24, 32, 3), np.uint8)
    with pytest.raises(ValueError, match="zip"):
        list(overlay_frames(frames, _probabilities(), CLASSES, fps=25))


def test_wrong_arguments_are_refused_at_once() -> None:
    good = _probabilities()
    for wrong in (good[:, :3], good[0], good[:0], good * 2 + 1, -good, np.where(good > 2, good, np.nan)):
        with pytest.raises(ValueError, match="probabilit"):
            overlay_frames(_frames(), wrong, CLASSES, fps=25)
    with pytest.raises(ValueError, match="fps"):
        overlay_frames(_frames(), good, CLASSES, fps=0)


def test_frames_of_another_kind_are_refused() -> None:
    frames = [_frames()[0], _frames(30, 32)[1]]
    with pytest.raises(ValueError, match=r"frame 1 is uint8 \(30, 32, 3\)"):
        list(overlay_frames(frames, _probabilities()[:2], CLASSES, fps=25))
    with pytest.raises(ValueError, match="float"):
        list(overlay_frames(_frames().astype(np.float32), _probabilities(), CLASSES, fps=25))
