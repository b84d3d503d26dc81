# %% [markdown]
# # Paper 2: Encouraging LSTMs to Anticipate Actions Very Early
#
# The claim: with context-aware and action-aware features, a two-stage LSTM and a loss that asks for the right
# class from the first frame on, most of a video's accuracy is there after the first few frames. This notebook
# runs the paper on the demo set and looks at each step.

# %% tags=["parameters"]
PRESET = "demo"
DATA = None  # None: the project's own demo set
OUT = None  # None: the project's own folders for runs and results
ROWS = ["all"]  # the beginnings of rows, as `--rows` takes them

# %%
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from repro.paper2 import PAPER
from repro.paper2.recipe import recipe
from repro.provenance import as_markdown

settings = recipe(PRESET)
print(as_markdown(settings))

# %% [markdown]
# ## The networks
#
# A frozen VGG-16 trunk; from conv5-2 one path to fc7 (context), and one to class activation maps whose map of
# the predicted class gates conv5-3 (action). Below at the preset's size; `bash run.sh summary paper2` prints
# the full one.

# %%
networks = PAPER.networks(settings, 12)
networks["frame network, fine-tuning"].summary(line_length=100)
networks["multi-stage LSTM"].summary(line_length=100)

# %% [markdown]
# ## The loss
#
# A missed class costs the same at every frame, a false alarm ever more (Eq. 1). Here is what one wrong
# prediction costs at each frame under the four losses.

# %%
import keras

from repro.anticipation.losses import by_name

tensor = keras.ops.convert_to_tensor
T, K = settings.steps, 12
truth = np.zeros((1, T, K), np.float32)
truth[..., 0] = 1
base = np.full((1, T, K), 0.1 / (K - 1), np.float32)
base[..., 0] = 0.9
for name in ("anticipation", "ce", "ece", "lgl"):
    loss = by_name(name)
    right = float(keras.ops.convert_to_numpy(loss(tensor(truth), tensor(base))))
    costs = []
    for t in range(T):
        wrong = base.copy()
        wrong[0, t, [0, 1]] = wrong[0, t, [1, 0]]
        costs.append(float(keras.ops.convert_to_numpy(loss(tensor(truth), tensor(wrong)))) - right)
    plt.plot(range(1, T + 1), np.array(costs) / max(costs), label=name)
plt.xlabel("frame t")
plt.ylabel("cost of a wrong class at t, of its largest")
plt.legend()
plt.show()

# %% [markdown]
# ## Training and evaluation
#
# The same call as `bash run.sh paper2 demo`. What an earlier run finished is reused.

# %%
from repro.cli import main

command = ["paper2", "demo", "--preset", PRESET, "--rows", *ROWS]
command += ["--data", str(DATA)] if DATA else []
command += ["--out", str(OUT)] if OUT else []
assert main(command) == 0

# %% [markdown]
# ## Accuracy against the observed frames (Figs. 5 and 6)

# %%
from repro.paths import default_paths

run = default_paths(Path(OUT) if OUT else None).runs / "paper2" / f"demo-split1-{PRESET}-seed0"
for picture in ("losses.png", "features.png", "confusion.png"):
    plt.figure(figsize=(12, 7))
    plt.imshow(plt.imread(run / "figures" / picture))
    plt.axis("off")
    plt.show()

# %% [markdown]
# ## What the gate does (Fig. 7)
#
# The channel mean of conv5-3 before and after it is multiplied by the map of the class that the network
# predicts for this frame. No label takes part.

# %%
plt.figure(figsize=(12, 16))
plt.imshow(plt.imread(run / "figures" / "gate.png"))
plt.axis("off")
plt.show()

# %% [markdown]
# ## Frame by frame
#
# The trained network as a stream: one frame and the state go in, probabilities and the new state come out.

# %%
from repro.demo.renderer import render_clip
from repro.papers import load_predictor

stream = load_predictor(run).stream
clip = render_clip(seed=0, label="LongJump", group=2, clip=1)  # group 2 belongs to the test split
state = stream.start()
averaged = []
for frame in clip.frames[: settings.steps]:
    prediction, state = stream.step(frame, state)
    averaged.append(prediction.averaged)
averaged = np.array(averaged)
for label in np.argsort(-averaged.max(axis=0))[:4]:
    plt.plot(range(1, len(averaged) + 1), averaged[:, label], label=stream.classes[label])
plt.xlabel("observed frames")
plt.ylabel("mean probability so far")
plt.title("a long jump: ambiguous until it leaves the ground")
plt.legend()
plt.show()
