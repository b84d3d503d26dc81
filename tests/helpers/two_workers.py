"""Processes of this machine that train together: each is given the addresses, as by TF_CONFIG."""

import contextlib
import json
import os
import random
import socket
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from helpers import forked
from helpers.eager import run_eagerly
from helpers.small_training import network, train
from repro.cli import main
from repro.training import distribution
from repro.training.interrupts import Interrupted
from repro.training.worker_list import WorkerList
from repro.types import InputError

LIMIT_S = 300.0  # of a wait for processes; one that is lost is noticed after 10 s


def free_addresses(count: int) -> tuple[str, ...]:
    """As many ports of this machine that nobody uses."""
    with contextlib.ExitStack() as open_at_once:
        sockets = [open_at_once.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)


def attempt(addresses: tuple[str, ...], task: int, folder: Path, **changes: Any) -> None:
    """`small_training.train` as one worker, with the exit status of the command line.

    The line that refuses it goes to `refused-TASK` beside the folder.
    """
    run_eagerly(False)
    dropout = changes.pop("dropout", 0.0)
    try:
        strategy = distribution.strategy(workers=WorkerList(addresses, task))
        train(folder, build=lambda: network(dropout), strategy=strategy, **changes)
    except Interrupted as error:
        sys.exit(error.exit_status)
    except InputError as error:
        folder.with_name(f"refused-{task}").write_text(str(error))
        sys.exit(2)


def start(count: int, folder: Path, **changes: Any) -> list[BaseProcess]:
    """All workers of a training; what differs between them comes as a list, one value a worker."""
    addresses = free_addresses(count)
    own = [{n: v[task] if isinstance(v, list) else v for n, v in changes.items()} for task in range(count)]
    return [forked.start(attempt, addresses, task, folder, **own[task]) for task in range(count)]


def ended(processes: list[BaseProcess]) -> list[int | None]:
    """Their exit codes; None of one that does not end in time, which is killed."""
    codes = []
    for process in processes:
        process.join(LIMIT_S)
        codes.append(process.exitcode)
        process.kill()
    return codes


def _command(words: list[str], variables: dict[str, str], output: Path) -> None:
    run_eagerly(False)
    os.environ.update(variables)
    # Never closed: TensorFlow's log writes there until the process ends.
    sys.stdout, sys.stderr = (output.with_suffix(suffix).open("w") for suffix in (".out", ".err"))
    sys.exit(main(words))


def start_command(words: list[str], outputs: Path, *variables: dict[str, str]) -> list[BaseProcess]:
    """The command once for each of `variables`, which are added to the environment.

    What worker N prints and reports goes to `N.out` and `N.err` in the folder `outputs`.
    """
    outputs.mkdir(parents=True, exist_ok=True)
    return [forked.start(_command, words, own, outputs / str(task)) for task, own in enumerate(variables)]


def tf_config(count: int) -> list[dict[str, str]]:
    """The variable TF_CONFIG of each of so many workers of this machine."""
    cluster = {"worker": free_addresses(count)}
    return [
        {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": task}})}
        for task in range(count)
    ]


def slurm_step(count: int) -> list[dict[str, str]]:
    """What srun sets for each of so many tasks of a step on this machine."""
    shared = {
        "SLURM_JOB_ID": str(random.randrange(10_000)),
        "SLURM_NODEID": "0",
        "SLURM_STEP_NODELIST": "localhost",
        "SLURM_STEP_TASKS_PER_NODE": str(count),
    }
    return [{**shared, "SLURM_PROCID": str(task)} for task in range(count)]
