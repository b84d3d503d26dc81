"""What a stored result answers for: which videos, as what, with which content; and what changed, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from repro.training.settings import digest
from repro.types import VideoRef

Facts = dict[str, dict[str, Any]]  # by video_id

# What may change of a video that stays, as a message calls it.
_WORDS = {
    "label": "labels",
    "group": "source groups",
    "segment": "parts taken",
    "content": "contents",
    "frames": "frame counts",
}


def facts(refs: Sequence[VideoRef], lengths_frames: Mapping[str, int]) -> Facts:
    """All of some videos that can decide a result. Raises ValueError for one whose content is not known."""
    unknown = [ref.video_id for ref in refs if not ref.content]
    if unknown:
        raise ValueError(f"{len(unknown)} videos were never counted, first {unknown[0]}")
    return {
        ref.video_id: {
            "label": [ref.label, *ref.others],
            "group": ref.group,
            "segment": ref.segment and [ref.segment.start_frames, ref.segment.stop_frames],
            "content": ref.content,
            "frames": lengths_frames[ref.video_id],
        }
        for ref in refs
    }


def described(facts: Facts) -> dict[str, Any]:
    """These facts in two values, the same in whatever order the videos came."""
    return {"videos": len(facts), "digest": digest(facts)}


def changes(before: Facts, now: Facts) -> list[str]:
    """`12 videos -> 9`, `labels of 24 videos`: empty where nothing changed. Facts as JSON reads them back."""
    changed = []
    if len(before) != len(now):
        changed.append(f"{len(before)} videos -> {len(now)}")
    elif others := len(now.keys() - before.keys()):
        changed.append(f"{others} of {len(now)} videos are others")
    both = before.keys() & now.keys()
    for fact, word in _WORDS.items():
        count = sum(before[video].get(fact) != now[video][fact] for video in both)
        if count:
            changed.append(f"{word} of {count} video{'s' if count > 1 else ''}")
    return changed
