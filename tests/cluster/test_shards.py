"""A shard stores every video once or says why not; no fault of a video reaches another one."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.made_shards import PROGRAM, InTurn, begun, videos, work_on
from repro.cluster import client, ledger
from repro.cluster.client import Cluster
from repro.cluster.shard import run_shard
from repro.cluster.task import Result, Settings, Task, key_of, shard_of, shards, tasks
from repro.cluster.versions import versions
from repro.types import InputError, Segment, VideoRef

MARK = "run-1"
FAST = Settings(videos=100, timeout_s=2)


def made_up(number: int, part: Segment | None = None) -> VideoRef:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return VideoRef(f"v{number}", Path("v.avi"), 0, "g", part, content=digest)


def only_task(folder: Path, names: list[str], **changed: object) -> Task:
    """The one shard of these videos, with the client's mark on the disk."""
    work = work_on(folder)
    ledgers = work.store.folder / client.LEDGERS
    ledgers.mkdir(parents=True, exist_ok=True)
    (ledgers / MARK).touch()
    (task,) = tasks(work, [videos(folder, names)], ledgers, MARK, versions(), FAST)
    return task._replace(**changed)  # type: ignore[arg-type]


def test_a_video_is_in_the_same_shard_whatever_comes_beside_it() -> None:
    refs = [made_up(number) for number in range(5000)]
    cut = shards(refs, Settings(videos=400))
    assert [len(cut), sum(map(len, cut))] == [13, 5000]
    assert max(map(len, cut)) <= 500
    assert all(shard_of(ref, 13) == number for number, refs_of in enumerate(cut) for ref in refs_of)
    backwards = shards(refs[::-1], Settings(videos=400))
    assert [sorted(ref.video_id for ref in one) for one in cut] == [
        sorted(ref.video_id for ref in one) for one in backwards
    ]


def test_parts_of_a_file_stay_together_and_have_keys_of_their_own() -> None:
    whole, part = made_up(1), made_up(1, Segment(3, 9))
    assert shard_of(whole, 7) == shard_of(part, 7)
    assert key_of(whole) != key_of(part)
    with pytest.raises(ValueError, match="never counted"):
        shard_of(VideoRef("v", Path("v.avi"), 0, "g"), 7)


@pytest.mark.slow
def test_every_fault_has_its_outcome_and_no_other_video_suffers(tmp_path: Path) -> None:
    names = ["broken-1", "good-1", "hangs-1", "large-1", "good-2", "wrong-1", "once-1", "good-3"]
    work, refs = work_on(tmp_path), videos(tmp_path, names)
    with pytest.raises(
        InputError, match=r"features of 4 of 8 videos are missing: .*--retry-failed"
    ) as caught:
        Cluster(InTurn(), FAST).fill(work, refs)
    assert "\n" not in str(caught.value)
    folder = work.store.folder / client.LEDGERS
    outcomes = {f.video_id: f.outcome for f in ledger.failures(folder, work.store.key_digest).values()}
    wanted = {"broken-1": "broken", "hangs-1": "timeout", "large-1": "out of memory", "wrong-1": "crashed"}
    assert outcomes == wanted
    listed = (folder / "failures.tsv").read_text().splitlines()
    assert [line.split("\t")[:2] for line in listed] == [[n, wanted[n]] for n in names if n in wanted]
    assert {ref.video_id for ref in refs if work.store.has(ref)} == set(names) - wanted.keys()
    # What dies once is tried again; all others were begun once.
    assert Counter(begun(tmp_path)) == Counter([*names, "once-1"])


class LosesARound(InTurn):
    """As machines that are taken away: of the first round no result comes, and nothing is stored."""

    def __init__(self) -> None:
        self.rounds = 0

    def run(self, tasks: Iterator[Task]) -> Generator[Result]:
        self.rounds += 1
        return super().run(iter(()) if self.rounds == 1 else tasks)


@pytest.mark.slow
@pytest.mark.parametrize("stale", [b"", None])  # damaged, or of another file under the same name
def test_a_lost_shard_is_sent_again_for_videos_with_a_useless_entry(
    tmp_path: Path, stale: bytes | None
) -> None:
    work, (ref,) = work_on(tmp_path), videos(tmp_path, ["good-1"])
    Cluster(InTurn(), FAST).fill(work, [ref])
    if stale is None:
        ref.path.write_text("another film")
        ref = replace(ref, content=hashlib.sha256(b"another film").hexdigest())
    else:
        work.store.path(ref).write_bytes(stale)
    assert not work.store.has(ref)
    engine = LosesARound()
    Cluster(engine, FAST).fill(work, [ref])
    assert work.store.has(ref)
    assert engine.rounds == 2


