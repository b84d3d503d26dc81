"""Paper 4's frame step as it is exported: its learned start within the network, its frames and their flow."""

from itertools import islice

import numpy as np
import pytest

from helpers.close import assert_same_float32, of_network
from helpers.initial_weights import vary
from repro.features.flow_store import FlowSettings, coded_between
from repro.paper4 import deploy
from repro.paper4 import model as paper4
from repro.paper4.recipe import recipe
from repro.video import geometry

pytestmark = pytest.mark.slow  # imports the engine

SIZES = {
    **{"steps": 3, "classes": 3, "map_shape": (3, 2, 5), "vector_shape": (7,)},
    **{"units": 4, "attention_units": 6, "head_units": 8},
}


@pytest.mark.parametrize("architecture", ["alstm", "video_lstm"])  # states that are vectors, and maps
def test_where_it_is_the_first_frame_the_start_takes_the_place_of_the_states(architecture: str) -> None:
    model = vary(paper4.build(architecture, **SIZES, initial="learned"))
    rng = np.random.default_rng(0)
    inputs = {n: rng.normal(0, 2, (2, *x.shape[2:])).astype(np.float32) for n, x in model.input.items()}
    step, with_first = paper4.step_model(model), paper4.step_model(model, starts=True)
    start = paper4.start(model, inputs)
    given = {name: rng.normal(0, 1, state.shape).astype(np.float32) for name, state in start.items()}
    found = with_first.predict_on_batch({**inputs, **given, "first": np.array([True, False])})
    for sample, state in enumerate((start, given)):  # of two samples, one begins its window
        wanted = step.predict_on_batch({**inputs, **state})
        assert found.keys() == wanted.keys()
        for name, array in wanted.items():
            assert_same_float32(found[name][sample], array[sample], of_network(model), scale=1, name=name)
    assert np.abs(step.predict_on_batch({**inputs, **given})["h"][0] - found["h"][0]).max() > 0.01


def frames(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    ground = rng.integers(0, 256, (60, 100, 3), np.uint8)
    return [ground[:, 2 * t : 2 * t + 80] for t in range(count)]


def test_with_flow_every_frame_comes_with_the_field_to_the_next() -> None:
    tiny, shown = recipe("tiny"), frames(4)
    calls = list(deploy.frame_inputs(tiny, iter(shown)))
    assert len(calls) == 3  # the last frame has no next one
    size = tiny.size_px
    for call, one, after in zip(calls, shown, shown[1:], strict=False):
        field = geometry.resize(coded_between(one, after, FlowSettings.of(tiny)), size, size)
        np.testing.assert_array_equal(call["flow"][0], field)
        np.testing.assert_array_equal(call["image"][0], geometry.resize(one, size, size))


def test_a_recipe_that_reads_every_second_frame_gets_these() -> None:
    lite = recipe("lite")
    assert lite.frame_step == 2
    shown = frames(5)
    calls = list(islice(deploy.frame_inputs(lite, iter(shown)), 3))
    assert len(calls) == 2  # frames 0 and 2; frame 4 has no next one
    np.testing.assert_array_equal(calls[1]["image"][0], geometry.resize(shown[2], lite.size_px, lite.size_px))
