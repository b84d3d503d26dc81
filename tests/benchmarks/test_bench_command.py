"""`bench`: every question answers at the tiny size, and what it writes is consistent. No time is judged."""

import json
from pathlib import Path

import pytest

from benchmarks import measuring
from repro.cli import main
from repro.cli.bench import QUESTIONS
from repro.paths import PROJECT

HELPERS = {
    "__init__", "rendered_clip", "engines", "joint_alone", "joint_work", "measuring", "methods", "plain_step",
    "real_time_alone", "step_work", "summary", "two_stream", "video_lstm_alone", "video_lstm_work",
}  # fmt: skip


def answered(name: str, folder: Path, *more: str) -> dict:
    assert main(["bench", name, "--size", "tiny", "--repeat", "2", "--out", str(folder), *more]) == 0
    path = folder / "results" / "bench" / f"{name}-tiny.json"
    assert list(path.parent.iterdir()) == [path]
    result = json.loads(path.read_text())
    assert result["device"]  # with `ratio`, what `rows` shows
    assert result["repeats"] == 2
    assert result["command"].startswith(f"bash run.sh bench {name}")
    assert {"tensorflow", "keras", "numpy"} <= set(result["packages"])
    assert result["cores"] >= 1
    assert all(len(part["each"]) == 2 for part in result["parts_ms"].values())
    return result


def test_every_script_is_a_question_that_the_readme_lists() -> None:
    folder = PROJECT / "benchmarks"
    assert {path.stem for path in folder.glob("*.py")} - HELPERS == set(QUESTIONS)
    text = (folder / "README.md").read_text()
    assert all(f"`{name}`" in text for name in QUESTIONS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["anticipation_sped"],
            "no benchmark 'anticipation_sped'; did you mean anticipation_speed? there are: ",
        ),
        (["--repeat", "0"], "--repeat 0: wanted 1 or more"),
        (["joint_step", "--batch", "0"], "--batch 0: 1 or more, and only with ms_lstm_step or decoder_step"),
        (["joint_step", "streaming_latency", "--batch", "2"], "--batch 2: 1 or more, and only with ms_lstm"),
        (["--batch", "2"], "--batch 2: 1 or more, and only with ms_lstm_step or decoder_step or video"),
        (
            ["training_loop", "--size", "paper"],
            "--size paper: not with training_loop, which asks about small",
        ),
        (["--size", "paper"], "--size paper: not with training_loop"),
        (["streaming_latency", "--size", "demo"], "--size demo: only with training_loop or ms_lstm_step"),
    ],
)
def test_wrong_input_is_one_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments, "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_anticipation_speed_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = answered("anticipation_speed", tmp_path)
    parts = {name: part["median"] for name, part in result["parts_ms"].items()}
    ours, *peers = result["methods"].values()
    assert len(peers) == 4  # two protocols at two sizes of the flow
    used = {part for method in result["methods"].values() for part in method["counts"]}
    assert used == set(parts)  # nothing was timed for nothing
    for method in (ours, *peers):
        # Medians are written with three digits after the point; each is off by at most 0.0005 ms.
        slack = 0.0005 * sum(method["counts"].values()) + 1e-9
        assert method["total_ms"] == pytest.approx(measuring.total(method["counts"], parts), abs=slack)
    for peer in peers:
        assert peer["ratio"] == pytest.approx(peer["total_ms"] / ours["total_ms"])
        assert 0 < peer["ratio_min"] <= peer["ratio_max"]
        assert 0 < peer["flow_share"] < 1
    assert result["ratio"] == result["methods"][result["headline"]]["ratio"]
    assert result["nearest_to_claim"] in result["methods"]
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*parts, *result["methods"], result["device"]))


@pytest.mark.slow
def test_streaming_latency_ratios_are_those_of_the_parts(tmp_path: Path) -> None:
    result = answered("streaming_latency", tmp_path)
    parts = result["parts_ms"]
    assert [row["t"] for row in result["by_t"]] == [1, 3, 6]
    for row in result["by_t"]:
        stream, again = parts[f"stream/{row['t']}"]["median"], parts[f"all_again/{row['t']}"]["median"]
        assert row["stream_ms"] == pytest.approx(stream, abs=0.0006)
        assert row["all_again_ratio"] == pytest.approx(again / stream, rel=0.01)
    assert result["ratio"] == result["by_t"][-1]["all_again_ratio"]


@pytest.mark.slow
def test_extraction_rates_are_those_of_the_parts(tmp_path: Path) -> None:
    result = answered("decode_and_extract", tmp_path)
    assert result["frames"] == {"decode": 24, "network": 6, "ours": 24, "peer": 24}
    assert max(result["compared_first"].values()) <= 1e-4
    rates = result["frames_per_s"]
    for part, frames in result["frames"].items():
        seconds = result["parts_ms"][part]["median"] / 1000
        assert rates[part] == pytest.approx(frames / seconds, rel=0.01)
    assert result["ratio"] == pytest.approx(rates["ours"] / rates["peer"])
    assert result["share_of_limit"]["ours"] == pytest.approx(rates["ours"] / rates["allowed"])


