# %% [markdown]
# # A tour of the demo data set
#
# Real data sets cannot be shipped, so this one is drawn: articulated figures acting in scenes, rendered into
# ordinary video files from a seed. It is an instrument. Some actions share their beginning, some differ only
# in motion, and the scene helps but does not suffice, so that what the papers claim can be tested in minutes.

# %% tags=["parameters"]
CLIPS_PER_GROUP = 3  # 4 is the full set
GROUPS = 25  # sources per class; one source never falls on both sides of a split
FOLDER = None  # None: the project's own place for it

# %%
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from repro import datasets
from repro.demo.contact_sheet import contact_sheet
from repro.demo.make import make
from repro.demo.renderer import render_clip, render_part
from repro.paths import default_paths

folder = Path(FOLDER) if FOLDER else default_paths().data / "demo"
make(folder, clips_per_group=CLIPS_PER_GROUP, groups=GROUPS)
split = datasets.load_split("demo", folder, "1")
print(f"{len(split.train)} training and {len(split.test)} test clips of {len(split.classes)} classes")

# %% [markdown]
# ## The actions
#
# One clip of each class, from its first frame to its last. Run, high jump and long jump share the run-up;
# sitting down and standing up are the same poses in the other order.

# %%
plt.figure(figsize=(16, 18))
plt.imshow(contact_sheet())
plt.axis("off")
plt.show()

# %% [markdown]
# ## What is known about every clip
#
# The renderer writes the actor's box, 15 joints, a mask and the interval of the action beside each video.

# %%
clip = render_clip(seed=0, label="HighJump", group=3, clip=1)
figure, axes = plt.subplots(1, 4, figsize=(16, 3.4))
for axis, t in zip(axes, np.linspace(0, len(clip.frames) - 1, 4).astype(int), strict=True):
    left, top, width, height = clip.boxes_px[t]
    axis.imshow(clip.frames[t])
    axis.add_patch(plt.Rectangle((left, top), width, height, fill=False, color="yellow", linewidth=2))
    axis.scatter(*clip.joints_px[:, :, t], s=12, color="red")
    axis.contour(clip.mask[:, :, t] > 0, levels=[0.5], colors="cyan", linewidths=0.8)
    axis.set_title(f"frame {t}")
    axis.axis("off")
plt.show()

# %% [markdown]
# ## Actor without scene, scene without actor
#
# Rendering either alone measures what each is worth to a network; the figures stand in
# `repro/demo/README.md`.

# %%
figure, axes = plt.subplots(1, 3, figsize=(15, 4))
ways = {"whole": {}, "actor alone": {"background": False}, "scene alone": {"actor": False}}
for axis, (name, how) in zip(axes, ways.items(), strict=True):
    axis.imshow(render_part(seed=0, label="GolfSwing", group=5, clip=1, count=1, **how)[0])
    axis.set_title(name)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## What training sees
#
# Paper 2's augmentation: flip, rotation by up to 8 degrees, a 4:3 cut-out of 0.8 to 1, resizing to a square,
# channel shift, then brightness, contrast and saturation. Every change is drawn from (seed, epoch, clip,
# frame), so a resumed training sees the same pictures.

# %%
from repro.anticipation.features import augmentation
from repro.augment import affine, jitter, sample
from repro.paper2.recipe import recipe
from repro.video import geometry

demo = recipe("demo")
frame = clip.frames[len(clip.frames) // 2]
figure, axes = plt.subplots(1, 8, figsize=(16, 2.4))
for number, axis in enumerate(axes):
    change = sample(augmentation(demo), np.random.default_rng(number), *frame.shape[:2])
    square = geometry.warp(frame, affine(change, *frame.shape[:2], demo.size_px), demo.size_px)
    axis.imshow(jitter(square, change))
    axis.axis("off")
plt.show()
