"""One attention step and one decoder step of paper 3 in numbers that can be followed by hand."""

import numpy as np

from helpers.decoders import fill, inside, said
from oracles import attention_decoder as oracle
from repro.paper3 import model as paper3

# The worked step of paper 3: hidden 2, match 3, T = 3, attended width 2, three classes.
ROWS, COLUMNS, GATES = np.array([[0], [1]]), np.arange(8), tuple(enumerate("ifgo"))
TABLES = {
    "W": 0.1 * (ROWS + 1) - 0.02 * COLUMNS,
    "U": 0.03 * (COLUMNS - 3) * (-1.0) ** ROWS,
    "D": 0.04 * (ROWS + 1) * (1 - 0.25 * COLUMNS),
    "b": 0.01 * COLUMNS,
}
WORKED = {
    "W_m": np.zeros((2, 2)),
    "b_m": np.log([0.2 / 0.8, 0.9 / 0.1]),  # so that x_t = (0.2, 0.9)
    **{f"{name}_{g}": table[..., 2 * j : 2 * j + 2] for name, table in TABLES.items() for j, g in GATES},
    "W_a": np.array([[0.7, -0.1, 0.2], [-0.3, 0.6, 0.5]]),
    "b_a": np.array([0.01, -0.02, 0.03]),
    "W_h": np.array([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]),
    "v": np.array([1.0, -0.5, 0.8]),
    "W_y": np.array([[0.5, -0.5, 1.0], [-1.0, 0.25, 0.75]]),
    "b_y": np.array([0.1, 0.0, -0.1]),
    "h_0": np.array([0.5, -0.25]),
    "c_0": np.array([0.1, -0.3]),
}  # fmt: skip
ATTENDED = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]])
X, CONTEXT = np.array([0.2, 0.9]), np.array([0.56455147, 0.48154408])
PRE = [0.19360559, 0.18882919, 0.18405279, 0.17927640, 0.17450000, 0.16972360, 0.16494721, 0.16017081]
WORKED_H, WORKED_C = [0.08019708, -0.03850958], [0.14929876, -0.07144096]
WORKED_Y = [0.38572129, 0.30697951, 0.30729919]


def test_the_worked_step(float64):
    model = paper3.build(
        steps=1, input_width=2, classes=3, attended_shape=(3, 2), units=2, attention_units=3,
        learn_initial_state=True,
    )  # fmt: skip
    inputs = {"input": np.zeros((1, 1, 2)), "attended": ATTENDED[None]}
    found = said(inside(fill(model, WORKED)), inputs)
    np.testing.assert_allclose(found["weights"].ravel(), [0.69433580, 0.17587988, 0.12978432], atol=5e-9)
    np.testing.assert_allclose(found["h"].ravel(), WORKED_H, rtol=0, atol=5e-9)
    np.testing.assert_allclose(said(model, inputs)["frame"].ravel(), WORKED_Y, rtol=0, atol=5e-8)
    lstm = model.get_layer("decoder").lstm
    _, c = lstm(*(x[None] for x in (X, WORKED["h_0"], WORKED["c_0"], CONTEXT)))
    np.testing.assert_allclose(np.ravel(c), WORKED_C, rtol=0, atol=5e-9)


def test_the_oracle_has_the_worked_step():
    sums = oracle.gate_sums(X, WORKED["h_0"], WORKED, CONTEXT)
    np.testing.assert_allclose(np.concatenate([sums[g] for g in "ifgo"]), PRE, rtol=0, atol=5e-9)
    found = oracle.decode(np.zeros((1, 2)), WORKED, ATTENDED)
    np.testing.assert_allclose(found["h"][0], WORKED_H, rtol=0, atol=5e-9)
    np.testing.assert_allclose(found["frame"][0], WORKED_Y, rtol=0, atol=5e-9)
