"""Scores of other people's models as text: columns by name, rows by video, every wrong line named."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repro.score_file import read_csv
from repro.types import InputError, VideoRef

CLASSES = ("Archery", "Bowling", "Diving")
REFS = [VideoRef(f"c/{name}", Path("x"), label, "g") for label, name in enumerate("abc")]
GOOD = """video_id,Diving,Archery,Bowling
c/b,0.125,0.25,0.625
c/other,0.5,0.25,0.25

c/a,0.2,0.5,0.3
"c/c",0.3,0.3,0.4
"""


def _read(tmp_path: Path, text: str) -> np.ndarray:
    path = tmp_path / "idt.csv"
    path.write_text(text, encoding="utf-8")
    return read_csv(path, REFS, CLASSES).scores


@pytest.mark.parametrize("text", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n")])
def test_rows_and_columns_find_their_places(tmp_path: Path, text: str) -> None:
    path = tmp_path / "idt.csv"
    path.write_bytes(text.encode())
    scores = read_csv(path, REFS, CLASSES)
    assert scores.video_ids == ("c/a", "c/b", "c/c")
    assert scores.labels.tolist() == [0, 1, 2]
    assert scores.scores.dtype == np.float32
    np.testing.assert_allclose(
        scores.scores[:, 0], [[0.5, 0.3, 0.2], [0.25, 0.625, 0.125], [0.3, 0.4, 0.3]], rtol=1e-6
    )
    assert scores.observed_frames.tolist() == scores.lengths_frames.tolist() == [1, 1, 1]


def test_rounded_rows_are_normalised(tmp_path: Path) -> None:
    scores = _read(tmp_path, GOOD.replace("0.2,0.5,0.3", "0.2004,0.5,0.3"))
    np.testing.assert_allclose(scores.sum(axis=-1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.2,0.5,0.3", "0,0.7,0.3", r"idt\.csv, line 5: wanted probabilities above 0 .* got 0 to 0\.7"),
        ("0.2,0.5,0.3", "-0.2,0.9,0.3", "line 5: wanted probabilities"),
        ("0.2,0.5,0.3", "0.2,0.5,0.4", "line 5: .* sum 1.1; turn the scores into probabilities"),
        ("0.2,0.5,0.3", "nan,0.5,0.5", "line 5: wanted probabilities"),
        ("0.2,0.5,0.3", "0.2,0.5", "line 5: 3 columns where the header has 4"),
        ("0.2,0.5,0.3", "0.2,much,0.3", "line 5: .*'much'; wanted numbers"),
        ("c/other", "c/a", "has c/a twice"),
        ("c/a", "c/A", "lacks 1 of 3 videos, first c/a"),
        ("video_id,", "name,", "line 1: wanted video_id and the 3 classes"),
        ("Bowling", "Curling", "line 1: .*'Bowling' on one side only"),
        (",Bowling", "", "line 1: .* got 3 columns"),
        ("Bowling", "Diving", "line 1: wanted"),
        ('"c/c"', '"c/c', "cannot be read as text with commas"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=message) as error:
        _read(tmp_path, GOOD.replace(old, new))
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read as text"):
        read_csv(tmp_path / "nothing.csv", REFS, CLASSES)
    (tmp_path / "idt.csv").write_bytes(b"video_id,\xff\xfe")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_csv(tmp_path / "idt.csv", REFS, CLASSES)
    with pytest.raises(InputError, match="line 1"):
        _read(tmp_path, "")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 6), st.text(max_size=6))
def test_damage_gives_scores_or_a_named_error(tmp_path: Path, place: int, cut: int, text: str) -> None:
    damaged = GOOD[:place] + text + GOOD[place + cut :]
    path = tmp_path / "idt.csv"
    path.write_bytes(damaged.encode("utf-8", errors="replace"))
    try:
        scores = read_csv(path, REFS, CLASSES).scores
    except InputError:
        return
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-5)
