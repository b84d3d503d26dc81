"""`app`: a page on this machine in which a video is dropped."""

from __future__ import annotations

import argparse

from repro.cli.predict import run_asked
from repro.papers import load_predictor
from repro.paths import short_path
from repro.web import app


def run_app(options: argparse.Namespace) -> None:
    """The page with a run's model, until Ctrl-C; InputError without Gradio, before anything is loaded."""
    app.check_installed()
    run = run_asked(options.run_folder)
    model = f"{run.model}: {len(run.classes)} classes of {run.dataset}, run in {short_path(run.folder)}"
    app.serve(load_predictor(run.folder), model, host=options.host, port=options.port, ready=_ready)


def _ready(address: str) -> None:
    print(f"drop a video at {address} (Ctrl-C ends it)", flush=True)
