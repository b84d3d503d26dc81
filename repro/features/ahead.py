"""Work in threads, a little ahead of who uses the results: on the videos that a store lacks, on batches."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TypeVar

from tqdm import tqdm

from repro.features.source import Source, expected, source_of
from repro.features.video_store import VideoStore
from repro.types import InputError, VideoRef
from repro.video.budget import RESULT_BYTES, threads

Images = TypeVar("Images", bound=Sized)
Item = TypeVar("Item")
R = TypeVar("R")


@contextmanager
def work_on_missing(
    refs: Sequence[VideoRef],
    store: VideoStore,
    read: Callable[[VideoRef], Images],
    work: Callable[[VideoRef, Source, Images], R],
    *,
    image_bytes: int,
    limit: int | None,
    lengths: Mapping[str, int] | None,
    workers: int | None,
    describe: str,
) -> Iterator[tuple[Iterator[R], Callable[[int], None]]]:
    """Gives `work(ref, source, read(ref))` of each video that the store lacks, and what moves a bar on.

    read, work: called in threads, as `ahead` has it; an image holds `image_bytes`. lengths: images of each
    sample by video_id, of which the first `limit` are read. A video that gives another number is refused.
    The bar is moved from any thread; work that nobody waits for any more ends there.
    Raises InputError naming the video that cannot be read.
    """
    store.remove_strays()
    missing = [ref for ref in refs if not store.has(ref)]
    frames = {} if lengths is None else {r.video_id: expected(lengths[r.video_id], limit) for r in missing}
    stopped, lock = threading.Event(), threading.Lock()
    user = threading.current_thread()  # of the results: it may still finish what it has of them

    def done(images: int) -> None:
        if stopped.is_set() and threading.current_thread() is not user:
            raise CancelledError  # nobody waits for its result any more
        with lock:
            bar.update(images)

    results = ahead(
        lambda ref: work(ref, *_counted(ref, store.holds, read, limit, lengths)),
        missing,
        workers,
        stopped=stopped,
        size_bytes=lambda ref: image_bytes * frames.get(ref.video_id, 0),
    )
    total = sum(frames.values()) or None
    bar = tqdm(None, describe, total, unit="frame", mininterval=0.5, dynamic_ncols=True, disable=not missing)
    # Closed by hand: an exception's traceback would keep the generator, and so its threads, alive.
    with bar, closing(results):
        yield results, done


def _counted(
    ref: VideoRef,
    holds: str,
    read: Callable[[VideoRef], Images],
    limit: int | None,
    lengths: Mapping[str, int] | None,
) -> tuple[Source, Images]:
    source = source_of(ref)  # before decoding: a file that changes meanwhile then counts as stale
    try:
        images = read(ref)
    except InputError as error:
        raise InputError(f"{holds} of {ref.video_id}: {error}") from error
    if lengths is not None and len(images) != expected(lengths[ref.video_id], limit):
        raise InputError(
            f"video {ref.video_id} was counted with {lengths[ref.video_id]} frames but gives {len(images)}: "
            f"{ref.path}; it changed since, start the command again"
        )
    return source, images


def ahead(
    work: Callable[[VideoRef], R],
    refs: Sequence[VideoRef],
    workers: int | None = None,
    *,
    stopped: threading.Event | None = None,
    size_bytes: Callable[[VideoRef], int] | None = None,
    limit_bytes: int = RESULT_BYTES,
) -> Generator[R]:
    """`work(ref)` of each video in the order of `refs`; at most two results a thread are held at once.

    workers: as `budget.threads` has it; OpenCV works outside Python's lock. size_bytes: how large a result
    will be; the results that are made, wait or are used hold `limit_bytes` together, or are a single one.
    Close the generator to end the threads: what has not begun is dropped, what has begun is waited for.
    stopped: set before that wait, so that long work can look at it and give up.
    """
    workers = threads(workers)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="video")
    pending: deque[tuple[Future[R], int]] = deque()
    held_bytes = 0
    try:
        for ref in refs:
            size = 0 if size_bytes is None else size_bytes(ref)
            while pending and (len(pending) == 2 * workers or held_bytes + size > limit_bytes):
                yield pending[0][0].result()
                held_bytes -= pending.popleft()[1]
            pending.append((pool.submit(work, ref), size))
            held_bytes += size
        while pending:
            yield pending.popleft()[0].result()
    except BaseException:
        if stopped is not None:
            stopped.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def at_once(work: Callable[[Item], R], items: Iterable[Item], count: int) -> Generator[tuple[Item, R]]:
    """Each item with `work(item)`, in order: `count` run at once, and one more is made and waits.

    The first runs alone, since a network is traced by its first call. Where no further item can be made, all
    before it are given before the error. Close the generator to end the threads.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix="network")
    pending: deque[tuple[Item, Future[R]]] = deque()
    errors: list[Exception] = []

    def made() -> Iterator[Item]:
        try:
            yield from items
        except Exception as error:
            errors.append(error)

    def oldest() -> tuple[Item, R]:
        item, result = pending.popleft()
        return item, result.result()

    try:
        for number, item in enumerate(made()):
            pending.append((item, pool.submit(work, item)))
            while len(pending) > (count if number else 0):
                yield oldest()
        while pending:
            yield oldest()
        if errors:
            raise errors[0]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def one_behind() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Gives what does work in a thread, a disk's say, while the next is made ready: one at a time.

    An error comes with the next work, or at the end.
    """
    last: deque[Future[None]] = deque()

    def do(work: Callable[[], None]) -> None:
        wait()
        last.append(pool.submit(work))

    def wait() -> None:
        while last:
            last.popleft().result()

    with ThreadPoolExecutor(1, thread_name_prefix="disk") as pool:
        yield do
        wait()
