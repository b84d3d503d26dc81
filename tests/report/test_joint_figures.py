"""Figures of paper 5: where energy and attention lie, how a loss falls, what is confused after two epochs."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from repro.report.masks import Grid, masked, over_frame, upsample
from repro.report.plots import attention_examples, confusions, convergence, joint_maps
from repro.types import InputError

FULL = Grid(384, 32, 23.5)
T = 11


def _one_hot(row: int, column: int, value: float = 1.0) -> np.ndarray:
    attention = np.zeros((11, 11))
    attention[row, column] = value
    return attention


def test_a_map_lies_at_the_pixels_of_its_places() -> None:
    """Places 0 and 1 are centred at 23.5 and 55.5: pixel 23 is held, 24 is one 64th of the way."""
    columns = np.broadcast_to(np.arange(11.0), (11, 11))
    shown = upsample(columns, *FULL)
    assert shown.shape == (384, 384)
    wanted = {0: 0, 23: 0, 24: 1 / 64, 39: 31 / 64, 40: 33 / 64, 55: 63 / 64, 56: 65 / 64, 343: 9 + 63 / 64}
    for pixel, value in (wanted | {344: 10, 383: 10}).items():
        assert shown[0, pixel] == shown[200, pixel] == value, pixel
    np.testing.assert_array_equal(upsample(columns.T, *FULL), shown.T)  # rows as columns


def test_between_four_places_a_map_is_bilinear() -> None:
    """At (40, 40), 33/64 of the way from place 0 to place 1 both ways."""
    maps = np.array([[[1.0, 3.0], [5.0, 11.0]], [[2.0, 2.0], [2.0, 2.0]]])
    shown = upsample(maps, 80, 32, 23.5)
    a = 33 / 64
    wanted = (1 - a) * (1 - a) * 1 + (1 - a) * a * 3 + a * (1 - a) * 5 + a * a * 11
    assert shown[0, 40, 40] == pytest.approx(wanted, rel=1e-12)
    assert shown[0].min() == 1
    assert shown[0].max() == 11
    assert (shown[1] == 2).all()


def test_maps_that_cannot_be_placed_are_refused() -> None:
    for maps, size, stride in ((np.ones(3), 9, 2), (np.ones((0, 3)), 9, 2), (np.ones((3, 3)), 9, 0)):
        with pytest.raises(ValueError, match="wanted"):
            upsample(maps, size, stride, 0)


def test_a_frame_of_another_shape_is_masked_where_the_square_was_squeezed() -> None:
    """Place (2, 7) is at (87.5, 247.5) of 384 x 384: in 96 x 192 pixels at row 21.5, column 123.5."""
    frame = np.full((96, 192, 3), 200, np.uint8)
    dark = masked(frame, _one_hot(2, 7, 0.4), FULL)
    row, column = (np.flatnonzero(dark[..., 0].max(axis=1 - axis) > 195).mean() for axis in (0, 1))
    assert row == pytest.approx(21.5, abs=0.51)
    assert column == pytest.approx(123.5, abs=0.51)
    assert (dark[60:] == 30).all()  # 0.15 of 200
    assert (masked(frame, np.full((11, 11), 0.3), FULL) == 200).all()
    assert (masked(frame, np.zeros((11, 11)), FULL) == 30).all()
    assert over_frame(_one_hot(2, 7), FULL, 96, 192).min() == 0
    for wrong, match in ((-_one_hot(2, 7), "negative"), (np.ones(11), "wanted")):
        with pytest.raises(ValueError, match=match):
            masked(frame, wrong, FULL)


def _clip() -> np.ndarray:
    return np.broadcast_to(np.arange(T, dtype=np.uint8)[:, None, None, None], (T, 48, 96, 3)).copy()


def test_energies_and_attention_stand_above_the_frames(tmp_path: Path, drawn: list[Figure]) -> None:
    deep, shallow = (np.stack([_one_hot(5, 5, 0.1 * (t + 1)) for t in range(T)]) for _ in range(2))
    attention = np.stack([_one_hot(t, 10 - t, 0.5) for t in range(T)])
    joint_maps(
        tmp_path / "j.png",
        _clip(),
        {"conv5_3": deep, "pool4": shallow / 2},
        attention,
        grid=FULL,
        title="t",
        numbers=np.arange(T) + 30,
        columns=3,
    )
    assert (tmp_path / "j.png").exists()
    rows = np.array(drawn[0].axes, dtype=object).reshape(4, 3)
    assert [axes.get_ylabel() for axes in rows[:, 0]] == [
        "conv5_3\nenergy\n0 to 1.1",
        "pool4\nenergy\n0 to 0.55",
        "attention\n0 to 0.5",
        "RGB frame",
    ]
    assert [axes.get_title() for axes in rows[0]] == ["frame 31", "frame 36", "frame 41"]
    for line, top in zip(rows[:3], (1.1, 0.55, 0.5), strict=True):
        assert all(axes.images[0].get_clim() == (0, pytest.approx(top)) for axes in line)
    brightest = [np.asarray(axes.images[0].get_array()) for axes in rows[2]]
    # Place 0 is centred at row 2.5 and column 5.5 of 48 x 96, place 5 at 22.5 and 45.5, place 10 at 42.5 and
    # 85.5; beyond the outermost centres its value is held, rows 0..2 and 43..47, columns 0..5 and 86..95.
    places = [tuple(int(i) for i in np.argwhere(shown == shown.max()).mean(axis=0)) for shown in brightest]
    assert places == [(1, 90), (22, 45), (45, 2)]
    assert [int(axes.images[0].get_array().max()) for axes in rows[3]] == [0, 5, 10]
    assert "0.00826" in drawn[0].get_supxlabel()  # 1 / 121


def test_maps_that_do_not_fit_their_clip_are_refused(tmp_path: Path) -> None:
    good = np.full((T, 3, 3), 1 / 9)
    wrong = {
        "attention: maps": ({}, good[:-1], None),
        "pool4 energy: maps": ({"pool4": good[:2]}, good, None),
        "negative": ({"pool4": -good}, good, None),
        "2 numbers of 11": ({}, good, np.arange(2)),
    }
    for match, (energies, attention, numbers) in wrong.items():
        with pytest.raises(ValueError, match=match):
            joint_maps(
                tmp_path / "j.png", _clip(), energies, attention, grid=FULL, title="t", numbers=numbers
            )
    assert not list(tmp_path.iterdir())


def test_examples_are_bright_where_attention_is(tmp_path: Path, drawn: list[Figure]) -> None:
    frame = np.full((66, 66, 3), 100, np.uint8)
    examples = [
        (frame, _one_hot(1, 9), "eat"),
        (frame, _one_hot(9, 1), "clap"),
        (frame, _one_hot(5, 5), "run"),
    ]
    attention_examples(tmp_path / "e.png", examples, grid=FULL, title="t", columns=2)
    assert (tmp_path / "e.png").exists()
    axes = np.array(drawn[0].axes, dtype=object).reshape(4, 2)
    assert [each.get_title() for each in axes.flat] == ["eat", "clap", "", "", "run", "", "", ""]
    assert all((each.images[0].get_array() == 100).all() for each in (*axes[1], axes[3, 0]))
    # Place r is centred at 32 r + 23.5 of 384 pixels: places 1, 5, 9 in pixels 9, 31, 53 of 66.
    middles = [(9, 53), (53, 9), (31, 31)]
    for above, middle in zip((axes[0, 0], axes[0, 1], axes[2, 0]), middles, strict=True):
        shown = np.asarray(above.images[0].get_array())[..., 0]
        assert np.unravel_index(shown.argmax(), shown.shape) == middle
        assert [shown[each] for each in middles] == [100 if each == middle else 15 for each in middles]
    assert not axes[3, 1].images
    with pytest.raises(ValueError, match="0 examples"):
        attention_examples(tmp_path / "n.png", [], grid=FULL, title="t")


def _updates(path: Path, losses: list[float]) -> Path:
    path.write_text(
        "update,frame_update_loss\n" + "".join(f"{i},{x}\n" for i, x in enumerate(losses, start=1))
    )
    return path


def test_each_update_is_thin_and_the_mean_of_an_epoch_thick(tmp_path: Path, drawn: list[Figure]) -> None:
    runs = {
        "with": _updates(tmp_path / "a.csv", [8, 6, 4, 2, 1]),
        "without": _updates(tmp_path / "b.csv", [9, 9, 8, 6]),
    }
    convergence(tmp_path / "c.png", runs, steps_per_epoch=2, column="frame_update_loss", title="t")
    assert (tmp_path / "c.png").exists()
    axes = drawn[0].axes[0]
    each, means, each_without, means_without = axes.get_lines()
    assert each.get_xdata().tolist() == [1, 2, 3, 4, 5]
    assert each.get_ydata().tolist() == [8, 6, 4, 2, 1]
    assert means.get_xdata().tolist() == [1.5, 3.5]  # the last epoch has one update of two
    assert means.get_ydata().tolist() == [7, 3]
    assert means_without.get_ydata().tolist() == [9, 7]
    assert means.get_linewidth() > 2 * each.get_linewidth()
    assert means.get_color() == each.get_color() != each_without.get_color()
    assert means.get_marker() not in ("None", means_without.get_marker())
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["with", "without"]
    assert axes.get_ylim()[0] == 0
    assert "2 in an epoch" in axes.get_xlabel()


def test_losses_that_are_not_there_are_refused(tmp_path: Path) -> None:
    good = _updates(tmp_path / "a.csv", [1.0])
    torn = tmp_path / "torn.csv"
    torn.write_text("update,frame_update_loss\n1,\n")
    how = {"steps_per_epoch": 1, "title": "t"}
    for file, column, match in (
        (tmp_path / "none.csv", "frame_update_loss", "cannot be read"),
        (torn, "frame_update_loss", "cannot be read"),
        (_updates(tmp_path / "empty.csv", []), "frame_update_loss", "no finished update"),
        (good, "pool4_loss", "no finished pool4_loss"),
    ):
        with pytest.raises(InputError, match=match):
            convergence(tmp_path / "c.png", {"a": file}, column=column, **how)
    for runs, steps, match in (({}, 1, "wanted 1 to 7"), ({"a": good}, 0, "0 updates")):
        with pytest.raises(ValueError, match=match):
            convergence(tmp_path / "c.png", runs, steps_per_epoch=steps, column="update", title="t")
    assert not (tmp_path / "c.png").exists()


def test_confusions_of_two_epochs_share_a_scale(tmp_path: Path, drawn: list[Figure]) -> None:
    early, late = np.array([[1, 3], [0, 0]]), np.array([[4, 0], [1, 3]])
    confusions(tmp_path / "m.png", {"after epoch 1": early, "after epoch 3": late}, ("run", "sit"), title="t")
    assert (tmp_path / "m.png").exists()
    first, second, bar = drawn[0].axes
    assert [axes.get_title(loc="left") for axes in (first, second)] == [
        "after epoch 1: 25.0 % right",
        "after epoch 3: 87.5 % right",
    ]
    shares = [axes.images[0].get_array() for axes in (first, second)]
    assert shares[0][0].tolist() == [25, 75]
    assert shares[0].mask[1].all()  # no videos: grey
    assert shares[1].tolist() == [[100, 0], [25, 75]]
    assert {axes.images[0].get_clim() for axes in (first, second)} == {(0, 100)}
    assert [text.get_text() for text in second.get_yticklabels()] == ["run (4)", "sit (4)"]
    assert [text.get_text() for text in second.texts] == ["100", "25", "75"]
    assert "true class" in bar.get_ylabel()
    for matrices, match in (({}, "no matrices"), ({"a": np.zeros((3, 3), int)}, r"a matrix \(3, 3\)")):
        with pytest.raises(ValueError, match=match):
            confusions(tmp_path / "n.png", matrices, ("run", "sit"), title="t")


@pytest.mark.slow
def test_many_classes_leave_room_for_the_words_below_them(tmp_path: Path, drawn: list[Figure]) -> None:
    names = [f"some_class_{k}" for k in range(31)]
    confusions(tmp_path / "m.png", {"a": np.eye(31, dtype=int), "b": np.eye(31, dtype=int)}, names, title="t")
    for axes in drawn[0].axes[:2]:
        below, left = axes.xaxis.label.get_window_extent(), axes.yaxis.label.get_window_extent()
        assert min(below.y0, left.x0) >= 0