@pytest.mark.slow
def test_failures_are_tried_again_only_when_asked(tmp_path: Path) -> None:
    work, refs = work_on(tmp_path), videos(tmp_path, ["broken-1", "good-1"])
    for retry, times in ((False, 1), (False, 1), (True, 2)):
        with pytest.raises(InputError, match="features of 1 of"):
            Cluster(InTurn(), FAST, retry_failed=retry).fill(work, [r for r in refs if not work.store.has(r)])
        assert begun(tmp_path).count("broken-1") == times
    assert begun(tmp_path).count("good-1") == 1
    # Of another extractor nothing is known.
    assert ledger.failures(work.store.folder / client.LEDGERS, "another") == {}


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "outcome"), [("segv", "crashed"), ("killed", "out of memory")])
def test_native_crashes_end_a_child_and_after_three_the_video(
    tmp_path: Path, fault: str, outcome: str
) -> None:
    result = run_shard(only_task(tmp_path, [f"{fault}-1", "good-1"]), program=PROGRAM)
    assert [(f.video_id, f.outcome) for f in result.failures] == [(f"{fault}-1", outcome)]
    assert result.done == 1
    assert begun(tmp_path).count(f"{fault}-1") == 3


@pytest.mark.slow
def test_a_shard_that_ran_does_nothing_again(tmp_path: Path) -> None:
    task = only_task(tmp_path, ["good-1", "broken-1", "good-2"])
    first, again = run_shard(task, program=PROGRAM), run_shard(task, program=PROGRAM)
    assert (first.done, [f.video_id for f in first.failures]) == (2, ["broken-1"])
    assert (again.done, again.failures) == (first.done, first.failures)
    assert Counter(begun(tmp_path)) == {"good-1": 1, "broken-1": 1, "good-2": 1}


@pytest.mark.slow
def test_a_worker_that_is_another_is_refused_by_name(tmp_path: Path) -> None:
    task = only_task(tmp_path, ["good-1"])
    older = run_shard(task._replace(versions={**versions(), "numpy": "1.0"}), program=PROGRAM)
    assert older.refused.startswith("it has numpy ")
    assert older.refused.endswith("wanted 1.0; install the same there")
    assert str(os.getpid()) in older.worker
    (tmp_path / "videos" / "good-1.avi").unlink()
    assert "it has no " in run_shard(task, program=PROGRAM).refused
    assert "it has no folder" in run_shard(task._replace(cwd="/nowhere/x"), program=PROGRAM).refused
    elsewhere = run_shard(task._replace(mark="run-2"), program=PROGRAM)
    assert "it does not see" in elsewhere.refused
    assert not (tmp_path / "begun").exists()


@pytest.mark.slow
def test_a_full_disk_stops_all_in_the_words_of_the_worker(tmp_path: Path) -> None:
    work, refs = work_on(tmp_path), videos(tmp_path, ["full-1", "full-2"])
    with pytest.raises(InputError, match=r"^worker .*: the disk is full$"):
        Cluster(InTurn(), FAST).fill(work, refs)
    assert len(begun(tmp_path)) == 1


@pytest.mark.slow
def test_a_shard_ends_when_its_client_has_gone(tmp_path: Path) -> None:
    task = only_task(tmp_path, ["good-1", "good-2"])
    folder = Path(task.ledgers)
    program = (*PROGRAM[:2], f"import os; os.unlink({str(folder / MARK)!r})\n" + PROGRAM[2], *PROGRAM[3:])
    result = run_shard(task, program=program)
    assert result.done + len(result.failures) < 2


def test_half_a_line_of_a_killed_writer_is_passed_over(tmp_path: Path) -> None:
    task = only_task(tmp_path, ["a-1", "b-1"])
    path = ledger.path_of(Path(task.ledgers), 0, 1)
    book = ledger.Ledger(task, "w")
    book.add(*task.videos[0], "broken", "no frames")
    book.close()
    with path.open("ab") as file:
        file.write(b'{"content": "x", "extr')
    book = ledger.Ledger(task, "w")
    book.add(*task.videos[1], "begun")
    book.close()
    assert [line["outcome"] for line in ledger.lines(path)] == ["broken", "begun"]
    assert [json.loads(line)["run"] for line in path.read_text().splitlines() if line.endswith("}")] == [
        MARK
    ] * 2
    again = ledger.Ledger(task, "w")
    assert (list(again.failures), again.deaths) == ([task.videos[0].key], {task.videos[1].key: 1})
    again.close()
