"""What a run of paper 4 shows: how well its tubes overlap the true ones, and where its models look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from repro.evaluation.tubes import st_iou
from repro.experiment import figures
from repro.localisation import tube_file
from repro.localisation.saliency import saliency
from repro.localisation.tube_file import Entry
from repro.paper4 import localise
from repro.paper4.localise import Outputs
from repro.paper4.networks import kind
from repro.paper4.pipeline import Pipeline
from repro.paper4.recipe import Recipe
from repro.report import plots
from repro.report.figure import OURS
from repro.report.tubes import tube_frames, tube_strip
from repro.types import InputError, Tube, VideoRef
from repro.video.clip import Clip
from repro.video.encode import write_video

WORDS = {
    "lstm": "LSTM",
    "alstm": "ALSTM",
    "conv_lstm": "ConvLSTM",
    "conv_alstm": "ConvALSTM",
    "motion_alstm": "motion ALSTM",
    "video_lstm": "VideoLSTM",
}


def _label(model: str) -> str:
    """Of a curve."""
    return model + (OURS if model == WORDS["video_lstm"] else "")


class Figures(figures.Figures[Pipeline]):
    """Figs. 3 and 4, where every model looks, and the main model's tube in one test video."""

    words: ClassVar = {"rgb": "RGB", **WORDS}

    def networks(self) -> Iterator[tuple[str, str, Path]]:
        base = self.experiment.recipe
        return (
            (kind(base, s), f"{base.network} on {self.words.get(s, s)}", path)
            for s, path in self.pipeline.networks.items()
        )

    def render(self) -> Path | None:
        self.overlaps()
        return self.attention()

    def overlaps(self) -> None:
        """Recall and mAP against the least overlap (Fig. 4), over all seeds there are."""
        for metric, file, words in (
            ("recall", "recall.png", "recall of the true tubes"),
            ("tube_map", "map.png", "mean average precision"),
        ):
            curves = [
                self._curve(content)
                for content in self.results
                if content["metric"] == metric and content["id"].startswith("fig4")
            ]
            if curves:
                plots.threshold_curves(
                    self.folder / file, curves, y_label=words, title=f"one tube per video; {self.heading}"
                )

    def _curve(self, content: Mapping[str, Any]) -> plots.ThresholdCurve:
        own = content["own"]
        std = [own["std"][name] for name in own["mean"]]
        return plots.ThresholdCurve(
            label=_label(content["row"].split(",")[0]),
            thresholds=[float(name) for name in own["mean"]],
            values=[value / 100 for value in own["mean"].values()],
            std=None if None in std else [value / 100 for value in std],
            smoothed=content["metric_options"]["smoothed"],
        )

    def attention(self) -> Path | None:
        """Where every model looks in one test video, and the main model's tube there."""
        path = self.experiment.folder.path / "tubes" / f"{self.main}.npz"
        tubes = tube_file.read(path) if path.exists() else {}
        ref, truth = self._example(tubes)
        frames: Any = Clip(ref.path, self.experiment.lengths_frames[ref.video_id], ref.segment)
        of_model = {name: self._look(recipe, ref) for name, recipe in self._looking().items()}
        if not of_model:
            return None
        rows = {name: self._row(outputs) for name, outputs in of_model.items()}
        label = self.classes[ref.label]
        title = f"attention on RGB, {ref.video_id}"
        plots.attention_grid(self.folder / "attention.png", frames, rows, title=title, true_label=label)
        maps = {name: outputs for name, outputs in of_model.items() if outputs.cell.ndim == 4}
        if maps:
            name = "VideoLSTM" if "VideoLSTM" in maps else next(iter(maps))
            title = f"memory of {name}: the channels that vary most, {ref.video_id}"
            plots.cell_states(self.folder / "cell_states.png", frames, maps[name].cell, title=title)
        recipe = self.pipeline.models[self.main]
        chosen = of_model.get(WORDS[recipe.architecture])
        if not tubes or chosen is None or chosen.attention is None:
            return None
        return self._tube(ref, frames, chosen, tubes[ref.video_id].tubes.smoothed, truth, recipe)

    def _example(self, tubes: Mapping[str, Entry]) -> tuple[VideoRef, list[Tube]]:
        """The test video whose tube is of median quality: neither the best nor the worst is typical."""
        refs = {ref.video_id: ref for ref in self.experiment.split.test}
        try:
            truth = self.pipeline.actors if tubes else {}
        except InputError:
            truth = {}
        if not truth:
            return self.experiment.split.test[0], []
        quality = {
            video_id: max(st_iou(tubes[video_id].tubes.smoothed, tube) for _, tube in actors)
            for video_id, actors in truth.items()
        }
        ranked = sorted(quality, key=lambda video_id: (quality[video_id], video_id))
        video_id = ranked[len(ranked) // 2]
        return refs[video_id], [tube for _, tube in truth[video_id]]

    def _looking(self) -> dict[str, Recipe]:
        """The recurrent models on RGB that this run trained, by the paper's words."""
        return {
            WORDS[recipe.architecture]: recipe
            for name, recipe in self.pipeline.models.items()
            if recipe.stream == "rgb"
            and name == f"rgb-{recipe.architecture}"
            and recipe.architecture in WORDS
        }

    def _look(self, recipe: Recipe, ref: VideoRef) -> Outputs:
        trained = self.pipeline.trained[self.pipeline.trained_name(recipe)]
        return localise.viewer(self.experiment, self.pipeline.features(recipe), recipe, trained)(ref)

    def _row(self, outputs: Outputs) -> plots.AttentionRow:
        best = outputs.frame.argmax(axis=1)
        return plots.AttentionRow(
            labels=[self.classes[k] for k in best],
            probabilities=outputs.frame.max(axis=1),
            maps=outputs.attention,
        )

    def _tube(
        self, ref: VideoRef, frames: Any, outputs: Outputs, tube: Tube, truth: list[Tube], recipe: Recipe
    ) -> Path:
        """Fig. 3 and the tube as a strip and as a video."""
        assert outputs.attention is not None
        maps = saliency(outputs.attention, recipe.upscale, recipe.sigma_px, recipe.saliency_norm)
        title = f"{WORDS[recipe.architecture]}, {ref.video_id}"
        middle = len(frames) // 2
        if self.pipeline.flow is not None:
            plots.localisation_steps(
                self.folder / "localisation_steps.png",
                frames[middle],
                self.pipeline.flow.read(ref)[min(middle, len(frames) - 2)],
                outputs.attention[middle],
                maps[middle],
                tube.boxes[middle],
                [actor.boxes[actor.frames == middle][0] for actor in truth if middle in actor.frames],
                title=f"{title}, frame {middle + 1}",
                theta=recipe.theta,
            )
        tube_strip(self.folder / "tube.png", frames, tube, truth, title=title)
        video = self.experiment.folder.path / "tube.webm"
        fps = figures.fps_of(ref)
        write_video(video, tube_frames(frames, tube, truth, caption=title, fps=fps, saliency=maps), fps)
        return video
