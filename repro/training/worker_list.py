"""Which processes train together and which of them this one is, from TF_CONFIG or from what Slurm sets.

TensorFlow reads Slurm's variables too. But it counts GPUs with nvidia-smi, which not every machine has, hides
GPUs that Slurm gave, and sorts the hosts by name, where Slurm numbers tasks in the order of its own list: of
`node[9-10]` each task would take the other's address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from repro.types import InputError

SOURCES = ("tf_config", "slurm")
_FORM = '{"cluster": {"worker": ["HOST:PORT", ...]}, "task": {"type": "worker", "index": 0}}'
_ADDRESS = re.compile(r"[^\s:/]+:(\d{1,5})")
_FIRST_PORT, _JOBS = 10_000, 1_250  # ports up to 29,999; those from 32,768 on the system itself gives out
_PORTS_OF_A_JOB = 16  # tasks that a node may have of a job before they meet the next job's
_STEP = ("SLURM_PROCID", "SLURM_STEP_NODELIST", "SLURM_STEP_TASKS_PER_NODE", "SLURM_JOB_ID")


class WorkerList(NamedTuple):
    """`HOST:PORT` of every worker, in the same order for all of them, and which one this process is."""

    addresses: tuple[str, ...]
    task: int


def worker_list(source: str, variables: Mapping[str, str]) -> WorkerList:
    """The workers that `tf_config` or `slurm` names. variables: of the environment.

    Raises InputError where what is needed is not there, or is not as it should be.
    """
    listed = _of_slurm(variables) if source == "slurm" else _of_tf_config(variables)
    if len(set(listed.addresses)) < len(listed.addresses):
        raise InputError(
            f"--workers {source}: two workers have the same address ({', '.join(listed.addresses)})"
        )
    return listed


def _of_tf_config(variables: Mapping[str, str]) -> WorkerList:
    text = variables.get("TF_CONFIG")
    if text is None:
        raise InputError(f"--workers tf_config: TF_CONFIG is not set; wanted {_FORM}")
    try:
        content: Any = json.loads(text)
        cluster, task = content["cluster"], content["task"]
        addresses, kind, index = cluster["worker"], task["type"], task["index"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"TF_CONFIG cannot be read ({_reason(error)}); wanted {_FORM}") from error
    if set(cluster) != {"worker"} or kind != "worker":
        raise InputError(f"TF_CONFIG names tasks that are no workers; wanted {_FORM}")
    if not isinstance(addresses, list) or not all(_is_address(address) for address in addresses):
        raise InputError(f"TF_CONFIG: the workers are {addresses!r}; wanted a list of HOST:PORT")
    if type(index) is not int or not 0 <= index < len(addresses):
        raise InputError(f"TF_CONFIG: this is worker {index!r}; wanted 0 to {len(addresses) - 1}")
    return WorkerList(tuple(addresses), index)


def _reason(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _is_address(address: Any) -> bool:
    matched = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    return matched is not None and 0 < int(matched[1]) < 2**16


def _of_slurm(variables: Mapping[str, str]) -> WorkerList:
    missing = [name for name in _STEP if name not in variables]
    if missing:
        raise InputError(
            f"--workers slurm: {', '.join(missing)} not set; start one process a worker with srun"
        )
    try:
        index, job = (int(variables[name]) for name in ("SLURM_PROCID", "SLURM_JOB_ID"))
        hosts = list(_hosts(variables["SLURM_STEP_NODELIST"]))
        counts = list(_counts(variables["SLURM_STEP_TASKS_PER_NODE"]))
    except ValueError as error:
        raise InputError(f"--workers slurm: {error}") from error
    if len(hosts) != len(counts) or not 0 <= index < sum(counts):
        raise InputError(
            f"--workers slurm: task {index} on {len(hosts)} nodes with {counts} tasks is none of this step"
        )
    first_port = _FIRST_PORT + _PORTS_OF_A_JOB * (job % _JOBS)
    tasks = [(node, place) for node, count in enumerate(counts) for place in range(count)]
    node = variables.get("SLURM_NODEID", str(tasks[index][0]))
    if node != str(tasks[index][0]):
        raise InputError(
            f"--workers slurm: task {index} is on node {node} of the step, wanted {tasks[index][0]}; "
            "start them with srun --distribution=block"
        )
    return WorkerList(tuple(f"{hosts[node]}:{first_port + place}" for node, place in tasks), index)


def _hosts(nodes: str) -> Iterator[str]:
    """`gpu[08-10,12],login` -> gpu08, gpu09, gpu10, gpu12, login. Raises ValueError."""
    for entry in re.split(r",(?![^\[]*\])", nodes):  # at commas outside of brackets
        matched = re.fullmatch(r"([^\[\]\s]*)(?:\[([\d,-]+)\])?([^\[\]\s]*)", entry)
        if matched is None:
            raise ValueError(f"the node list {nodes!r} cannot be read")
        before, numbers, after = matched.groups()
        for number in _numbers(numbers) if numbers else ("",):
            yield f"{before}{number}{after}"


def _numbers(ranges: str) -> Iterator[str]:
    for each in ranges.split(","):
        first, _, last = each.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield str(number).zfill(len(first))


def _counts(tasks: str) -> Iterator[int]:
    """`2(x3),1` -> 2, 2, 2, 1. Raises ValueError."""
    for entry in tasks.split(","):
        matched = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", entry)
        if matched is None:
            raise ValueError(f"the tasks of each node {tasks!r} cannot be read")
        yield from [int(matched[1])] * int(matched[2] or 1)
