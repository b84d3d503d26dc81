"""Tables, figures and the overlay video of a finished run, and the tables of all results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repro import runner, score_file
from repro.atomic import write_text
from repro.evaluation import accuracy, anticipation, pooling
from repro.paper2 import pipeline
from repro.paper2.experiments import FRACTIONS
from repro.paths import shown
from repro.report import maps, overlays, plots
from repro.report.tables import Cell, TableRow, compose, markdown_table, text_table
from repro.training.job import Job
from repro.types import Scores, VideoRef
from repro.video import decode, encode

OURS = "context+action-ms_lstm-anticipation"  # the model the paper proposes, by `sequence_name`
FIGURE_7_CLASSES = 6


def report_run(
    job: Job, heading: str, results: Sequence[Path], score_files: Mapping[str, Path], frame_weights: Path
) -> None:
    """Everything a run shows: `table.txt`, `figures/*.png`, `early_warning.webm`, in the run folder.

    score_files: by `sequence_name`. frame_weights: of the fine-tuned frame network.
    """
    folder = job.folder.path
    figures = folder / "figures"
    text = f"{heading}\n\n{results_tables(results, text_table)}"
    write_text(folder / "table.txt", text + "\n")
    print(f"\n{text}\n\n      table     {shown(folder / 'table.txt')}")

    scores = {name: score_file.read(path) for name, path in score_files.items()}
    _curves(figures, heading, scores, len(job.split.classes))
    main = OURS if OURS in scores else next(iter(scores))
    _confusion(figures, heading, main, scores[main], job.split.classes)
    _training(figures, folder, list(scores))
    _figure_7(figures, heading, job, frame_weights)
    print(f"      figures   {shown(figures)}")
    video = early_warning(folder / "early_warning.webm", job, scores[main])
    print(f"      video     {shown(video)} (plays in a browser)")


def results_tables(results: Sequence[Path], table: Any) -> str:
    """The result files as text: accuracies over the observed part, then the rows the paper prints."""
    contents = [runner.load(path) for path in results]
    parts = []
    for averaged in (True, False):
        lines = [
            TableRow(content["row"].rsplit(", ", 1)[0], _cells(content))
            for content in contents
            if content["metric"] == "accuracy_at_fractions"
            and content["metric_options"]["pooled"] is averaged
        ]
        if lines:
            way = "mean of the probabilities of frames 1..t" if averaged else "frame t alone, no averaging"
            parts.append(f"Accuracy in % after part of the clip ({way})\n{table(*compose(FRACTIONS, lines))}")
    printed = [content for content in contents if content["metric"] != "accuracy_at_fractions"]
    if printed:
        described = [
            [
                f"table {c['table']}" if c["table"].isdigit() else c["table"],
                c["row"],
                _observed(c),
                *_values(c),
            ]
            for c in printed
        ]
        parts.append(
            "Rows of the paper's tables\n"
            + table(("", "row", "observed", "own", "printed", "state"), described)
        )
    return "\n\n".join(parts)


def _cells(content: Mapping[str, Any]) -> dict[str, Cell]:
    own = content["own"]
    return {name: Cell(own["mean"][name], own["std"][name], len(own["seeds"])) for name in own["mean"]}


def _observed(content: Mapping[str, Any]) -> str:
    options = content["metric_options"]
    return f"{options['observed']}{', ' + options['class_name'] if 'class_name' in options else ''}"


def _values(content: Mapping[str, Any]) -> tuple[str, str, str]:
    own, std = content["own"]["mean"]["value"], content["own"]["std"]["value"]
    printed = "" if content["printed"] is None else f"{content['printed']:g} (full recipe)"
    return f"{own:.1f}" + ("" if std is None else f" ± {std:.1f}"), printed, content["state"]


def _curves(figures: Path, heading: str, scores: Mapping[str, Scores], classes: int) -> None:
    """Figs. 5 and 6 (losses) and the same for the features: accuracy after t = 1..T frames."""
    pictures = {
        "losses.png": ("multi-stage LSTM by loss", [n for n in scores if n.startswith("context+action")]),
        "features.png": ("anticipation loss by features", [n for n in scores if n.endswith("-anticipation")]),
    }
    for file, (what, names) in pictures.items():
        curves = [
            plots.Curve(
                label=name.rsplit("-", 1)[1] if file == "losses.png" else name.split("-")[0],
                seen=list(range(1, scores[name].scores.shape[1] + 1)),
                percent=list(100 * anticipation.curve(scores[name], pooled=averaged)),
                averaged=averaged,
            )
            for name in names
            for averaged in (True, False)
        ]
        if curves:
            plots.accuracy_curves(
                figures / file,
                curves,
                title=f"{what}; {heading}",
                x_label="observed frames",
                chance_percent=100 / classes,
            )


def _confusion(figures: Path, heading: str, name: str, scores: Scores, classes: Sequence[str]) -> None:
    predicted = anticipation.predictions_after(scores, "100%", pooled=True)
    matrix = accuracy.confusion_matrix(scores.labels, predicted, len(classes))
    plots.confusion(figures / "confusion.png", matrix, classes, title=f"{name}, whole clips; {heading}")


def _training(figures: Path, folder: Path, names: Sequence[str]) -> None:
    plots.training_curves(
        figures / "fine_tune.png", folder / "fine_tune" / "history.csv", title="fine-tuning"
    )
    for name in names:
        history = folder / "sequence" / name / "history.csv"
        plots.training_curves(figures / f"train-{name}.png", history, title=name)


def _figure_7(figures: Path, heading: str, job: Job, frame_weights: Path) -> None:
    """conv5-3 before and after the gate for one test video of several classes, evenly spread."""
    count = len(job.split.classes)
    labels = sorted({round(i * (count - 1) / (FIGURE_7_CLASSES - 1)) for i in range(FIGURE_7_CLASSES)})
    refs = [ref for ref in (_first_of(job.split.test, label) for label in labels) if ref is not None]
    rows = [
        maps.FrameMaps(
            class_name=job.split.classes[ref.label],
            frame=shown["frame"],
            conv5_3=shown["conv5_3"],
            gated=shown["gated"],
            class_map=shown["map"],
        )
        for ref, shown in zip(refs, pipeline.gate_maps(job, frame_weights, refs), strict=True)
    ]
    maps.activation_maps(figures / "gate.png", rows, title=f"the gate on conv5-3; {heading}")


def _first_of(refs: Sequence[VideoRef], label: int) -> VideoRef | None:
    return next((ref for ref in refs if ref.label == label), None)


def early_warning(path: Path, job: Job, scores: Scores) -> Path:
    """A test clip with the averaged probabilities drawn in: one that becomes clear about half-way.

    Of the clips it gets right, the one whose class is first for good nearest to the middle. The label
    chooses the clip and is written into the picture; the prediction has never seen it.
    """
    said = pooling.cumulative_mean(scores.scores)
    index = min(range(len(scores.video_ids)), key=lambda video: _from_the_middle(said[video], scores, video))
    ref = next(r for r in job.split.test if r.video_id == scores.video_ids[index])
    frames = int(scores.observed_frames[index])
    clip = decode.read_clip(ref.path, segment=ref.segment, limit=frames)
    fps = decode.probe(ref.path).fps or 25.0
    drawn = overlays.overlay_frames(
        clip, said[index, :frames], job.split.classes, fps=fps, true_label=job.split.classes[ref.label]
    )
    encode.write_video(path, drawn, fps)
    return path


def _from_the_middle(said: Any, scores: Scores, video: int) -> float:
    """How far from the middle of the clip the right class became first for good; infinite if it never did."""
    frames = int(scores.observed_frames[video])
    first = said[:frames].argmax(axis=-1) == scores.labels[video]
    if not first[-1]:
        return float("inf")
    wrong = (~first).nonzero()[0]
    return abs((int(wrong[-1]) + 1 if len(wrong) else 0) - frames / 2)


def results_markdown(results: Path) -> str:
    """All result files under `results/`, by paper, data set and preset, as Markdown tables."""
    parts = ["# Results", "Made by `bash run.sh report` from the JSON files beside it."]
    for folder in sorted({path.parent for path in results.glob("paper*/*/*.json")}):
        files = sorted(folder.glob("*.json"))
        first = runner.load(files[0])
        run = first["runs"][-1]
        seeds = sorted({r["seed"] for path in files for r in runner.load(path)["runs"]})
        parts.append(f"## {folder.parent.name} on {first['run_on']}, preset {first['preset']}")
        parts.append(
            f"Pre-training: {run['pretraining']}. Seeds: {', '.join(map(str, seeds))}. "
            f"{run['test_clips']} test clips. "
            f"Device: {run['device']}. Command: `{run['command']}`."
        )
        text = results_tables(files, markdown_table)
        parts += [part.replace("\n|", "\n\n|", 1) for part in text.split("\n\n")]
    return "\n\n".join(parts) + "\n"
