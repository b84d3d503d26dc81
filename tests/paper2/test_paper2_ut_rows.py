"""Table 2 on UT-Interaction: both readings of T side by side, and the preset for two cores."""

from dataclasses import replace

from repro.anticipation.recipe import for_row
from repro.paper2.recipe import recipe
from repro.paper2.rows import rows
from repro.types import Row

MODELS = ("context+action-mslstm", "context-lstm-exp_softmax", "context-lstm-ranking")


def _rows() -> dict[str, Row]:
    return {row.id: row for row in rows("ut_interaction")}


def test_both_readings_of_t_have_ours_both_baselines_and_logistic_regression() -> None:
    """(a) the first T frames, a share of the whole clip; (b) T frames spaced over that share (A38)."""
    found = _rows()
    for when, part in (("earliest", "50%"), ("latest", "100%")):
        for model in MODELS:
            a, b = found[f"table2/{model}/{when}"], found[f"table2-spaced/{model}/{when}"]
            assert (a.metric_options["observed"], "seen" in a.metric_options) == (part, False)
            assert (b.metric_options["observed"], b.metric_options["seen"]) == ("100%", part)
            literal, spaced = (for_row(recipe("paper"), row.overrides) for row in (a, b))
            assert replace(literal, frames="spaced") == spaced
            assert (a.protocol, a.on_request) == (b.protocol, b.on_request)
        for table in ("table2", "table2-spaced"):
            assert f"{table}/logistic-regression/{part.rstrip('%')}" in found


def test_on_two_cores_t_is_fifty_frames_of_which_every_second_is_taken() -> None:
    small, paper = recipe("lite_ut"), recipe("paper")
    assert small.rows(paper.steps) == small.steps == 25
    assert (small.units, small.frames, small.select) == (256, "first", "predicted")
    rates = ("cnn_learning_rate", "lstm_learning_rate", "lstm_momentum", "cnn_momentum")
    assert [getattr(small, name) for name in rates] == [getattr(paper, name) for name in rates]
    spaced = for_row(small, _rows()["table2-spaced/context-lstm-ranking/latest"].overrides)
    assert (spaced.frames, spaced.steps, spaced.loss) == ("spaced", 25, "ranking")
