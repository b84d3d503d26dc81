"""What benchmarks make of their times: sums, ratios, limits. The times are given, none is measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import (
    decode_and_extract,
    engines,
    joint_step,
    measuring,
    streaming_latency,
    video_lstm_step,
    video_lstm_stream,
)
from benchmarks import methods as speed
from repro.types import InputError

TIMES = {
    "decode": [10.0, 12.0, 11.0],
    "resize": [1.0, 1.0, 1.0],
    "frame_network": [40.0, 44.0, 42.0],
    "ms_lstm": [4.0, 4.0, 4.0],
    "resize_9x8": [2.0, 2.0, 2.0],
    "flow_9x8": [300.0, 330.0, 310.0],
    "once_9x8": [3.0, 3.0, 3.0],
    "ten_crops_9x8": [7.0, 7.0, 7.0],
    "spatial_network": [40.0, 40.0, 40.0],
    "temporal_network": [41.0, 41.0, 41.0],
}


def test_parts_take_turns_and_the_first_turn_does_not_count() -> None:
    turns: list[str] = []
    taken = measuring.in_turn({n: lambda n=n: turns.append(n) for n in ("ours", "peer")}, 2, "test")
    assert turns == ["ours", "peer"] * 3
    assert {name: len(each) for name, each in taken.items()} == {"ours": 2, "peer": 2}
    assert min(min(each) for each in taken.values()) >= 0


def test_medians_spread_and_repeats() -> None:
    times = {"a": [3.0, 1.0, 8.0], "b": [1.0, 1.0, 2.0]}
    assert measuring.medians(times) == {"a": 3.0, "b": 1.0}
    assert measuring.with_spread(times)["a"] == {
        "median": 3.0,
        "min": 1.0,
        "max": 8.0,
        "each": [3.0, 1.0, 8.0],
    }
    assert measuring.by_repeat(times) == [{"a": 3.0, "b": 1.0}, {"a": 1.0, "b": 1.0}, {"a": 8.0, "b": 2.0}]
    assert measuring.total({"a": 2, "b": 1}, measuring.medians(times)) == 7.0


def test_both_protocols_of_the_peer_at_the_paper_s_size() -> None:
    counted = speed.methods(50, 25, ["340x256"])
    assert counted["ours"] == {"decode": 1, "resize": 1, "frame_network": 2, "ms_lstm": 1}
    once, crops = counted["every frame once, flow 340x256"], counted["25 frames x 10 crops, flow 340x256"]
    # 50 images through each network, or 25 x 10; the flow of the 49 pairs is needed either way
    assert (once["spatial_network"], once["temporal_network"]) == (2, 2)
    assert (crops["spatial_network"], crops["temporal_network"]) == (10, 10)
    assert once["flow_340x256"] == crops["flow_340x256"] == 1
    assert "ten_crops_340x256" not in once
    assert "once_340x256" not in crops
    with pytest.raises(ValueError, match="50 frames and 250 crops do not fill batches of 24"):
        speed.methods(50, 24, ["340x256"])


def test_totals_and_ratios_by_hand() -> None:
    result = speed.compared(TIMES, speed.methods(50, 25, ["9x8"]))
    ours = result["methods"]["ours"]
    once = result["methods"]["every frame once, flow 9x8"]
    crops = result["methods"]["25 frames x 10 crops, flow 9x8"]
    assert ours["total_ms"] == 11 + 1 + 2 * 42 + 4 == 100
    assert once["total_ms"] == 11 + 2 + 310 + 3 + 2 * 40 + 2 * 41 == 488
    assert crops["total_ms"] == 11 + 2 + 310 + 7 + 10 * 40 + 10 * 41 == 1140
    assert (once["ratio"], crops["ratio"]) == (4.88, 11.4)
    assert once["flow_share"] == 310 / 488
    # repeats: (10+2+300+3+162) / (10+1+80+4), (12+2+330+3+162) / (12+1+88+4), (11+2+310+3+162) / 100
    assert once["ratio_min"] == pytest.approx(min(477 / 95, 509 / 105, 4.88))
    assert once["ratio_max"] == pytest.approx(477 / 95)
    assert (result["headline"], result["ratio"]) == ("every frame once, flow 9x8", 4.88)
    assert result["nearest_to_claim"] == "25 frames x 10 crops, flow 9x8"


def test_networks_that_give_the_claim_by_hand() -> None:
    ours, peer = {"decode": 1.0, "frame_network": 1.0}, {"flow": 1.0, "spatial_network": 1.0}
    times = {"decode": 10.0, "frame_network": 100.0, "flow": 480.0, "spatial_network": 400.0}
    # (480 + 400/g) / (10 + 100/g) = 14 where 340 = 1000/g
    assert speed.networks_faster_for(14, ours, peer, times) == pytest.approx(1000 / 340)
    # Flow below 14 times our decoding: no network is fast enough.
    assert speed.networks_faster_for(14, ours, peer, {**times, "flow": 100.0}) is None


some_ms = st.floats(0.5, 1e5)


@given(some_ms, some_ms, some_ms, some_ms, st.floats(1.1, 50))
def test_such_networks_do_give_the_ratio(
    decode: float, frame: float, flow: float, spatial: float, ratio: float
) -> None:
    ours, peer = {"decode": 1.0, "frame_network": 2.0}, {"decode": 1.0, "flow": 1.0, "spatial_network": 2.0}
    times = {"decode": decode, "frame_network": frame, "flow": flow, "spatial_network": spatial}
    factor = speed.networks_faster_for(ratio, ours, peer, times)
    slow, fast = (
        (2 * spatial) / (2 * frame),
        (decode + flow) / decode,
    )  # the ratio as g goes to 0 and to infinity
    if factor is None:
        assert ratio >= max(slow, fast) * (1 - 1e-9) or ratio <= min(slow, fast) * (1 + 1e-9)
    else:
        ours_ms, peer_ms = decode + 2 * frame / factor, decode + flow + 2 * spatial / factor
        # The difference of two numbers as large as `ratio` times ours loses digits when they nearly cancel.
        assert peer_ms == pytest.approx(ratio * ours_ms, rel=1e-6)


def test_a_stream_is_compared_at_each_length() -> None:
    assert streaming_latency.positions(50) == [1, 5, 10, 25, 50]
    assert streaming_latency.positions(6) == [1, 3, 6]
    times = {
        "stream/1": [10.0],
        "lstm_again/1": [11.0],
        "all_again/1": [12.0],
        "stream/50": [20.0],
        "lstm_again/50": [40.0],
        "all_again/50": [500.0],
    }
    result = streaming_latency.compared(times, [1, 50])
    assert (result["growth"], result["ratio"]) == (2.0, 25.0)
    assert result["by_t"][1] == {
        "t": 50,
        "stream_ms": 20.0,
        "lstm_again_ms": 40.0,
        "all_again_ms": 500.0,
        "lstm_again_ratio": 2.0,
        "all_again_ratio": 25.0,
    }


def test_extraction_is_held_against_what_the_cores_allow_and_the_peer() -> None:
    times = {"decode": [200.0], "network": [100.0], "ours": [500.0], "peer": [1000.0]}
    frames = {"decode": 200, "network": 50, "ours": 200, "peer": 200}
    computing_ms = {"decode": 300.0, "network": 125.0}  # 1.5 and 2.5 ms a frame
    result = decode_and_extract.compared(times, frames, computing_ms, 2)
    rates = {"decode": 1000.0, "network": 500.0, "ours": 400.0, "peer": 200.0, "allowed": 500.0}
    assert result["frames_per_s"] == rates
    assert result["ratio"] == 2.0
    assert result["share_of_limit"] == {"ours": 0.8, "peer": 0.4}


def test_a_training_step_is_held_against_the_peer_and_the_limit() -> None:
    times = {
        "ours": [2000.0, 1000.0, 3000.0],
        "peer": [3000.0, 2000.0, 3000.0],
        "convolutions": [1500.0, 1500.0, 1500.0],
        "product_tensorflow": [100.0, 100.0, 100.0],
        "product_pytorch": [50.0, 50.0, 50.0],
    }
    result = video_lstm_step.compared(times, step_flop=120e9, product_flop=5e9)
    assert (result["ratio"], result["ratio_min"], result["ratio_max"]) == (1.5, 1.0, 2.0)
    rates = {"ours": 60.0, "peer": 40.0, "product_tensorflow": 50.0, "product_pytorch": 100.0}
    assert result["gflop_per_s"] == pytest.approx(rates)
    assert result["share_of_limit"] == pytest.approx({"ours": 0.6, "peer": 0.4})  # of the faster product
    assert result["convolutions_share"] == 0.75


def test_sides_that_differ_are_refused() -> None:
    ours = {"frame": np.array([0.5, 0.25]), "gap": np.array([4.0])}
    close = {"frame": np.array([0.5, 0.25 * (1 + 5e-5)]), "gap": np.array([4.0])}
    assert engines.agreement(ours, close) == {
        "relative_difference_of_frame": pytest.approx(5e-5),
        "relative_difference_of_gap": 0.0,
    }
    for wrong in (4.001, np.nan):
        with pytest.raises(InputError, match=r"do not agree: .*nothing was timed"):
            engines.agreement(ours, close | {"gap": np.array([wrong])})


def test_parts_of_a_step_are_held_against_the_step_and_the_limit() -> None:
    times = {
        "ours": [4000.0, 4000.0],
        "peer": [6000.0, 6000.0],
        "convolutions": [1000.0, 3000.0],
        "fc1": [500.0, 500.0],
        "recurrence": [1000.0, 1000.0],
        "update": [400.0, 400.0],
        "product_tensorflow": [50.0, 50.0],
        "product_pytorch": [100.0, 100.0],
    }
    work = {"3-d convolutions": 80, "FC1": 20, "joint layer": 7, "other layers": 1, "attention": 1}
    flop = {name: gflop * 10**9 for name, gflop in {**work, "pyramids": 1, "start states": 0}.items()}
    result = joint_step.compared(times, flop | {"reduction": 10**10}, product_flop=5e9)
    assert result["ratio"] == 1.5
    assert result["gflop_per_s"] == {
        "ours": 30.0,  # 120 in 4 s
        "peer": 20.0,
        "convolutions": 40.0,
        "fc1": 40.0,
        "recurrence": 10.0,
        "product_tensorflow": 100.0,
        "product_pytorch": 50.0,
    }
    shares = {"ours": 0.3, "peer": 0.2, "convolutions": 0.4, "fc1": 0.4, "recurrence": 0.1}
    assert result["share_of_limit"] == pytest.approx(shares)
    assert result["share_of_step"] == {"convolutions": 0.5, "fc1": 0.125, "recurrence": 0.25, "update": 0.1}


def test_a_long_stream_is_compared_with_its_snippet() -> None:
    times = {
        "flow": [100.0],
        "networks": [50.0],
        "stream/5": [160.0],
        "step/5": [10.0],
        "snippet/5": [250.0],
        "stream/200": [200.0],
        "step/200": [20.0],
        "snippet/200": [250.0],
    }
    result = video_lstm_stream.compared(times, (5, 200))
    assert result["by_t"][0]["ratio"] == (100 + 50 + 250) / 160
    assert result["by_t"][1] == {
        "t": 200,
        "stream_ms": 200.0,
        "step_ms": 20.0,
        "snippet_ms": 250.0,
        "to_first": 1.25,
        "step_to_first": 2.0,
        "ratio": 2.0,
        "step_ratio": 12.5,
    }
    assert (result["growth"], result["ratio"]) == (1.25, 2.0)
