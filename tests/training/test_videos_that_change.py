"""What a result answers for, and what changed since in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from repro.training.identity import changes, described, facts
from repro.training.settings import plain
from repro.types import Segment, VideoRef

REFS = [
    VideoRef(f"c/{number}", Path("x.avi"), number % 2, f"c/g{number}", content=f"bytes {number}")
    for number in range(4)
]
FRAMES = dict.fromkeys((ref.video_id for ref in REFS), 9)


def _said(*now: VideoRef) -> list[str]:
    return changes(plain(facts(REFS, FRAMES)), plain(facts(now, {**FRAMES, "c/9": 9})))


def test_the_order_of_the_videos_says_nothing() -> None:
    assert described(facts(REFS, FRAMES)) == described(facts(REFS[::-1], FRAMES))
    assert _said(*REFS[::-1]) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"label": 5}, "labels"),
        ({"others": (3,)}, "labels"),
        ({"group": "c/h"}, "source groups"),
        ({"segment": Segment(0, 2)}, "parts taken"),
        ({"content": "other"}, "contents"),
    ],
)
def test_every_fact_counts_and_has_a_word(changed: dict[str, object], words: str) -> None:
    now = (replace(REFS[0], **changed), *REFS[1:])
    assert described(facts(now, FRAMES)) != described(facts(REFS, FRAMES))
    assert _said(*now) == [f"{words} of 1 video"]


def test_other_videos_and_several_changes() -> None:
    assert _said(*REFS[1:]) == ["4 videos -> 3"]
    assert _said(*REFS[1:], replace(REFS[0], video_id="c/9")) == ["1 of 4 videos are others"]
    now = [replace(ref, label=7, content="other") for ref in REFS[:3]]
    assert _said(*now) == ["4 videos -> 3", "labels of 3 videos", "contents of 3 videos"]


def test_videos_that_were_never_counted_have_no_identity() -> None:
    with pytest.raises(ValueError, match="1 videos were never counted, first c/0"):
        facts([replace(REFS[0], content=""), *REFS[1:]], FRAMES)
