"""`--cluster slurm`: arrays of jobs through submitit, which writes the script and brings the results back."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import submitit
from submitit.helpers import DelayedSubmission, as_completed
from submitit.slurm import slurm as batch

from repro.cluster.client import DryRun
from repro.cluster.shard import run_shard
from repro.cluster.task import Result, Settings, Task
from repro.paths import PROJECT, installed
from repro.types import InputError

MOST_OUT = 1000  # jobs of an array; the usual limit of a cluster is 1001
MOST_TIMEOUTS = 10  # requeues of a job at the end of its minutes
LOOK_EVERY_S = 10.0
_OWN = "${PYTHONPATH:+:$PYTHONPATH}"  # what the user has
SHORT_OF_THE_END_S = 90  # when a job learns that its minutes are over


class ShardJob:
    """What a job runs. At the end of its minutes it is queued again; what it stored stays."""

    def __call__(self, task: Task) -> Result:
        return run_shard(task)

    def checkpoint(self, task: Task) -> DelayedSubmission:
        """submitit's word for what goes on in the next job."""
        return DelayedSubmission(self, task)


class Slurm:
    """An array a thousand shards. executor: what submits, of a folder; by default Slurm's."""

    def __init__(
        self,
        settings: Settings,
        *,
        dry_run: bool = False,
        executor: Callable[[Path], submitit.Executor] | None = None,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._settings, self._dry_run, self._look_every_s = settings, dry_run, look_every_s
        self._executor = executor or self._of_slurm

    def run(self, tasks: Iterator[Task]) -> Generator[Result]:
        """As `client.Engine` has it. Jobs that end without a result are left to the client."""
        while several := list(islice(tasks, MOST_OUT)):
            folder = Path(several[0].ledgers) / "slurm"
            if self._dry_run:
                raise DryRun(self.script(folder, len(several)))
            jobs = self._executor(folder).map_array(ShardJob(), several)
            try:
                for job in as_completed(jobs, poll_frequency=self._look_every_s):
                    if job.exception() is None:
                        yield job.result()
            finally:
                for job in jobs:
                    if not job.done():
                        job.cancel()

    def script(self, folder: Path, jobs: int) -> str:
        """The batch script of so many jobs, as `sbatch` gets it."""
        python, submitted = shlex.quote(sys.executable), shlex.quote(str(folder))
        return batch._make_sbatch_string(
            command=f"{python} -u -m submitit.core._submit {submitted}",
            folder=folder,
            map_count=jobs,
            **self._parameters(),
        )

    def _of_slurm(self, folder: Path) -> submitit.Executor:
        try:
            executor = submitit.SlurmExecutor(folder=folder, max_num_timeout=MOST_TIMEOUTS)
        except RuntimeError as error:  # it looks for srun
            raise InputError(
                f"--cluster slurm: {error} run it on a machine that submits to Slurm, or see --dry-run"
            ) from error
        executor.update_parameters(**self._parameters())
        return executor

    def _parameters(self) -> dict[str, Any]:
        """Of the script, as Slurm calls them."""
        settings = self._settings
        return {
            "job_name": "repro",
            "time": settings.time_min,
            "mem": f"{round(settings.memory_gb * 1024)}MB",
            "cpus_per_task": settings.threads,
            "array_parallelism": settings.parallel,
            "signal_delay_s": SHORT_OF_THE_END_S,
            "partition": settings.partition or None,
            "account": settings.account or None,
            "gpus_per_node": settings.gpus or None,
            "setup": [] if installed() else [f"export PYTHONPATH={shlex.quote(str(PROJECT))}{_OWN}"],
            "additional_parameters": {"requeue": True},  # also after a machine fails or is taken away
        }
