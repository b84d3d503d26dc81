"""One fuzz test in two sizes: a few hundred inputs among the fast tests, ten thousand with `test --all`.

Hypothesis spends a millisecond on every example it draws, mostly on itself; ten inputs are made of each.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.types import InputError

FEW, MANY = 200, 10_000
AT_ONCE, CHANGES = 10, 3
# What has broken readers of such files: other blanks, line ends and digits, paths, claims of any size.
_TEXTS = (
    "\r", "\n", "\r\n", "\n\n", "\t", " ", "  ", "\ufeff", "\u00a0", "\u2028", "\0", "#", "/", "../", "\\",
    "１", "-1", "+5", "0", "1", "2", "007", "1e3", "1e999", "NaN", "9" * 20, ",", ";", '"', "{", "[", "<",
    "&x;", ".avi", "a", "é",
)  # fmt: skip
PIECES = [*(text.encode() for text in _TEXTS), b"\xff\xfe", b"\xff" * 4, b"\x80" * 9, b"\xed\xa0\x80"]
_CHANGE_BYTES = 6
INPUT_BYTES = 1 + CHANGES * _CHANGE_BYTES
_NOISE = st.binary(min_size=AT_ONCE * INPUT_BYTES, max_size=AT_ONCE * INPUT_BYTES)


def fuzzed(*seeds: bytes, first: int = 0) -> Callable[[Callable[[Path, bytes], None]], Callable[..., None]]:
    """Makes a test of `check(folder, content)`: FEW inputs, and with `test --all` MANY.

    Each is one of the seeds with up to CHANGES places overwritten, cut out or added to, from byte `first` on.
    folder: one for all inputs, empty before the first.
    """

    def make(check: Callable[[Path, bytes], None]) -> Callable[..., None]:
        @pytest.mark.parametrize("inputs", [FEW, pytest.param(MANY, marks=pytest.mark.exhaustive)])
        def test(tmp_path: Path, inputs: int) -> None:
            # Without a data base of failures: ten thousand inputs are drawn anew and nothing is kept.
            @settings(max_examples=inputs // AT_ONCE, deadline=None, database=None)
            @given(_NOISE)
            def run(noise: bytes) -> None:
                for at in range(0, len(noise), INPUT_BYTES):
                    check(tmp_path, bent(seeds, noise[at : at + INPUT_BYTES], first))

            run()

        test.__doc__ = check.__doc__
        return test

    return make


def bent(seeds: tuple[bytes, ...], noise: bytes, first: int = 0) -> bytes:
    """A seed changed as the noise, of INPUT_BYTES, says; zeros leave the first seed as it is."""
    content = seeds[noise[0] % len(seeds)]
    for start in range(1, len(noise), _CHANGE_BYTES):
        high, low, kind, cut, piece, byte = noise[start : start + _CHANGE_BYTES]
        at = first + ((high << 8 | low) * (max(len(content) - first, 0) + 1) >> 16)
        put = (b"", PIECES[piece % len(PIECES)], bytes([byte]), content[at : at + piece % 40])[kind & 3]
        lost = (0, 1, cut % 8, cut * len(content) >> 8)[kind >> 2 & 3] if kind < 240 else len(content)
        if kind:
            content = content[:at] + put + content[at + lost :]
    return content


def refused(error: InputError, *files: Path) -> None:
    """The one clear line: it names a file, and does not break."""
    said = str(error)
    assert "\n" not in said
    assert "\r" not in said
    assert any(str(file) in said for file in files), said
