"""Saliency: printed digits, plain loops over pixels, what the scaling promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from worked_example import MAPS

from oracles import saliency as oracle
from repro.localisation import saliency as room
from repro.localisation.saliency import saliency

RAMP = np.arange(1, 50).reshape(1, 7, 7) / 1225
SMALL_MAPS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)),
    elements=st.floats(0, 1, width=16),
)


def test_worked_example() -> None:
    found = saliency(MAPS, 4, 1.0)
    corners_and_middle = [
        [178.66168927, 29.79683359, 215.37246699],
        [213.64462415, 32.71415553, 170.88938857],
        [44.07119155, 233.75943438, 109.21799895],
        [21.25480954, 66.46490586, 234.94642612],
        [44.06434915, 223.24624523, 142.49017809],
    ]
    at = [0, 5, 11]
    np.testing.assert_allclose(found[:, at, at], corners_and_middle, atol=6e-9)
    assert (found >= 100).sum(axis=(1, 2)).tolist() == [46, 46, 68, 44, 72]


def test_largest_values_before_scaling() -> None:
    """`video_max` divides by one number, so that ratios between frames show the maxima of the frames."""
    peaks = np.array([0.29016850, 0.29127391, 0.34359076, 0.31869222, 0.29616405])
    found = saliency(MAPS, 4, 1.0, "video_max").max(axis=(1, 2))
    np.testing.assert_allclose(found, 255 * peaks / 0.34359076, atol=1e-5)


def test_one_bright_cell_of_seven() -> None:
    maps = np.zeros((1, 7, 7))
    maps[0, 3, 3] = 1
    (found,) = saliency(maps)
    assert found.shape == (224, 224)
    assert found[112, 112] == 255
    np.testing.assert_allclose(found[112, [144, 145]], [103.08184752, 97.34631970], atol=6e-9)
    matrix = room.expansion(7, 32, 20.0)
    assert (matrix @ maps[0] @ matrix.T).max() == pytest.approx(0.28117013, abs=6e-9)


def test_ramp() -> None:
    (found,) = saliency(RAMP)
    corners = found[[0, 0, 223, 223, 112], [0, 223, 0, 223, 112]]
    printed = [18.69107472, 48.22969038, 225.46138434, 255, 137.52976505]
    np.testing.assert_allclose(corners, printed, atol=6e-9)
    assert (found >= 100).sum() == 31985
    assert (saliency(RAMP, norm="minmax") >= 100).sum() == 29851


@pytest.mark.slow
def test_the_border_rule_is_visible() -> None:
    """Clamped instead of mirrored the ramp's corner is 11.7, not 18.7: the digits above tell them apart."""
    clamped = oracle.expanded(RAMP[0], 32, 20.0, border="nearest")
    clamped *= 255 / clamped.max()
    assert clamped[0, 0] == pytest.approx(11.74960849, abs=6e-9)
    assert (clamped >= 100).sum() == 31504


@pytest.mark.parametrize(
    ("height", "width", "factor", "sigma"), [(3, 3, 4, 1.0), (2, 5, 3, 2.5), (4, 2, 2, 0.6)]
)
def test_agrees_with_plain_loops(height: int, width: int, factor: int, sigma: float) -> None:
    maps = np.random.default_rng(4).random((2, height, width))
    expected = np.stack([oracle.expanded(attention, factor, sigma) for attention in maps])
    tops = expected.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(saliency(maps, factor, sigma), 255 * expected / tops, atol=1e-10)
    np.testing.assert_allclose(
        saliency(maps, factor, sigma, "video_max"), 255 * expected / tops.max(), atol=1e-10
    )
    lows = expected.min(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(
        saliency(maps, factor, sigma, "minmax"), 255 * (expected - lows) / (tops - lows), atol=1e-9
    )


@given(SMALL_MAPS, st.sampled_from(room.NORMS))
def test_stays_in_the_range_of_the_threshold(maps: np.ndarray, norm: str) -> None:
    found = saliency(maps, 3, 1.0, norm)
    assert found.min() >= 0
    assert found.max() <= 255
    lit = maps.any(axis=(1, 2))
    if norm == "max":
        assert (found.max(axis=(1, 2)) == np.where(lit, 255, 0)).all()
    if norm == "video_max":
        assert found.max() == (255 if lit.any() else 0)


@pytest.mark.parametrize("norm", room.NORMS)
def test_flat_and_dark_frames(norm: str) -> None:
    maps = np.stack([np.full((7, 7), 1 / 49), np.zeros((7, 7))])
    flat, dark = saliency(maps, norm=norm)
    assert (dark == 0).all()
    if norm == "minmax":
        assert (flat == 0).all()  # not the rounding errors of the Gaussian at full scale
    else:
        np.testing.assert_allclose(flat, 255, atol=1e-9)


@pytest.mark.parametrize("norm", room.NORMS)
def test_runs_of_frames_change_nothing(monkeypatch: pytest.MonkeyPatch, norm: str) -> None:
    maps = np.random.default_rng(1).random((7, 3, 3)).astype(np.float32)
    whole = saliency(maps, 4, 1.0, norm)
    monkeypatch.setattr(room, "BLOCK_FRAMES", 3)
    assert [len(run) for run in room.blocks(maps, 4, 1.0, norm)] == [3, 3, 1]
    np.testing.assert_allclose(saliency(maps, 4, 1.0, norm), whole, atol=1e-11)


@pytest.mark.parametrize(
    ("maps", "changes", "message"),
    [
        (np.ones((3, 3)), {}, "wanted \\[T, h, w\\]"),
        (np.ones((0, 3, 3)), {}, "a frame at least"),
        (-np.ones((1, 3, 3)), {}, "negative"),
        (np.full((1, 3, 3), np.nan), {}, "NaN"),
        (np.full((1, 3, 3), np.inf), {}, "infinite"),
        (np.ones((1, 3, 3)), {"norm": "sum"}, "'sum'"),
        (np.ones((1, 3, 3)), {"factor": 0}, "factor 0"),
        (np.ones((1, 3, 3)), {"sigma_px": 0.0}, "sigma 0"),
    ],
)
def test_refuses(maps: np.ndarray, changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        saliency(maps, **changes)
