"""Files of the same content, wherever they lie."""

from pathlib import Path

from repro.types import Split, VideoRef
from repro.video.content import on_both_sides


def test_contents_on_both_sides_of_a_split() -> None:
    """b and d have one content, on both sides; a and c are alone; e and f are broken, equal to none."""
    a, b, c, d, e, f = (VideoRef(name, Path(f"{name}.avi"), 0, name) for name in "abcdef")
    split = Split("own", "1", ("x",), train=(a, b, e), test=(c, d, f))
    assert on_both_sides(split, {"a": "1", "b": "2", "c": "3", "d": "2"}) == [([b], [d])]
