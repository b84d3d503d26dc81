# %% [markdown]
# # Paper 1: Deep Action- and Context-Aware Sequence Learning
#
# Two features of every frame, one of the whole image and one of the region where the action is, go into a
# two-stage LSTM, with a loss that punishes a false positive ever more as time goes on. This notebook runs the
# paper's fusion and loss tables on the demo set and looks at each part.

# %% tags=["parameters"]
PRESET = "demo"
DATA = None  # None: the project's own demo set
OUT = None  # None: the project's own folders for runs and results
ROWS = ["table3", "table4", "fractions"]  # the beginnings of rows, as `--rows` takes them

# %%
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from repro.paper1 import PAPER
from repro.paper1.recipe import recipe
from repro.provenance import as_markdown

settings = recipe(PRESET)
print(as_markdown(settings))

# %% [markdown]
# ## The networks of Table 4
#
# Four ways to join the two features over time: side by side into one LSTM, one LSTM each, and the two-stage
# LSTM in both orders. The parameter counts are those of this preset; `bash run.sh summary paper1` prints the
# full ones (117,870,794 for the two-stage LSTM with 101 classes).

# %%
networks = PAPER.networks(settings, 12)
for name in ("concatenation (Table 4)", "parallel (Table 4)", "multi-stage LSTM"):
    print(f"{name}: {networks[name].count_params():,} parameters")
networks["multi-stage LSTM"].summary(line_length=100)

# %% [markdown]
# ## Training and evaluation
#
# The same call as `bash run.sh paper1 demo --rows table3 table4 fractions`. What an earlier run finished is
# reused; the frame network is the one that paper 2 uses too.

# %%
from repro.cli import main

command = ["paper1", "demo", "--preset", PRESET, "--rows", *ROWS]
command += ["--data", str(DATA)] if DATA else []
command += ["--out", str(OUT)] if OUT else []
assert main(command) == 0

# %% [markdown]
# ## Accuracy against the observed frames (Fig. 4), class by class, and when the right class is first

# %%
from repro.paths import default_paths

run = default_paths(Path(OUT) if OUT else None).runs / "paper1" / f"demo-split1-{PRESET}-seed0"
for picture in ("losses.png", "features.png", "per_class.png", "time_to_action.png", "reliability.png"):
    plt.figure(figsize=(12, 7))
    plt.imshow(plt.imread(run / "figures" / picture))
    plt.axis("off")
    plt.show()

# %% [markdown]
# ## What the gate does (Fig. 1)
#
# The channel mean of conv5-3, the class activation map of the predicted class, and conv5-3 after the gate.

# %%
plt.figure(figsize=(12, 16))
plt.imshow(plt.imread(run / "figures" / "gate.png"))
plt.axis("off")
plt.show()

# %% [markdown]
# ## Optical flow (Table 7)
#
# Flow between neighbouring frames, as the temporal network sees it: x and y of the last ten fields, coded in
# 0..255 with 128 for no motion. `bash run.sh paper1 demo --rows table7` trains it and feeds it into stage 2.

# %%
from repro.demo.renderer import render_clip
from repro.flow.coding import quantise, stack
from repro.flow.tvl1 import METHODS, flow_between

clip = render_clip(seed=0, label="HighJump", group=2, clip=1).frames
flow = flow_between(clip[:24], METHODS["fast"])
stacked = stack(quantise(flow), 23)
figure, axes = plt.subplots(1, 4, figsize=(14, 3))
axes[0].imshow(clip[23])
axes[0].set_title("frame 24")
axes[1].imshow(np.hypot(flow[-1, ..., 0], flow[-1, ..., 1]))
axes[1].set_title("speed, px per frame")
axes[2].imshow(stacked[..., -2], cmap="gray", vmin=98, vmax=158)
axes[2].set_title("x, coded")
axes[3].imshow(stacked[..., -1], cmap="gray", vmin=98, vmax=158)
axes[3].set_title("y, coded")
for axis in axes:
    axis.axis("off")
plt.show()
