"""A run of each paper on the demo set at tiny size: a few rows that need every stage and picture.

Every other row is measured from made-up scores (tests/papers/test_rows_measured.py), and its model takes a
step (tests/papers/test_rows_build.py); with `--all` every row runs (tests/papers/test_every_row.py).
"""

import importlib
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot as plt

from helpers.eager import run_eagerly
from helpers.tiny_demo import tiny_demo
from notebooks import make as notebooks
from repro.cli import main

PAPERS = (1, 2, 3, 4, 5)
SOURCE = {paper: notebooks.HERE / f"sources/paper{paper}.py" for paper in PAPERS}
# The row whose model is looked at by itself, and those that run beside it.
MAIN = {
    1: "table4/ours",
    2: "table4/context+action-mslstm",
    3: "table1/alstm-vgg_act-fc8/ac",
    4: "table2/motion-ConvALSTM",
    5: "table1/late",
}
BESIDE = {
    1: (
        "table3/context-lstm-plgl",
        "table3/action-lstm-plgl",
        "table6/first-20",
        "table6/sampled-20",
        "table7/ours+flow",
        "fractions/mslstm-plgl",
        "units/context+action-mslstm-512",
        "inside",
    ),
    2: ("table4/context-lstm", "table4/action-lstm", "table3/context-lstm-ranking", "fractions/mslstm-"),
    3: (
        "table1/lstm-c3d-fc6/ac",
        "table1/alstm-vgg_obj-fc8/ac",
        "table2/act+obj-fc8/ac",
        "table4/alstm-vgg_obj-fc8",
        "highlighting/act-fc8",
    ),
    4: (
        *(
            "table1/rgb-convnet",
            "table1/rgb-alstm",
            "table3/videolstm",
            "fig4a/video_lstm",
            "fig4b/video_lstm",
        ),
        *("fig4a/cell-smoothed", "fig4a/untrained-video_lstm-smoothed"),
    ),
    5: ("table3/3d", "readings/mean-rule-late"),
}


def of_paper(paper: int, *marks: pytest.MarkDecorator) -> pytest.param:  # type: ignore[valid-type]
    """The paper as a parameter of a slow test; all tests with its run go to one test process."""
    group = pytest.mark.xdist_group(f"paper{paper}")
    return pytest.param(paper, id=f"paper{paper}", marks=(pytest.mark.slow, group, *marks))


EACH = [of_paper(paper) for paper in PAPERS]


def rows(paper: int) -> list[str]:
    """The rows of the paper's shared run, as `--rows` takes them."""
    return ["--rows", MAIN[paper], *BESIDE[paper]]


def command(paper: int, out: Path, *more: str) -> list[str]:
    """What a user types after `bash run.sh`, with results in `out`."""
    return [f"paper{paper}", "demo", "--preset", "tiny", "--data", str(tiny_demo()), "--out", str(out), *more]


def run_folder(paper: int, home: Path) -> Path:
    """Where that run lies."""
    return home / f"runs/paper{paper}/demo-split1-tiny-seed0"


def make(paper: int, out: Path) -> None:
    """The shared run itself, without pictures and without graphs, whatever was imported before."""
    importlib.import_module("tensorflow")
    run_eagerly(True)
    assert main(command(paper, out, *rows(paper), "--stage", "evaluate")) == 0


def show(paper: int, home: Path) -> int:
    """The paper's notebook over its run, which draws the run's pictures too; how many the cells show.

    In this process: a kernel of its own would import everything again.
    """
    shown: list[int] = []

    def see() -> None:
        shown.extend(plt.get_fignums())
        plt.close("all")

    names: dict[str, Any] = {}
    plt.switch_backend("agg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plt, "show", see)
        for number, cell in enumerate(notebooks.read(SOURCE[paper], of_notebook(paper, home)).cells):
            if cell.cell_type == "code":
                exec(compile(cell.source, f"paper {paper}, cell {number}", "exec"), names)
    return len(shown)


def of_notebook(paper: int, home: Path) -> dict[str, Any]:
    """The parameters of a paper's notebook at tiny size; it finds its run finished."""
    return {"PRESET": "tiny", "DATA": str(tiny_demo()), "OUT": str(home), "ROWS": rows(paper)[1:]}
