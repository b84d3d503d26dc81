"""`--cluster slurm`: the script that it would send, and shards as jobs of submitit on this machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.made_shards import begun, videos, work_on
from repro.cluster.client import Cluster, DryRun
from repro.cluster.task import Settings
from repro.paths import PROJECT
from repro.types import InputError

submitit = pytest.importorskip("submitit", reason="requirements-cluster.txt is not installed")
from repro.cluster.slurm import ShardJob, Slurm  # noqa: E402

SETTINGS = Settings(
    videos=2, threads=3, time_min=90, memory_gb=6, parallel=5, partition="long", account="lab", gpus=1
)


def test_the_script_asks_for_what_was_set(tmp_path: Path) -> None:
    with pytest.raises(DryRun) as dry:
        Cluster(Slurm(SETTINGS, dry_run=True), SETTINGS).fill(
            work_on(tmp_path), videos(tmp_path, list("abcdef"))
        )
    lines = dry.value.script.splitlines()
    wanted = ("time=90", "mem=6144MB", "cpus-per-task=3", "partition=long", "account=lab", "gpus-per-node=1")
    assert {f"#SBATCH --{one}" for one in (*wanted, "requeue", "open-mode=append")} <= set(lines)
    assert f"export PYTHONPATH={PROJECT}${{PYTHONPATH:+:$PYTHONPATH}}" in lines
    assert any(line.startswith("srun ") and "submitit.core._submit" in line for line in lines)
    assert not (tmp_path / "begun").exists()


def test_the_script_is_the_one_that_submitit_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitit.SlurmExecutor, "affinity", classmethod(lambda _: 2))
    slurm = Slurm(SETTINGS)
    executor = slurm._of_slurm(tmp_path)
    executor.parameters["map_count"] = 7  # as an array has it
    sent = executor._make_submission_file_text(executor._submitit_command_str, "uid")
    assert slurm.script(tmp_path, 7) == sent
    assert "#SBATCH --array=0-6%5" in sent.splitlines()


def test_without_slurm_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitit.SlurmExecutor, "affinity", classmethod(lambda _: -1))
    with pytest.raises(InputError, match=r"^--cluster slurm: .*srun.*--dry-run$"):
        Cluster(Slurm(SETTINGS), SETTINGS).fill(work_on(tmp_path), videos(tmp_path, ["a"]))


def test_a_job_at_the_end_of_its_minutes_goes_on_with_the_same_shard() -> None:
    job, task = ShardJob(), object()
    again = job.checkpoint(task)  # type: ignore[arg-type]
    assert isinstance(again.function, ShardJob)
    assert again.args == (task,)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_jobs_fill_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT}:{PROJECT / 'tests'}")
    engine = Slurm(SETTINGS, executor=lambda folder: submitit.LocalExecutor(folder=folder), look_every_s=0.2)
    work, refs = work_on(tmp_path), videos(tmp_path, ["good-1", "good-2", "broken-1", "good-3"])
    with pytest.raises(InputError, match="features of 1 of 4 videos are missing: broken-1: broken"):
        Cluster(engine, SETTINGS).fill(work, refs)
    assert [work.store.has(ref) for ref in refs] == [True, True, False, True]
    assert sorted(begun(tmp_path)) == sorted(ref.video_id for ref in refs)


@pytest.mark.slow
@pytest.mark.exhaustive
def test_a_job_that_ends_early_is_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor itself is killed with its job: nothing comes back of it."""
    monkeypatch.setenv("PYTHONPATH", f"{PROJECT}:{PROJECT / 'tests'}")
    settings = Settings(videos=2)
    engine = Slurm(settings, executor=lambda folder: submitit.LocalExecutor(folder=folder), look_every_s=0.2)
    work, refs = work_on(tmp_path), videos(tmp_path, ["job-1", "good-1", "good-2"])
    Cluster(engine, settings).fill(work, refs)
    assert all(work.store.has(ref) for ref in refs)
    assert begun(tmp_path).count("job-1") == 2


def _slurm_runs_here() -> bool:
    """Whether this machine sends jobs to a Slurm that has a machine to run them."""
    if shutil.which("sinfo") is None:
        return False
    machines = subprocess.run(
        ("sinfo", "--noheader", "--states=idle"), capture_output=True, text=True, check=False
    )
    return machines.returncode == 0 and bool(machines.stdout.strip())


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.skipif(not _slurm_runs_here(), reason="no Slurm with an idle machine here")
def test_slurm_itself_runs_the_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two jobs at a time of this machine's queue; one video takes its process with it and is done again."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "tests"))
    settings = Settings(videos=2, threads=1, time_min=5, memory_gb=2, parallel=2)
    work = work_on(tmp_path)
    refs = videos(tmp_path, ["good-1", "good-2", "once-1", "broken-1", "good-3", "good-4"])
    with pytest.raises(InputError, match="features of 1 of 6 videos are missing: broken-1: broken"):
        Cluster(Slurm(settings, look_every_s=1.0), settings).fill(work, refs)
    assert [ref.video_id for ref in refs if not work.store.has(ref)] == ["broken-1"]
    assert begun(tmp_path).count("once-1") == 2
