"""Which installed font draws a letter: DejaVu Sans where it can, another for what it lacks, as of Chinese."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

FAMILY = "DejaVu Sans"  # matplotlib carries it
INSTEAD = "?"  # of what no font has
_said: set[str] = set()  # characters that have been named


def font_of(text: str, bold: bool) -> tuple[FT2Font, str]:
    """The font that draws the text, with those that help it out, and the text without what none can draw."""
    first = findfont(FontProperties(family=FAMILY, weight="bold" if bold else "normal"))
    others = dict.fromkeys(entry.fname for character in text if (entry := fallback(character)))
    drawn = "".join(INSTEAD if _lost(character) else character for character in text)
    return get_font([first, *others]), drawn


@cache
def fallback(character: str) -> FontEntry | None:
    """The installed font that has a character which DejaVu Sans lacks; None where none has, or none need."""
    if not _wants(character):
        return None
    return next((entry for entry in _installed() if _has(entry.fname, character)), None)


def say_lost(texts: Iterable[str]) -> None:
    """One line, on the error output, that names those texts of which no installed font has all letters.

    A text whose letters have been named before is not named again.
    """
    lost = {text: {character for character in text if _lost(character)} - _said for text in texts}
    if named := [text for text, characters in lost.items() if characters]:
        _said.update(*lost.values())
        print(
            f"no installed font has all letters of {', '.join(map(repr, named))}: pictures show {INSTEAD} or "
            "a box for them; install a font that has them, such as Noto Sans CJK for Chinese",
            file=sys.stderr,
        )


def drawn_whole(figure: Figure, draw: Callable[[], None]) -> None:
    """`draw` the figure; where letters were missing say so, or draw it again with fonts that have them.

    Which texts it has, ticks and legends too, is known only when it has been drawn.
    """
    if not _lacks(draw):
        return
    written = figure.findobj(Text)
    texts = [text.get_text() for text in written if isinstance(text, Text)]
    families = dict.fromkeys(entry.name for text in texts for c in text if (entry := fallback(c)))
    for text in written:
        if isinstance(text, Text):
            text.set_fontfamily([FAMILY, *families])
    _lacks(draw)
    say_lost(line for text in texts for line in text.splitlines())


def _lacks(draw: Callable[[], None]) -> bool:
    """`draw`, and whether letters were missing: matplotlib warns of each, every other warning goes on."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        draw()
    missing = [str(warning.message).startswith("Glyph ") for warning in caught]
    for warning, of_glyph in zip(caught, missing, strict=True):
        if not of_glyph:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return any(missing)


def _lost(character: str) -> bool:
    return _wants(character) and fallback(character) is None


def _wants(character: str) -> bool:
    """Whether DejaVu Sans lacks it."""
    return character.isprintable() and not _has(findfont(FontProperties(family=FAMILY)), character)


def _has(file: str, character: str) -> bool:
    try:
        return get_font([file]).get_char_index(ord(character)) != 0
    except (OSError, RuntimeError):  # a font that is gone, or that FreeType cannot read
        return False


def _installed() -> list[FontEntry]:
    """Upright and of usual weight first; not those that have a box for every character."""
    entries = [entry for entry in fontManager.ttflist if not entry.name.startswith("Last Resort")]
    return sorted(entries, key=lambda entry: (entry.style != "normal", entry.weight not in (400, "normal")))
