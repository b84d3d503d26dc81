# %% [markdown]
# # Paper 4: VideoLSTM Convolves, Attends and Flows
#
# The claim: an LSTM that keeps the plane of the image (convolutions instead of matrix products), that looks
# where a soft attention map points, and whose attention follows motion, recognises actions better, and its
# attention maps alone say where the action is. This notebook runs the paper on the demo set, step by step.

# %% tags=["parameters"]
PRESET = "demo"
DATA = None  # None: the project's own demo set
OUT = None  # None: the project's own folders for runs and results
ROWS = ["all"]  # the beginnings of rows, as `--rows` takes them

# %%
from pathlib import Path

from matplotlib import pyplot as plt

from repro.paper4.networks import networks
from repro.paper4.recipe import recipe
from repro.provenance import as_markdown

settings = recipe(PRESET)
print(as_markdown(settings))

# %% [markdown]
# ## The networks
#
# Two VGG-16, one on frames and one on flow; six recurrent models that read their features. Below at the
# preset's size; `bash run.sh summary paper4` prints the full ones.

# %%
built = networks(settings, classes=12)
for name in ("LSTM", "ConvALSTM", "VideoLSTM"):
    built[name].summary(line_length=100)

# %% [markdown]
# ## Training and evaluation
#
# The same call as `bash run.sh paper4 demo`. What an earlier run finished is reused.

# %%
from repro.cli import main

command = ["paper4", "demo", "--preset", PRESET, "--rows", *ROWS]
command += ["--data", str(DATA)] if DATA else []
command += ["--out", str(OUT)] if OUT else []
assert main(command) == 0

# %%
from repro.paths import default_paths

run = default_paths(Path(OUT) if OUT else None).runs / "paper4" / f"demo-split1-{PRESET}-seed0"


def show(name: str, height: float = 7) -> None:
    plt.figure(figsize=(12, height))
    plt.imshow(plt.imread(run / "figures" / name))
    plt.axis("off")
    plt.show()


# %% [markdown]
# ## Where the models look
#
# The attention map of every architecture on the same test clip. They never had a box to learn from.

# %%
show("attention.png", 9)

# %% [markdown]
# ## From attention to a box (Fig. 3)
#
# The map is enlarged and smoothed; what reaches 100 of 255 makes components; their rectangles are linked over
# time and smoothed by a locally weighted line.

# %%
show("localisation_steps.png", 4)
show("tube.png", 4)

# %% [markdown]
# ## How well the tubes fit (Fig. 4)
#
# One tube per video, compared with the drawn actor's boxes: recall and mean average precision against the
# least spatio-temporal overlap that counts.

# %%
show("recall.png")
show("map.png")

# %% [markdown]
# ## What the memory holds
#
# The channels of VideoLSTM's memory cell that vary most, over the frames of a clip: they are maps, so they
# can be drawn.

# %%
show("cell_states.png", 8)
