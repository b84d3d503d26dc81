"""The whole network of papers 1 and 2, from the frames of a video to probabilities at every frame."""

from __future__ import annotations

import keras
from keras import layers


def build(features: keras.Model, sequence: keras.Model, steps: int) -> keras.Model:
    """Video [B, T, S, S, 3] RGB 0..255 -> the outputs of `sequence`, {"stage1": [B, T, K], ...}.

    features, sequence: from `feature_network.build` and `sequence.build`; their layers are shared. The frame
    network stands under `TimeDistributed`, as the papers draw it.
    """
    names = list(sequence.input)
    outputs = [features.output[name] for name in names]
    beside = layers.Concatenate(name="features")(outputs) if len(outputs) > 1 else outputs[0]
    frame = keras.Model(features.input, beside, name="frame_features")

    video = keras.Input((steps, *features.input.shape[1:]), name="video")
    described = layers.TimeDistributed(frame, name="every_frame")(video)
    parts, start = {}, 0
    for name, tensor in zip(names, outputs, strict=True):
        stop = start + tensor.shape[-1]
        parts[name] = described[..., start:stop]  # [B, T, D]
        start = stop
    # Not the compiled model itself: within a saved network it would be saved with its optimizer.
    stages = keras.Model(sequence.input, sequence.output, name=sequence.name)
    return keras.Model(video, stages(parts), name="video_network")