@pytest.mark.slow
@pytest.mark.exhaustive
def test_training_step_agrees_first_and_counts_its_work(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    result = answered("video_lstm_step", tmp_path, "--batch", "2")
    assert result["batch"] == 2
    assert max(result["compared_first"].values()) <= 1e-4
    parts = {name: part["median"] for name, part in result["parts_ms"].items()}
    assert result["ratio"] == pytest.approx(parts["peer"] / parts["ours"], rel=0.01)
    rate = result["training_gflop"] / (parts["ours"] / 1000)
    assert result["gflop_per_s"]["ours"] == pytest.approx(rate, rel=0.01)
    assert result["convolutions_share"] > 0


@pytest.mark.slow
@pytest.mark.exhaustive
def test_joint_step_agrees_first_and_counts_its_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    result = answered("joint_step", tmp_path, "--batch", "2")
    assert result["batch"] == 2
    both = {f"{branch}{end}" for branch in ("pool4", "conv5_3") for end in ("", "_gap")}
    assert {name.removeprefix("relative_difference_of_") for name in result["compared_first"]} == {
        "frame", "loss", *both
    }  # fmt: skip
    assert max(result["compared_first"].values()) <= 1e-4
    parts = {name: part["median"] for name, part in result["parts_ms"].items()}
    assert result["ratio"] == pytest.approx(parts["peer"] / parts["ours"], rel=0.01)
    rate = sum(result["training_gflop"].values()) / (parts["ours"] / 1000)
    assert result["gflop_per_s"]["ours"] == pytest.approx(rate, rel=0.01)
    assert set(result["share_of_step"]) == {"convolutions", "fc1", "recurrence", "update"}
    printed = capsys.readouterr().out
    assert all(f"\n{name} " in printed for name in parts)


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["ms_lstm_step", "decoder_step"])
def test_a_step_against_pytorch_agrees_first_and_stands_in_the_table(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    result = answered(name, tmp_path, "--batch", "2")
    assert result["batch"] == 2
    assert max(result["compared_first"].values()) <= 1e-4
    parts = {part: spent["median"] for part, spent in result["parts_ms"].items()}
    assert result["ratio"] == pytest.approx(parts["peer"] / parts["ours"], rel=0.01)
    rate = result["training_gflop"] / (parts["ours"] / 1000)
    assert result["gflop_per_s"]["ours"] == pytest.approx(rate, rel=0.01)
    assert len(result["load"]) == 2
    row = capsys.readouterr().out.splitlines()[-1].split()
    assert row[:3] == [name, "tiny", f"{parts['ours']:.1f}"]


@pytest.mark.slow
@pytest.mark.exhaustive
def test_the_loop_is_compared_with_as_many_bare_steps_in_every_paper(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    result = answered("training_loop", tmp_path)
    parts = {part: spent["median"] for part, spent in result["parts_ms"].items()}
    assert set(result["over_bare"]) == {"papers 1 and 2", "paper 3", "paper 4", "paper 5"}
    for paper, over in result["over_bare"].items():
        assert over == pytest.approx(parts[f"{paper}, loop"] / parts[f"{paper}, bare"] - 1, rel=0.01)


def test_a_row_of_the_table_has_what_was_measured_and_where() -> None:
    from benchmarks.summary import row

    result = {
        "parts_ms": {"ours": {"median": 20.04}, "peer": {"median": 30.0}},
        "ratio": 1.497,
        "gflop_per_s": {"ours": 40.0, "product_tensorflow": 80.0, "product_pytorch": 99.6},
        "share_of_limit": {"ours": 0.4},
        **{"device": "a CPU", "cores": 2, "load": [0.1, 1.94]},
    }
    wanted = ("20.0 ms", "30.0 ms", "1.50", "100 GFLOP/s", "40 %", "a CPU, 2 cores", "0.1 to 1.9")
    assert row("step", "demo", result) == ("step", "demo", *wanted)
    bare = row("stream", "paper", {"ratio": 1.0, "device": "a CPU", "cores": 2})
    assert bare == ("stream", "paper", "", "", "1.00", "", "", "a CPU, 2 cores", "")


@pytest.mark.slow
@pytest.mark.exhaustive
def test_video_lstm_stream_ratios_are_those_of_the_parts(tmp_path: Path) -> None:
    result = answered("video_lstm_stream", tmp_path)
    parts = {name: part["median"] for name, part in result["parts_ms"].items()}
    assert [row["t"] for row in result["by_t"]] == [2, 4, 9]
    for row in result["by_t"]:
        again = parts["flow"] + parts["networks"] + parts[f"snippet/{row['t']}"]
        assert row["ratio"] == pytest.approx(again / parts[f"stream/{row['t']}"], rel=0.01)
    assert result["growth"] == pytest.approx(parts["stream/9"] / parts["stream/2"], rel=0.01)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_real_time_measures_the_model_that_ships(tmp_path: Path) -> None:
    result = answered("real_time", tmp_path)
    parts = {name: part["median"] for name, part in result["parts_ms"].items()}
    for threads in (2, 1):
        assert parts[f"p50/{threads}"] <= parts[f"read_p50/{threads}"] <= parts[f"read_p99/{threads}"]
        assert parts[f"network_least/{threads}"] <= parts[f"network/{threads}"]
        assert result["memory_mb"][str(threads)].keys() == {"3", "30"}
    assert result["ratio"] == pytest.approx(40 / parts["p99/2"], rel=0.01)
    assert result["bar_ratio"] == pytest.approx(16 / parts["network/1"], rel=0.01)
    assert result["predict_frames_per_s"].keys() == {"without overlay", "with overlay"}
    card = (PROJECT / "weights" / result["model"] / "README.md").read_text()
    assert all(f"{100 * each['clips']:.1f}" in card for each in result["accuracy"].values())
