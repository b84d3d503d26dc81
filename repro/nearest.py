"""What follows a word that is none of those known: the nearest of them, and all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

_NEAR = 0.6  # difflib's own share of letters that two words must have in common


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean paper2?`: the known word nearest to `word`, or all that are as near; else nothing."""
    near: dict[float, list[str]] = {}
    for name in dict.fromkeys(known):
        near.setdefault(SequenceMatcher(None, name.casefold(), word.casefold()).ratio(), []).append(name)
    best = max(near, default=0.0)
    if best < _NEAR:
        return ""
    *others, last = near[best]
    return f"; did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


def there_are(word: str, known: Sequence[str]) -> str:
    """What follows an unknown word: `; did you mean paper2? there are: paper1, paper2`."""
    return f"{did_you_mean(word, known) or ';'} there are: {', '.join(known)}"
