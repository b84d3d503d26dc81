"""The LSTMs of paper 4 with their attention, as one layer over all frames of a snippet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import KerasTensor, ops

from repro.recurrent.attention import Attention, weigh
from repro.recurrent.initializers import FanInitializer, uniform
from repro.recurrent.lstm import LSTM, StartState
from repro.recurrent.saved_layer import SavedLayer
from repro.recurrent.unroll import unroll

STARTS = ("zeros", "snippet", "first")
Tensors = Mapping[str, KerasTensor]


@keras.saving.register_keras_serializable(package="repro")
class AttentionLSTM(SavedLayer):
    """A top LSTM on frames: no attention, attention from its own state, or from a layer that sees motion.

        none          X~_t = X_t
        attention     A_t from X_t and H_{t-1}, X~_t = A_t . X_t                              (7-9)
        and motion    first the bottom layer: H^m_t from M_t, H^m_{t-1} and E_t = H_{t-1}     (10-15)
                      then A_t from X_t and H^m_t of the same frame, X~_t = A_t . X_t         (7-9)
        all           H_t from X~_t and H_{t-1}                                               (1-6)

    With `kernel_size` the states are maps [B, h, w, U]; without, vectors [B, U]: then X~ of a map is summed
    over its positions, and M_t, where it is a map, is its mean over them (paper 4, A24). score_initializer:
    of W_z where it differs from the other matrices. start: `zeros`; or tanh(W_0 * mean + b_0) with the mean
    over all frames of the `snippet` or over the `first` frame alone, which needs no frame
    after it. The same weights serve both. Sub-layers, by whose names the weights go: top, bottom, attention,
    top_start, bottom_start.
    """

    def __init__(
        self,
        units: int,
        *,
        kernel_size: int | None = None,
        attention_units: int | None = None,
        motion: bool = False,
        motion_kernel_size: int | None = None,
        start: str = "zeros",
        initializer: FanInitializer = uniform,
        score_initializer: FanInitializer | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if start not in STARTS:
            raise ValueError(f"start {start!r}; wanted one of {', '.join(STARTS)}")
        if motion and attention_units is None:
            raise ValueError("motion acts through the attention only; wanted attention_units")
        self.units, self.kernel_size, self.start_from = units, kernel_size, start
        self.attention_units, self.motion_kernel_size = attention_units, motion_kernel_size
        self.initializer, self.score_initializer = initializer, score_initializer
        own: dict[str, Any] = {"initializer": initializer, "dtype": self.dtype_policy}
        top = {"kernel_size": kernel_size, **own}
        bottom = {"kernel_size": motion_kernel_size, **own}
        self.top = LSTM(units, name="top", **top)
        self.attention: Attention | None = None
        if attention_units:
            self.attention = Attention(
                attention_units, score_initializer=score_initializer, name="attention", **own
            )
        self.bottom = LSTM(units, extra=True, name="bottom", **bottom) if motion else None
        self.starts: dict[str, StartState] = {}  # by the input whose mean they read
        if start != "zeros":
            self.starts["x"] = StartState(units, name="top_start", **top)
        if start != "zeros" and motion:
            self.starts["motion"] = StartState(units, name="bottom_start", **bottom)

    def build(self, inputs_shape: Mapping[str, Sequence[int | None]]) -> None:
        """inputs_shape: {"x": `[B, T, ...]`, "motion": `[B, T, ...]`}."""
        x_shape = inputs_shape["x"]
        self.state_shape = (self.units,) if self.kernel_size is None else (*x_shape[2:4], self.units)
        self.top.build(x_shape)
        if self.attention:
            self.attention.build(x_shape, self.state_shape)
        if self.bottom:
            self.bottom.build(inputs_shape["motion"])
        for name, start in self.starts.items():
            start.build(inputs_shape[name])

    @property
    def state_names(self) -> tuple[str, ...]:
        """h, c: top; motion_h, motion_c: bottom. Each [B, U] or [B, h, w, U], `state_shape` without B."""
        return ("h", "c", "motion_h", "motion_c") if self.bottom else ("h", "c")

    def call(
        self, inputs: Tensors, state: Tensors | None = None, first: KerasTensor | None = None
    ) -> dict[str, Any]:
        """{"x": X [B, T, ...], "motion": M [B, T, ...]} -> what every frame brought, and the last state.

        state: what the first step sees; without it, or where `first`, bool [B], is true, `start_state` of
        these inputs. Returns {"h": H, "c": C} [B, T, U] or [B, T, h, w, U], {"attention": A [B, T, h, w]} and
        {"last": {state name: ...}}.
        """
        if state is None:
            state = self.start_state(inputs)
        elif first is not None:
            start, given = self.start_state(inputs), state
            fresh = ops.reshape(first, (-1, *(1 for _ in self.state_shape)))
            state = {name: ops.where(fresh, start[name], given[name]) for name in self.state_names}
        frames = {"x": inputs["x"]}
        if self.attention:
            frames["projected"] = _over_frames(self.attention.project, inputs["x"])
        else:
            frames["x"] = _over_frames(self.top.project, inputs["x"])
        if self.bottom:
            motion = inputs["motion"]
            if self.kernel_size is None and len(motion.shape) == 5:
                motion = ops.mean(motion, axis=(2, 3))
            frames["motion"] = _over_frames(self.bottom.project, motion)
        outputs, last = unroll(self._stepper(), frames, dict(state))
        return {**outputs, "last": last}

    def start_state(self, inputs: Tensors) -> dict[str, KerasTensor]:
        """H_0, C_0 of both layers from the inputs of `call`; of one frame, T = 1."""
        batch = ops.shape(inputs["x"])[0]
        state = {name: ops.zeros((batch, *self.state_shape), self.compute_dtype) for name in self.state_names}
        for name, start in self.starts.items():
            frames = inputs[name][:, :1] if self.start_from == "first" else inputs[name]
            # Vector states see one mean over frames and positions.
            axes = tuple(range(1, len(frames.shape) - 1)) if start.kernel_size is None else 1
            h, c = start(ops.mean(frames, axis=axes))
            prefix = "" if name == "x" else f"{name}_"
            state |= {f"{prefix}h": h, f"{prefix}c": c}
        return state

    def _stepper(self) -> Any:
        top = self.top.stepper(projected=not self.attention)
        bottom = self.bottom.stepper(projected=True) if self.bottom else None
        look = self.attention.stepper() if self.attention else None

        def step(frame: Tensors, state: Tensors) -> tuple[dict[str, KerasTensor], dict[str, KerasTensor]]:
            new, outputs, x = {}, {}, frame["x"]
            looks_from = state["h"]
            if bottom:
                h_m, c_m = bottom(frame["motion"], state["motion_h"], state["motion_c"], state["h"])
                new, looks_from = {"motion_h": h_m, "motion_c": c_m}, h_m
            if look:
                outputs["attention"] = look(frame["projected"], looks_from)
                x = weigh(outputs["attention"], x, total=self.kernel_size is None)
            h, c = top(x, state["h"], state["c"])
            return {"h": h, "c": c, **outputs}, {"h": h, "c": c, **new}

        return step

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_size": self.kernel_size,
            "attention_units": self.attention_units,
            "motion": self.bottom is not None,
            "motion_kernel_size": self.motion_kernel_size,
            "start": self.start_from,
            "initializer": keras.saving.serialize_keras_object(self.initializer),
            "score_initializer": keras.saving.serialize_keras_object(self.score_initializer),
        }


def _over_frames(project: Any, x: KerasTensor) -> KerasTensor:
    """`project` of [B, T, ...] with time folded into the batch."""
    steps = x.shape[1]
    flat = project(ops.reshape(x, (-1, *x.shape[2:])))
    return ops.reshape(flat, (-1, steps, *flat.shape[1:]))
