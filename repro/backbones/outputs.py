"""The last layer of a fine-tuned network: raw scores to probabilities, of one class or of several."""

from __future__ import annotations

from keras import layers

OUTPUTS = ("softmax", "sigmoid")


def probabilities(output: str, name: str) -> layers.Layer:
    """Scores [B, K] -> float32 [B, K]: `softmax` where a video has one class, `sigmoid` where several.

    Kept apart from fc8, so that the features of that name are the raw scores. Raises ValueError for another
    output.
    """
    if output not in OUTPUTS:
        raise ValueError(f"output {output!r}; wanted one of {', '.join(OUTPUTS)}")
    if output == "softmax":
        return layers.Softmax(dtype="float32", name=name)
    return layers.Activation("sigmoid", dtype="float32", name=name)
