"""One script for the minutes in which a GPU is at hand: `python3 -m benchmarks.gpu`; see ../README.md.

Ours runs under the engine that `KERAS_BACKEND` names, JAX or PyTorch, beside plain PyTorch on the same card
in the same process. Nothing here imports TensorFlow.
"""
