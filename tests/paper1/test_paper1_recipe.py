"""How paper 1's rows shrink with a preset."""

from repro.anticipation.recipe import for_row
from repro.paper1.recipe import recipe


def test_small_presets_shrink_a_rows_sizes_with_their_own() -> None:
    """2048 units -> 64 and T = 50 -> 40 in the demo preset; a row of 1024 units and K = 10 has 32 and 8."""
    demo = recipe("demo")
    assert (demo.units, demo.steps) == (64, 40)
    small = for_row(demo, {"units": 1024, "steps": 10})
    assert (small.units, small.steps) == (32, 8)
    assert for_row(recipe("tiny"), {"steps": 10}).steps == 1
    assert for_row(recipe("paper"), {"units": 1024}).units == 1024
