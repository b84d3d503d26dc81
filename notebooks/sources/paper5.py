# %% [markdown]
# # Paper 5: Joint Attention on Multi-Level Deep Features
#
# The claim: an LSTM whose gates mix two levels of a convolutional network, which looks at both through one
# attention map, and whose map in turn teaches the networks below it, recognises actions better than one level
# alone, better than no such network, and learns faster. This notebook runs the paper on the demo set.

# %% tags=["parameters"]
PRESET = "demo"
DATA = None  # None: the project's own demo set
OUT = None  # None: the project's own folders for runs and results
ROWS = ["all"]  # the beginnings of rows, as `--rows` takes them

# %%
from pathlib import Path

from matplotlib import pyplot as plt

from repro.paper5.networks import networks
from repro.paper5.recipe import recipe
from repro.provenance import as_markdown

settings = recipe(PRESET)
print(as_markdown(settings))

# %% [markdown]
# ## The networks
#
# VGG-16 gives pool4 and conv5-3 of every frame. Everything behind it is one model: while it trains, with a
# classifier for each branch; at test time, without. Below at the preset's size; `bash run.sh summary paper5`
# prints the full ones.

# %%
built = networks(settings, classes=12)
for name in ("joint attention, late fusion", "at test time"):
    built[name].summary(line_length=110)

# %% [markdown]
# ## Training and evaluation
#
# The same call as `bash run.sh paper5 demo`. What an earlier run finished is reused.

# %%
from repro.cli import main

command = ["paper5", "demo", "--preset", PRESET, "--rows", *ROWS]
command += ["--data", str(DATA)] if DATA else []
command += ["--out", str(OUT)] if OUT else []
assert main(command) == 0

# %%
from repro.paths import default_paths

run = default_paths(Path(OUT) if OUT else None).runs / "paper5" / f"demo-split1-{PRESET}-seed0"


def show(name: str, height: float = 7) -> None:
    plt.figure(figsize=(12, height))
    plt.imshow(plt.imread(run / "figures" / name))
    plt.axis("off")
    plt.show()


# %% [markdown]
# ## Two levels, one attention (Fig. 2)
#
# The energy of each branch's maps, a share for every place, above the attention that is read with both.

# %%
show("joint_maps.png")

# %% [markdown]
# ## Does the regulariser speed up learning? (Fig. 5)
#
# The LSTM's own loss, update by update, with the attention regulariser and without; everything else is equal,
# the seed too.

# %%
show("convergence.png", 5)

# %% [markdown]
# ## Where it looks (Fig. 6)
#
# The attention as brightness over a frame of eight classes.

# %%
show("attention.png", 6)

# %% [markdown]
# ## After one epoch and after three (Fig. 7)

# %%
show("confusion_by_epoch.png", 6)
