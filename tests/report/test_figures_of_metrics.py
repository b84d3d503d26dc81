"""Figures beyond accuracy: what is drawn is looked up in the figure itself."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread

from repro.evaluation.calibration import Reliability
from repro.report.plots import per_class, profile_curves, reliability_diagram, time_to_action


def _bars(axes: Axes) -> dict[str, list[float]]:
    """legend label -> lengths, from top to bottom."""
    return {group.get_label(): [round(bar.get_width(), 9) for bar in group] for group in axes.containers}


def _names(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_classes_are_sorted_by_what_the_second_model_gains(tmp_path: Path, drawn: list[Figure]) -> None:
    shares = {
        "context-aware": np.array([0.5, 0.25, np.nan, 0.75, 0.3]),
        "action-aware": np.array([0.5, 0.75, 0.5, 0.5, 0.29999]),
    }
    classes = ("run", "jump", "never tested", "sit", "stand")
    per_class(tmp_path / "p.png", classes, shares, title="demo, split 1")
    axes = drawn[0].axes[0]
    assert _names(axes) == ["jump", "run", "stand", "sit"]
    assert _bars(axes) == {"context-aware": [25, 50, 30, 75], "action-aware": [75, 50, 29.999, 50]}
    assert [text.get_text() for text in axes.texts] == ["+50.0", "+0.0", "+0.0", "-25.0"]
    assert drawn[0].get_suptitle().splitlines() == [
        "demo, split 1",
        "sorted by action-aware minus context-aware (at the right, in points)",
    ]
    assert axes.get_xlim() == (0, 100)
    assert axes.yaxis_inverted()  # the first of the lists stands at the top
    assert imread(tmp_path / "p.png").ndim == 3


def test_of_many_classes_both_ends_are_shown_and_the_title_says_so(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    before, after = np.full(101, 0.5), np.linspace(0, 1, 101)  # class i gains i - 50 points
    names = [f"ClassWithALongName{i}" for i in range(101)]
    per_class(tmp_path / "p.png", names, {"a": before, "b": after}, title="demo")
    axes = drawn[0].axes[0]
    assert _names(axes) == [f"ClassWithALongName{i}" for i in [*range(100, 90, -1), *range(9, -1, -1)]]
    assert [text.get_text() for text in axes.texts][:10:9] == ["+50.0", "+41.0"]
    assert [text.get_text() for text in axes.texts][10::9] == ["-41.0", "-50.0"]
    assert drawn[0].get_suptitle().endswith("\nthe 10 highest and the 10 lowest of 101 classes")
    places = axes.get_yticks()
    assert np.diff(places).tolist() == [1] * 9 + [2] + [1] * 9


def test_thirty_classes_are_all_shown(tmp_path: Path, drawn: list[Figure]) -> None:
    both = {"a": np.zeros(30), "b": np.linspace(0, 1, 30)}
    per_class(tmp_path / "p.png", [str(i) for i in range(30)], both, title="demo")
    assert _names(drawn[0].axes[0]) == [str(i) for i in range(29, -1, -1)]
    labels = drawn[0].axes[0].get_yticklabels()
    boxes = sorted((label.get_window_extent() for label in labels), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))


def test_classes_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    one = np.zeros(2)
    for shares in ({"a": one}, {"a": one, "b": np.zeros(3)}, {"a": one, "b": one, "c": one}):
        with pytest.raises(ValueError, match="two models with 2 classes"):
            per_class(tmp_path / "p.png", ("x", "y"), shares, title="")
    with pytest.raises(ValueError, match="no class"):
        per_class(tmp_path / "p.png", ("x", "y"), {"a": one, "b": one * np.nan}, title="")


PROFILES = {
    "ce": {"first frame": 0.125, "50%": 0.25, "100%": 0.375},
    "plgl": {"first frame": 0.25, "50%": 0.25, "100%": 0.5},
}


@pytest.mark.parametrize(
    ("metric", "label", "top"),
    [("mAP", "mean average precision (%)", 100), ("ECE", "expected calibration error (%)", 50)],
)
def test_profiles_over_named_parts(
    tmp_path: Path, drawn: list[Figure], metric: str, label: str, top: float
) -> None:
    profile_curves(tmp_path / "p.png", PROFILES, metric=metric, title="demo")
    axes = drawn[0].axes[0]
    assert [line.get_ydata().tolist() for line in axes.get_lines()] == [[12.5, 25, 37.5], [25, 25, 50]]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["first frame", "50%", "100%"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["plgl", "ce"]
    assert axes.get_ylabel() == label
    assert axes.get_ylim() == (0, top)
    ticks = [tick for tick in axes.get_yticks() if tick <= top]
    assert ticks[0] == 0
    assert ticks[-1] == top


def test_profiles_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'loss'"):
        profile_curves(tmp_path / "p.png", PROFILES, metric="loss", title="")
    for wrong in ({"a": {"1%": 0.1}, "b": {"2%": 0.1}}, {"a": {}}):
        with pytest.raises(ValueError, match="same parts"):
            profile_curves(tmp_path / "p.png", wrong, metric="mAP", title="")
    for count in (0, 8):
        many = {str(i): PROFILES["ce"] for i in range(count)}
        with pytest.raises(ValueError, match=f"{count} curves; wanted 1 to 7"):
            profile_curves(tmp_path / "p.png", many, metric="mAP", title="")


def test_time_to_action_is_a_cumulative_share_with_a_gap(tmp_path: Path, drawn: list[Figure]) -> None:
    times = {
        "never sure": np.array([np.inf, np.inf]),
        "quick": np.array([0.5, 0.02, np.inf, 0.5]),
        "slow": np.array([1.0, 1.0]),
    }
    time_to_action(tmp_path / "t.png", times, title="demo")
    axes = drawn[0].axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert list(lines) == ["slow: 100 % at the end", "quick: 75 % at the end", "never sure: 0 % at the end"]
    slow, quick, never = lines.values()
    assert quick.get_xdata().tolist() == [0, 2, 50, 50, 100]
    assert quick.get_ydata().tolist() == [0, 25, 50, 75, 75]
    assert slow.get_ydata().tolist() == [0, 50, 100, 100]
    assert never.get_ydata().tolist() == [0, 0]
    assert {line.get_drawstyle() for line in lines.values()} == {"steps-post"}
    assert len({line.get_color() for line in lines.values()}) == 3
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 100), (0, 100))


@pytest.mark.parametrize("wrong", [[], [0.0], [1.5], [-0.5], [np.nan], [-np.inf]])
def test_times_that_are_none_are_refused(tmp_path: Path, wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="times of 'a'"):
        time_to_action(tmp_path / "t.png", {"a": np.array(wrong)}, title="")


def test_reliability_shows_filled_bins_over_their_share_of_videos(
    tmp_path: Path, drawn: list[Figure]
) -> None:
    by_model = {
        "sure": Reliability(
            np.array([np.nan, 0.5, 0.75]), np.array([np.nan, 0.25, 0.5]), np.array([0, 3, 1])
        ),
        "fair": Reliability(np.array([0.25, np.nan, 1]), np.array([0.25, np.nan, 1]), np.array([1, 0, 1])),
    }
    reliability_diagram(tmp_path / "r.png", by_model, title="demo")
    accuracy, share = drawn[0].axes
    diagonal, *lines = accuracy.get_lines()
    assert diagonal.get_xydata().tolist() == [[0, 0], [100, 100]]
    assert [line.get_xydata().tolist() for line in lines] == [[[50, 25], [75, 50]], [[25, 25], [100, 100]]]
    larger, smaller = accuracy.collections[0].get_sizes()
    assert larger - smaller == pytest.approx(125)  # half of the videos
    heights = [patch.get_data() for patch in share.patches]
    assert [data.values.tolist() for data in heights] == [[0, 75, 25], [50, 0, 50]]
    assert heights[0].edges == pytest.approx([0, 100 / 3, 200 / 3, 100])
    assert (accuracy.get_xlim(), accuracy.get_ylim(), share.get_ylim()[0]) == ((0, 100), (0, 100), 0)
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == ["sure", "fair"]


def test_reliabilities_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    two = Reliability(np.array([0.4, 0.9]), np.array([0.5, 1]), np.array([1, 1]))
    three = Reliability(np.array([0.3, 0.5, 0.9]), np.array([0.5, 1, 1]), np.array([1, 1, 1]))
    empty = Reliability(np.full(2, np.nan), np.full(2, np.nan), np.zeros(2, int))
    for wrong in ({"a": two, "b": three}, {"a": empty}):
        with pytest.raises(ValueError, match="same bins"):
            reliability_diagram(tmp_path / "r.png", wrong, title="")
    with pytest.raises(ValueError, match="0 curves"):
        reliability_diagram(tmp_path / "r.png", {}, title="")
