"""`data DATASET verify`: what the lists say, what the files hold, and every fault by name."""

from __future__ import annotations

import argparse
import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

from repro.atomic import write_json
from repro.cli.named_data import cut, data_folder, index_of, say_coverage
from repro.cli.usable import two_labels
from repro.datasets.faults import KINDS, Fault
from repro.datasets.verify import Findings, examine
from repro.paths import default_paths, short_path
from repro.types import InputError
from repro.video import decode
from repro.video.content import on_both_sides
from repro.video.index import VideoIndex
from repro.video.names import printable


def run_verify(options: argparse.Namespace) -> int:
    """Examine all lists, decode every video once, print and write the faults; 1 when there is a fault."""
    folder = data_folder(options.dataset, options.data)
    findings = examine(options.dataset, folder, options.lists, allow_partial=options.partial)
    index = index_of(options.dataset, findings.refs, None)
    of_files = (*_of_files(findings, index), *_copied(findings, index))
    twice = [Fault("duplicate", line) for split in findings.splits for line in two_labels(split, index)]
    faults = (*findings.faults, *of_files, *twice)
    _print(options, findings, index, faults)
    real = [fault for fault in faults if not fault.tolerated]
    file = options.report or default_paths().runs / f"verify-{options.dataset}.json"
    write_json(file, _report(options.dataset, folder, findings, index, faults))
    kinds = ", ".join(f"{number} {kind}" for kind, number in Counter(fault.kind for fault in real).items())
    print(f"{f'{len(real)} faults ({kinds})' if real else 'no fault'}; report: {short_path(file)}")
    return 1 if real else 0


def _of_files(findings: Findings, index: VideoIndex) -> list[Fault]:
    """What decoding showed. A segment that ends after its file is no fault: the owner has such."""
    paths = {ref.video_id: ref.path for ref in findings.refs}
    broken = [
        Fault("broken", f"{printable(Path(video_id))}: {reason} ({printable(paths[video_id])})")
        for video_id, reason in index.broken.items()
    ]
    cut_short = [
        Fault("broken", f"{video_id}: its file ends {frames} frames before its annotation does", True)
        for video_id, frames in index.overrun_frames.items()
    ]
    return [*broken, *cut_short]


def _copied(findings: Findings, index: VideoIndex) -> list[Fault]:
    """Equal files on both sides of a split under different names.

    An equal pair in the owner's lists, which have published numbers, is named, but no fault of a copy.
    """
    faults = []
    for split in findings.splits:
        for refs in on_both_sides(split, index.contents):
            train, test = (sorted({ref.path for ref in side}) for side in refs)
            if train != test:
                text = f"{test[0]} is tested and has the same content as {train[0]}, which is trained on"
                faults.append(Fault("leak", text, tolerated=bool(findings.counts[split.name])))
    return faults


def _print(
    options: argparse.Namespace, findings: Findings, index: VideoIndex, faults: tuple[Fault, ...]
) -> None:
    name, decoded = options.dataset, sum(index.frames.values())
    print(f"{name}: {len(findings.refs)} videos{cut(findings.refs)}, {decoded} frames decoded")
    for split in findings.splits:
        compared = findings.counts[split.name]
        right = sum(count.counted == count.published for count in compared)
        totals = (
            f"{right} of {len(compared)} published numbers agree"
            if compared
            else "no published numbers of these"
        )
        print(f"split {split.name}: {len(split.train)} train, {len(split.test)} test; {totals}")
    for fault in faults:
        print(f"{fault.kind}{' (tolerated)' if fault.tolerated else ''}: {fault.text}")
    for line in findings.remarks:
        print(line)
    with contextlib.suppress(InputError):  # an annotation that cannot be read, already reported
        say_coverage(options)


def _report(
    dataset: str, folder: Path, findings: Findings, index: VideoIndex, faults: tuple[Fault, ...]
) -> dict[str, Any]:
    """Plain values: what a program that reads the report needs to know."""
    return {
        "dataset": dataset,
        "folder": str(folder),
        "decoder": decode.VERSION,
        "ok": all(fault.tolerated for fault in faults),
        "splits": {
            split.name: {
                "train": len(split.train),
                "test": len(split.test),
                "classes": {
                    name: [
                        sum(label in (ref.label, *ref.others) for ref in part)
                        for part in (split.train, split.test)
                    ]
                    for label, name in enumerate(split.classes)
                },
                "published": {
                    count.what: {"found": count.counted, "published": count.published}
                    for count in findings.counts[split.name]
                },
            }
            for split in findings.splits
        },
        "videos": {
            ref.video_id: {"path": str(ref.path), "frames": index.frames.get(ref.video_id)}
            for ref in findings.refs
        },
        "kinds": KINDS,
        "faults": [fault._asdict() for fault in faults],
    }
