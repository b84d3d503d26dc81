"""`--cluster ENGINE` and what belongs to it."""

from __future__ import annotations

import argparse

from repro.cli.changed import changed
from repro.cluster.client import Cluster
from repro.cluster.engines import cluster
from repro.cluster.task import Settings
from repro.types import InputError


def cluster_of(options: argparse.Namespace) -> Cluster | None:
    """The machines that a command names; None where it names none.

    InputError for settings that there are not, for an engine whose package is missing, and for options that
    mean nothing without one.
    """
    settings = changed(Settings(), options.cluster_set, "--cluster-set", _listed())
    if options.cluster is None:
        given = {"--dry-run": options.dry_run, "--cluster-set": options.cluster_set}
        for option in (name for name, value in given.items() if value):
            raise InputError(f"{option} belongs to --cluster")
        if options.retry_failed:
            raise InputError("--retry-failed belongs to --cluster; without one every missing video is tried")
        return None
    return cluster(options.cluster, settings, retry_failed=options.retry_failed, dry_run=options.dry_run)


def _listed() -> str:
    return f"there are: {', '.join(Settings.__dataclass_fields__)}"
