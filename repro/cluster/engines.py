"""The engine that `--cluster` names."""

from __future__ import annotations

import os

from repro.cluster.client import Cluster, Engine
from repro.cluster.local import Local
from repro.cluster.task import Settings
from repro.cluster.words import LOCAL
from repro.installing import install
from repro.types import InputError

# What an engine needs beside requirements.txt, as requirements-cluster.txt pins it; a test compares the two.
PACKAGES = {"slurm": ("submitit==1.5.4",), "dask": ("distributed==2026.8.0", "dask==2026.8.0")}


def cluster(text: str, settings: Settings, *, retry_failed: bool, dry_run: bool) -> Cluster:
    """The cluster of an engine. InputError where the package that it runs on is missing.

    dry_run: of Slurm, print the script of the first jobs and send none (`slurm.DryRun`).
    """
    return Cluster(_engine(text, settings, dry_run), settings, retry_failed=retry_failed)


def _engine(text: str, settings: Settings, dry_run: bool) -> Engine:
    if dry_run and text != "slurm":
        raise InputError("--dry-run prints the script of --cluster slurm; no other engine has one")
    if match := LOCAL.fullmatch(text):
        return Local(int(match[1] or os.cpu_count() or 1))
    try:
        if text == "slurm":
            from repro.cluster.slurm import Slurm

            return Slurm(settings, dry_run=dry_run)
        from repro.cluster.dask import Dask

        return Dask(text)
    except ModuleNotFoundError as error:
        pins = PACKAGES["slurm" if text == "slurm" else "dask"]
        raise InputError(f"--cluster {text} needs {error.name}: {install(*pins)}") from error
