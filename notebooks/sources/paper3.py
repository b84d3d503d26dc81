# %% [markdown]
# # Paper 3: Action Classification and Highlighting in Videos
#
# The claim: an LSTM over C3D's view of short chunks recognises actions better when, before every step, soft
# attention adds single frames as read by a network of objects, actions or scenes; and the weights of the
# attention say which frames of the video mattered. This notebook runs the paper on the demo set.

# %% tags=["parameters"]
PRESET = "demo"
DATA = None  # None: the project's own demo set
OUT = None  # None: the project's own folders for runs and results
ROWS = ["all"]  # the beginnings of rows, as `--rows` takes them

# %%
from pathlib import Path

from matplotlib import pyplot as plt

from repro.paper3.networks import networks, windows
from repro.paper3.recipe import recipe
from repro.provenance import as_markdown

settings = recipe(PRESET)
print(as_markdown(settings))

# %% [markdown]
# ## A window, read twice
#
# C3D sees chunks of consecutive frames, VGG-19 single frames at even distances. These are the rows of stored
# features that the window starting at frame 0 reads.

# %%
window = windows(settings)
print(
    f"{window.steps} chunks of {window.chunk_frames} frames, from rows {window.chunk_rows([0])[0].tolist()}"
)
print(f"{window.attended} attended frames, rows {window.attended_rows([0])[0].tolist()}")

# %% [markdown]
# ## The networks
#
# Below at the preset's size; `bash run.sh summary paper3` prints the full ones.

# %%
built = networks(settings, classes=12)
for name in ("C3D", "aLSTM-VGG_act (fc8)"):
    built[name].summary(line_length=100)

# %% [markdown]
# ## Training and evaluation
#
# The same call as `bash run.sh paper3 demo`. What an earlier run finished is reused.

# %%
from repro.cli import main

command = ["paper3", "demo", "--preset", PRESET, "--rows", *ROWS]
command += ["--data", str(DATA)] if DATA else []
command += ["--out", str(OUT)] if OUT else []
assert main(command) == 0

# %%
from repro.paths import default_paths

run = default_paths(Path(OUT) if OUT else None).runs / "paper3" / f"demo-split1-{PRESET}-seed0"


def show(name: str, height: float = 7) -> None:
    plt.figure(figsize=(12, height))
    plt.imshow(plt.imread(run / "figures" / name))
    plt.axis("off")
    plt.show()


# %% [markdown]
# ## What the attention prefers (Figs. 3 and 2)
#
# The attended frames of one window, dimmed by the weights of three models, and the frames with the highest
# and the lowest weight in some test videos.

# %%
show("filmstrip.png", 5)
show("extremes.png", 9)

# %% [markdown]
# ## Does it find the action?
#
# The drawn clips know when their action happens. The average precision of the weights as a detector of these
# frames says how much highlighting is worth; equal weights and a bell around the middle look at nothing.

# %%
show("attention_over_time.png", 5)
show("highlighting.png", 6)

# %% [markdown]
# ## Which classes gain (Fig. 5), and what is confused

# %%
show("gains.png", 4)
show("confusion.png", 8)

# %% [markdown]
# ## A highlight reel
#
# `bash run.sh predict --highlight VIDEO` does the same for any video.

# %%
from repro.datasets import load_split

data = Path(DATA) if DATA else default_paths().data / "demo"
video = load_split("demo", data, "1").test[0].path
assert (
    main(
        [
            "predict",
            "--highlight",
            str(video),
            "--run",
            str(run),
            "--out",
            str(run / "reel"),
            "--seconds",
            "0.4",
        ]
    )
    == 0
)
plt.figure(figsize=(12, 5))
plt.imshow(plt.imread(run / "reel" / f"{video.stem}-timeline.png"))
plt.axis("off")
plt.show()
