"""A moved picture gives its movement: sign, axis, size, and which two frames are compared."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from repro.flow import dis, methods, tvl1
from repro.flow.methods import METHODS
from repro.flow.tvl1 import flow_between
from repro.types import InputError


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth random grey levels, uint8 [H, W, 3]."""
    noise = np.random.default_rng(seed).uniform(0, 255, (height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    grey = np.clip((smooth - smooth.mean()) * 5 + 128, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def moved(steps: list[tuple[int, int]], height: int = 48, width: int = 64) -> np.ndarray:
    """Frames of a texture that moves by each (right, down) in turn, in whole pixels."""
    large = texture(height + 40, width + 40)
    left, top = 20, 20
    frames = [large[top : top + height, left : left + width]]
    for right, down in steps:
        left, top = left - right, top - down  # the window goes the other way
        frames.append(large[top : top + height, left : left + width])
    return np.stack(frames)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("step", [(3, 0), (-2, 0), (0, 2), (0, -3), (2, -1)])
def test_a_moved_texture_gives_its_movement(method: str, step: tuple[int, int]) -> None:
    flow = np.stack([*methods.fields(moved([step]), METHODS[method])])
    assert flow.shape == (1, 48, 64, 2)
    assert flow.dtype == np.float32
    np.testing.assert_allclose(flow[0, 8:-8, 8:-8].mean(axis=(0, 1)), step, atol=0.2)
    np.testing.assert_allclose(np.median(flow[0, 8:-8, 8:-8], axis=(0, 1)), step, atol=0.2)


def test_field_t_leads_from_frame_t_to_the_next() -> None:
    steps = [(2, 0), (0, 2), (-2, 0)]
    flow = flow_between(moved(steps))[:, 8:-8, 8:-8].mean(axis=(1, 2))
    np.testing.assert_allclose(flow, steps, atol=0.2)


def test_a_field_depends_on_its_two_frames_alone() -> None:
    frames = moved([(2, 0), (0, 2), (-2, 0)])
    np.testing.assert_array_equal(flow_between(frames)[1:2], flow_between(frames[1:3]))


def test_threads_do_not_disturb_each_other() -> None:
    clips = [moved([(2, 0), (0, 1)]), moved([(-1, 0), (0, -2)]), moved([(1, 1), (1, 1)])]
    alone = [flow_between(clip, METHODS["fast"]) for clip in clips]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda clip: flow_between(clip, METHODS["fast"]), clips * 3))
    for found, wanted in zip(together, alone * 3, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_one_frame_has_no_flow() -> None:
    assert flow_between(moved([])).shape == (0, 48, 64, 2)


def test_the_settings_are_opencvs_and_reach_it() -> None:
    own = cv2.optflow.DualTVL1OpticalFlow_create()
    wanted = (
        own.getTau(),
        own.getLambda(),
        own.getTheta(),
        own.getScalesNumber(),
        own.getScaleStep(),
        own.getWarpingsNumber(),
        own.getEpsilon(),
        own.getOuterIterations(),
        own.getInnerIterations(),
        own.getMedianFiltering(),
        own.getGamma(),
    )
    assert tuple(tvl1.DEFAULT) == wanted
    frames = moved([(2, 0)])
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    np.testing.assert_array_equal(flow_between(frames)[0], own.calc(*grey, None))


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "tau": 0.1,
        "data_weight": 0.05,
        "theta": 0.6,
        "scales": 2,
        "scale_step": 0.5,
        "warps": 2,
        "epsilon": 0.1,
        "outer_iterations": 1,
        "inner_iterations": 3,
        "median": 1,
        "gamma": 0.1,
    }.items(),
)
def test_every_setting_has_its_effect(name: str, value: float) -> None:
    base = tvl1.DEFAULT._replace(scales=3, warps=3, outer_iterations=2, inner_iterations=5)
    assert getattr(base, name) != value
    frames = moved([(2, 1)], 32, 40)
    of_base, of_setting = flow_between(frames, base), flow_between(frames, base._replace(**{name: value}))
    assert not np.array_equal(of_base, of_setting)


def test_dis_has_the_settings_of_opencvs_preset_and_they_reach_it() -> None:
    own = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    wanted = (
        *(own.getFinestScale(), own.getPatchSize(), own.getPatchStride(), own.getGradientDescentIterations()),
        own.getVariationalRefinementIterations(),
        *(own.getVariationalRefinementAlpha(), own.getVariationalRefinementDelta()),
        *(own.getVariationalRefinementGamma(), own.getUseMeanNormalization(), own.getUseSpatialPropagation()),
    )
    assert tuple(dis.FAST) == wanted
    frames = moved([(2, 1)], 96, 128)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    (field,) = dis.fields(frames)
    np.testing.assert_array_equal(field, own.calc(*grey, None))


@pytest.mark.parametrize(
    ("name", "value"),
    {
        **{"finest_scale": 1, "patch_size": 6, "patch_stride": 3, "iterations": 2, "refinements": 0},
        **{"alpha": 1.0, "delta": 50.0, "gamma": 1.0, "mean_normalised": False, "propagated": False},
    }.items(),
)
def test_every_setting_of_dis_has_its_effect(name: str, value: float) -> None:
    assert getattr(dis.FAST, name) != value
    frames = moved([(7, -5)], 96, 128)
    frames[1] = frames[1] // 2 + 20  # darker: what means and weights are for
    (of_base,) = dis.fields(frames)
    (of_setting,) = dis.fields(frames, dis.FAST._replace(**{name: value}))
    assert not np.array_equal(of_base, of_setting)


def test_each_method_has_a_store_of_its_own() -> None:
    """A store's key names the method: TV-L1's stays what it was."""
    assert methods.version(METHODS["fast"]) == tvl1.VERSION != methods.version(METHODS["dis"])


def test_other_frames_are_refused() -> None:
    with pytest.raises(ValueError, match=r"float64 \(2, 4, 4, 3\); wanted uint8"):
        flow_between(np.zeros((2, 4, 4, 3)))
    with pytest.raises(ValueError, match=r"uint8 \(2, 4, 4\); wanted uint8"):
        flow_between(np.zeros((2, 4, 4), np.uint8))
    with pytest.raises(ValueError, match=r"uint8 \(2, 4, 4\); wanted uint8"):
        dis.fields(np.zeros((2, 4, 4), np.uint8))


def test_opencv_without_contrib_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "optflow")
    with pytest.raises(InputError, match="without its contrib modules; put opencv-contrib-python-headless"):
        flow_between(moved([(1, 0)]))
