"""Runs the command that was typed. Each imports its room only then: `rows` must not wait for TensorFlow."""

from __future__ import annotations

import argparse
from importlib import import_module

from repro.cli.called import check_checkout

# Command -> module and function of this room; every other command is a paper.
OF_A_PAPER = "papers.run_paper"
FUNCTIONS = {
    "train": "train.run_train",
    "predict": "predict.run_predict",
    "app": "app.run_app",
    "export": "export.run_export",
    "run": "share.run_share",
    "data": "data.run_data",
    "weights": "weights.run_weights",
    "rows": "show.run_rows",
    "summary": "show.run_summary",
    "publish": "show.run_publish",
    "report": "show.run_report",
    "claims": "claims.run_claims",
    "campaign": "campaign.run_campaign",
    "recipe": "recipe.run_recipe",
    "bench": "bench.run_bench",
    "check": "develop.run_tool",
    "test": "develop.run_tool",
    "notebooks": "develop.run_tool",
}
# They run the project's own tests, benchmarks and notebooks.
OF_THE_CHECKOUT = ("check", "test", "notebooks", "bench")

# They keep what they have done, and do the rest; the others would begin anew.
CONTINUING = ("train", "data", "campaign")


def continues(command: str) -> bool:
    """Whether a command that was interrupted goes on where it stopped."""
    return command in CONTINUING or command not in FUNCTIONS


def run(options: argparse.Namespace) -> int:
    """What `options.command` says; its exit status."""
    if options.command in OF_THE_CHECKOUT:
        check_checkout(options.command)
    module, name = FUNCTIONS.get(options.command, OF_A_PAPER).split(".")
    status: int | None = getattr(import_module(f"repro.cli.{module}"), name)(options)
    return status or 0
