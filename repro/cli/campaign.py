"""`campaign [PAPER ...]`: all rows of the papers on the demo set with all their seeds, published as they end.

Each step is a paper's own command in a process of its own, pinned to one core: two small trainings side by
side take less time than one after the other on two cores each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from repro.cli.claims import write_pages
from repro.cli.run_options import run_name
from repro.demo.renderer import VERSION
from repro.experiment import campaign
from repro.experiment.campaign import DATASET, PRESET, SPLIT, Step
from repro.experiment.campaign_processes import ended
from repro.experiment.published import verdicts_of
from repro.experiment.results import publish
from repro.experiment.stage_times import in_words
from repro.papers import PAPERS, paper_named
from repro.paths import Paths, default_paths, short_path
from repro.types import InputError


def run_campaign(options: argparse.Namespace) -> int:
    """Whatever is not published yet. Status 1 if a step failed; the others are done all the same."""
    papers = [paper_named(name) for name in dict.fromkeys(options.papers)] or list(PAPERS.values())
    paths = default_paths(options.out)
    steps = campaign.plan(papers)
    left = campaign.missing(steps, paths.results, VERSION)
    print(_announced(steps, left), flush=True)
    if options.dry_run or not left:
        return 0
    campaign.check_version(left, paths.results, VERSION)
    if status := _draw(options.out):
        return status  # its own line has said why
    failed = _work(left, paths, _cores(options.jobs), options.out)
    for step in failed:
        print(f"failed: {step.name}; its output is in {short_path(_log(paths, step))}", file=sys.stderr)
    return 1 if failed else 0


def _announced(steps: Sequence[Step], left: Sequence[Step]) -> str:
    to_run, all_rows = (sum(len(step.rows) for step in each) for each in (left, steps))
    lines = [f"{step.name:<24} {len(step.rows):>4} rows" for step in left]
    lines.append(f"{len(left)} of {len(steps)} steps to run, {to_run} of {all_rows} results")
    return "\n".join(lines)


def _cores(jobs: int | None) -> list[int | None]:
    """The core of each process at a time: one process a core, one in all where they would share a GPU."""
    pinned = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    cores: list[int | None] = list(pinned) or [None] * (os.cpu_count() or 1)
    if jobs is None:
        return [None] if shutil.which("nvidia-smi") else cores
    return [cores[job] if jobs <= len(cores) else None for job in range(jobs)]


def _draw(out: Path | None) -> int:
    """The demo set, once and with all cores, before several processes want it; the exit status."""
    paper = next(iter(PAPERS.values())).name
    return subprocess.run(_command((paper, DATASET, "--stage", "data"), out)).returncode


def _work(steps: Sequence[Step], paths: Paths, cores: list[int | None], out: Path | None) -> list[Step]:
    """Run the steps, as many at a time as there are cores; returns those that failed."""
    took_s: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    failed: list[Step] = []
    left = list(steps)
    began_s = time.monotonic()
    processes = ended(steps, cores, lambda step: _command(step.words, out), lambda step: _log(paths, step))
    with closing(processes) as all_ended:
        for one, ok in all_ended:
            step = one.step
            left.remove(step)
            if not ok:
                failed.append(step)
                continue
            try:
                publish([_folder(paths, step)], paths.results)
            except InputError as error:  # the other steps go on, and this one's run is kept
                print(error, file=sys.stderr)
                failed.append(step)
                continue
            took_s[step.paper.name] += round(time.monotonic() - one.began_s)
            rows[step.paper.name] += len(step.rows)
            write_pages(paths.results, verdicts_of([step.paper], paths.results))
            to_go_s = campaign.seconds_left(left, took_s, rows) / len(cores)
            done = f"{len(steps) - len(left)} of {len(steps)} steps"
            spent = in_words(time.monotonic() - began_s)
            print(
                f"{step.name} published; {done}, {spent} so far, about {in_words(to_go_s)} to go", flush=True
            )
    return failed


def _command(words: Sequence[str], out: Path | None) -> list[str]:
    return [sys.executable, "-m", "repro", *words, *(["--out", str(out)] if out else [])]


def _folder(paths: Paths, step: Step) -> Path:
    """The run's own; a step's rows and its readings are of one run."""
    return paths.runs / step.paper.name / f"{DATASET}-{run_name(SPLIT, PRESET, step.seed)}"


def _log(paths: Paths, step: Step) -> Path:
    return paths.runs / "campaign" / f"{step.name}.log"
