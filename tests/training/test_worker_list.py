"""Who trains together: TF_CONFIG and Slurm's variables, as they are and as they should not be."""

import json

import pytest

from repro.training.worker_list import WorkerList, worker_list
from repro.types import InputError

TWO = ["first:2222", "second:2222"]


def tf_config(workers: object = TWO, index: object = 0, **changes: object) -> dict[str, str]:
    whole = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}, **changes}
    return {"TF_CONFIG": json.dumps(whole)}


def step(**changes: str | None) -> dict[str, str]:
    """A step of two tasks on gpu08, one on gpu09 and one on gpu10, as srun sets it for the third task."""
    variables: dict[str, str | None] = {
        "SLURM_PROCID": "2",
        "SLURM_NODEID": "1",
        "SLURM_STEP_NODELIST": "gpu[08-10]",
        "SLURM_STEP_TASKS_PER_NODE": "2,1(x2)",
        "SLURM_JOB_ID": "2501",
        **changes,
    }
    return {name: value for name, value in variables.items() if value is not None}


def test_tf_config() -> None:
    assert worker_list("tf_config", tf_config(index=1)) == WorkerList(tuple(TWO), 1)


def test_a_step_of_slurm() -> None:
    """Job 2501 is the second of its 1,250: its ports begin 16 after the first ones."""
    addresses = ("gpu08:10016", "gpu08:10017", "gpu09:10016", "gpu10:10016")
    assert worker_list("slurm", step()) == WorkerList(addresses, 2)


@pytest.mark.parametrize(
    ("nodes", "hosts"),
    [
        ("n1", ["n1"]),
        ("n[9-10]", ["n9", "n10"]),
        ("a[1,03-04]b,c", ["a1b", "a03b", "a04b", "c"]),
    ],
)
def test_hosts_come_in_the_order_of_slurms_list(nodes: str, hosts: list[str]) -> None:
    variables = step(SLURM_STEP_NODELIST=nodes, SLURM_STEP_TASKS_PER_NODE=f"1(x{len(hosts)})")
    variables |= {"SLURM_PROCID": "0", "SLURM_NODEID": "0"}
    addresses = worker_list("slurm", variables).addresses
    assert [address.partition(":")[0] for address in addresses] == hosts


WRONG = [
    ("tf_config", {}, "TF_CONFIG is not set; wanted {"),
    ("tf_config", {"TF_CONFIG": "worker 0"}, "TF_CONFIG cannot be read (Expecting value"),
    ("tf_config", {"TF_CONFIG": "[]"}, "TF_CONFIG cannot be read (list indices"),
    ("tf_config", {"TF_CONFIG": '{"cluster": {"worker": []}}'}, "TF_CONFIG cannot be read (no 'task')"),
    ("tf_config", tf_config(cluster={"worker": TWO, "ps": ["x:1"]}), "names tasks that are no workers"),
    ("tf_config", tf_config(task={"type": "evaluator", "index": 0}), "names tasks that are no workers"),
    ("tf_config", tf_config(workers="first:2222"), "the workers are 'first:2222'; wanted a list"),
    ("tf_config", tf_config(workers=["first", "second:1"]), "wanted a list of HOST:PORT"),
    ("tf_config", tf_config(workers=["first:65536", "second:1"]), "wanted a list of HOST:PORT"),
    ("tf_config", tf_config(index=2), "this is worker 2; wanted 0 to 1"),
    ("tf_config", tf_config(index="0"), "this is worker '0'; wanted 0 to 1"),
    ("tf_config", tf_config(index=True), "this is worker True; wanted 0 to 1"),
    ("tf_config", tf_config(workers=["a:1", "a:1"]), "two workers have the same address (a:1, a:1)"),
    ("slurm", {}, "SLURM_PROCID, SLURM_STEP_NODELIST, SLURM_STEP_TASKS_PER_NODE, SLURM_JOB_ID not set"),
    ("slurm", step(SLURM_PROCID=None), "--workers slurm: SLURM_PROCID not set; start one process"),
    ("slurm", step(SLURM_PROCID="two"), "invalid literal"),
    ("slurm", step(SLURM_PROCID="4"), "task 4 on 3 nodes with [2, 1, 1] tasks is none of this step"),
    ("slurm", step(SLURM_STEP_TASKS_PER_NODE="2"), "task 2 on 3 nodes with [2] tasks is none"),
    ("slurm", step(SLURM_STEP_TASKS_PER_NODE="2(x"), "tasks of each node '2(x' cannot be read"),
    ("slurm", step(SLURM_STEP_NODELIST="gpu[08-"), "the node list 'gpu[08-' cannot be read"),
    ("slurm", step(SLURM_NODEID="2"), "on node 2 of the step, wanted 1; start them with srun --distribution"),
]


@pytest.mark.parametrize(("source", "variables", "line"), WRONG)
def test_what_is_wrong_is_one_line(source: str, variables: dict[str, str], line: str) -> None:
    with pytest.raises(InputError) as refused:
        worker_list(source, variables)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
