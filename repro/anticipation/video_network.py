"""The whole network of papers 1 and 2, from the frames of a video to probabilities at every frame."""

from __future__ import annotations

import keras
from keras import KerasTensor, layers, ops


def build(
    features: keras.Model, sequence: keras.Model, steps: int, *, fold_time: bool = False
) -> keras.Model:
    """Video [B, T, S, S, 3] RGB 0..255 -> the outputs of `sequence`, {"stage1": [B, T, K], ...}.

    features, sequence: from `feature_network.build` and `sequence.build`; their layers are shared. The frame
    network stands under `TimeDistributed`, as the papers draw it. `fold_time` moves T into the batch
    instead: the same numbers from one large batch, while `TimeDistributed` repeats the graph T times.
    """
    names = list(sequence.input)
    outputs = [features.output[name] for name in names]
    beside = layers.Concatenate(name="features")(outputs) if len(outputs) > 1 else outputs[0]
    frame = keras.Model(features.input, beside, name="frame_features")

    video = keras.Input((steps, *features.input.shape[1:]), name="video")
    described = (
        _folded(frame, video) if fold_time else layers.TimeDistributed(frame, name="every_frame")(video)
    )
    parts, start = {}, 0
    for name, tensor in zip(names, outputs, strict=True):
        stop = start + tensor.shape[-1]
        parts[name] = described[..., start:stop]  # [B, T, D]
        start = stop
    return keras.Model(video, sequence(parts), name="video_network")


def _folded(frame: keras.Model, video: KerasTensor) -> KerasTensor:
    """[B, T, S, S, 3] -> [B * T, S, S, 3] -> frame network -> [B, T, D]."""
    images = ops.reshape(video, (-1, *video.shape[2:]))
    described = frame(images)
    return ops.reshape(described, (-1, video.shape[1], described.shape[-1]))
