"""The model card of a shipped model, from what `model.json` holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from repro.anticipation import certainty, shipping
from repro.experiment.exported import ExportedRun

_HEAD = """# {name}: {classes} actions in real video

Paper {paper} (`repro/paper{paper}`) over EfficientNet-Lite0, trained on {dataset}, split {split},
seed {seed}; weights in float16, {megabytes:.1f} MB. `bash run.sh predict VIDEO` takes it where there is no
run of your own, with `--run shipped` always. Made by
`bash run.sh weights ship RUN --data DIR --lists DIR --unknown DIR`; every number below was measured
by that command on this very model, from video files to probabilities, and stands in `model.json`. Nothing
was chosen on test clips: epoch, recipe, temperature and threshold come from a tenth of the training groups.

## What it is for

Short clips of one person who does one of these, filmed from anywhere: {names}.
It reads one of {every} frames and predicts from the first frame on. It is trained on clips of at most
{frames} frames and starts afresh after so many: in a longer video each such window has its own label. What
is none of these actions is called one of them, or uncertain.

"""
_LIMITS = """## Data, licences, limits

- **Training data**: JHMDB-21 (Jhuang et al. 2013), clips of HMDB51, which are cut from films and web
  videos; here re-encoded at 320 x 240. HMDB51's owners offer theirs under CC BY 4.0; the rights in the
  films stay with their makers, and nothing is stated of models. No frame is in these files. Whether such
  weights may serve anything but research is for their user to find out.
- **Trunk**: EfficientNet-Lite0 trained on ImageNet, Apache-2.0 (`LICENSE-efficientnet_lite.txt` above this
  folder), changed: cut where its maps are stored, its normalisation folded in, float16; the blocks behind
  it trained further on JHMDB-21. ImageNet's images are for non-commercial research, say its owners.
- **Who is in it**: mostly film actors and sportsmen; nobody counted. Not for decisions about people.
- A tenth of the training groups is few clips, so the threshold is a rough one: compare the precision asked
  for with that on the test clips above.
"""


def text(name: str, run: ExportedRun, size_bytes: int) -> str:
    """Markdown: what it is, what it reaches and where it comes from."""
    facts = shipping.shipped_facts(run)
    steps, every = run.recipe["steps"], run.recipe["frame_step"]
    head = _HEAD.format(
        name=name,
        classes=len(run.classes),
        paper=run.paper,
        dataset=run.dataset,
        split=run.split,
        seed=run.seed,
        megabytes=size_bytes / 1e6,
        names=", ".join(each.replace("_", " ") for each in run.classes),
        every=every,
        frames=steps * every,
    )
    parts = [
        head,
        _accuracy(facts["test"]),
        _sure(run, facts["test"]),
        _unknown(facts.get("unknown")),
        _LIMITS,
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part)


def _accuracy(test: Mapping[str, Any]) -> str:
    parts = list(test["accuracy"])
    rows = [
        [
            f"**all, over {over}**",
            str(test["videos"]),
            *(_percent(test["accuracy"][part][over]) for part in parts),
        ]
        for over in ("clips", "classes")
    ]
    rows += [
        [name, str(of["videos"]), *(_percent(of.get(part)) for part in parts)]
        for name, of in test["by_class"].items()
    ]
    about = "Test clips whose class is named after the first part of each, in percent (mean of its frames)."
    return f"## Accuracy\n\n{about}\n\n" + _table(["class", "clips", *parts], rows)


def _sure(run: ExportedRun, test: Mapping[str, Any]) -> str:
    sure = certainty.of_run(run)
    assert sure is not None
    least = "none" if sure.threshold is None else f"{100 * sure.threshold:.0f} %"
    about = (
        f"Sure from a confidence of {least} on (temperature {sure.temperature:.2f}): then "
        f"{100 * sure.precision:.0f} % of the sure ones are right on {sure.videos} held-out clips, "
        f"of which {100 * sure.coverage:.0f} % are sure ({', '.join(sure.parts)} of each). On test clips:"
    )
    rows = [[part, _percent(of["coverage"]), _percent(of["precision"])] for part, of in test["sure"].items()]
    samples = [[of["class"], of["label"], of["best"], _percent(of["confidence"])] for of in test["samples"]]
    drawn = f"{len(samples)} test clips, drawn by seed {run.seed}, whole:"
    return (
        f"## Sure or uncertain\n\n{about}\n\n"
        + _table(["after", "sure, %", "of these right, %"], rows)
        + f"\n{drawn}\n\n"
        + _table(["class", "prediction", "best", "confidence, %"], samples)
    )


def _unknown(unknown: Mapping[str, Any] | None) -> str:
    if unknown is None:
        return ""
    taken = f"; the others are taken for {', '.join(unknown['taken_for'])}" if unknown["taken_for"] else ""
    count, uncertain = unknown["videos"], unknown["uncertain"]
    return f"Of {count} videos of actions that it does not know, {uncertain} are uncertain{taken}.\n"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
