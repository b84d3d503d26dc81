"""The numbers of paper4.md 11.3: one ConvALSTM step (A) and two steps of VideoLSTM (B)."""

import numpy as np
from numpy.typing import NDArray

Named = dict[str, NDArray]


def _kernel(rows: str) -> NDArray:
    return np.array([[float(v) for v in row.split()] for row in rows.split("|")])[:, :, None, None]


def _rows(*rows: str) -> NDArray:
    return np.array([[float(v) for v in row.split()] for row in rows])


# Example A: a grid of 2 x 2, one channel.
A_STATE = {
    "h": np.array([[0.2, -0.1], [0.4, 0.3]])[..., None],
    "c": np.array([[0.5, -0.3], [0.1, 0.8]])[..., None],
}
A_X = np.array([[1.0, -2], [0.5, 3]])[..., None]
A_TOP: Named = {
    "W_xi": _kernel(".1 .2 -.1 | .3 .5 .2 | -.2 .1 .4"),
    "W_hi": _kernel(".2 -.1 .1 | .1 .3 -.2 | .2 .1 -.3"),
    "W_xf": _kernel("-.1 .1 .2 | .2 -.4 .1 | .3 .2 -.1"),
    "W_hf": _kernel(".1 .1 -.2 | .3 .2 .1 | -.1 .2 .1"),
    "W_xo": _kernel(".3 -.2 .1 | -.1 .6 .2 | .1 -.3 .2"),
    "W_ho": _kernel("-.2 .2 .1 | .1 .4 .1 | .2 -.1 .1"),
    "W_xc": _kernel(".2 .1 .3 | -.3 .7 -.1 | .1 .2 -.2"),
    "W_hc": _kernel(".1 -.3 .2 | .2 .5 -.1 | .1 .1 .3"),
    "b_i": np.array([0.1]),
    "b_f": np.array([0.2]),
    "b_o": np.array([-0.1]),
    "b_c": np.array([0.05]),
}
A_ATTENTION: Named = {
    "W_xa": np.array([[0.5]]),
    "W_ha": np.array([[-0.7]]),
    "b_a": np.array([0.1]),
    "W_z": np.array([[2.0]]),
}
A_EXPECTED = {
    "attention": [0.24570744, 0.02665618, 0.11955122, 0.60808515],
    "c": [0.34103035, 0.01197615, 0.06789483, 1.04516101],
    "h": [0.20003828, 0.00405944, 0.04165700, 0.59560609],
}
A_SUMS_OF_I = [0.97787099, 0.41752647, 0.57921162, 1.22396868]
A_SCORES = [0.86016842, -1.36095201, 0.13977178, 1.76634178]
A_WITHOUT_ATTENTION = {
    "c": [0.68059265, -0.57743224, -0.18630355, 1.03243856],
    "h": [0.38351911, -0.05102182, -0.11975569, 0.71332882],
}
A_H_IF_FLIPPED = [0.34642691, -0.04646490, -0.01370630, 0.58352803]


def wave(shape: tuple[int, ...], s: float, amp: float = 0.4) -> NDArray:
    """amp sin(1.3 i + s), i counted in C order."""
    return amp * np.sin(1.3 * np.arange(np.prod(shape)) + s).reshape(shape)


# Example B: B = 1, T = 2, a grid of 2 x 2, two channels.
B_X, B_MOTION = wave((1, 2, 2, 2, 2), 6.1, 2), wave((1, 2, 2, 2, 2), 6.2, 2)
B_STATE = {
    name: wave((1, 2, 2, 2), s)
    for name, s in zip(("h", "c", "motion_h", "motion_c"), (7.0, 7.1, 7.2, 7.3), strict=True)
}
_CONV = (3, 3, 2, 2)
B_WEIGHTS: dict[str, Named] = {
    "top": {
        f"W_{v}{g}": wave(_CONV, n + s) for v, s in (("x", 0.1), ("h", 0.2)) for n, g in enumerate("ifoc")
    }
    | {f"b_{g}": wave((2,), n + 0.3) for n, g in enumerate("ifoc")},
    "bottom": {
        f"W_{v}{g}": wave(_CONV, n + s)
        for v, s in (("x", 0.4), ("h", 0.5), ("e", 0.6))
        for n, g in enumerate("ifoc")
    }
    | {f"b_{g}": wave((2,), n + 0.7) for n, g in enumerate("ifoc")},
    "attention": {
        "W_xa": wave((2, 2), 5.1),
        "W_ha": wave((2, 2), 5.2),
        "b_a": wave((2,), 5.3),
        "W_z": wave((2, 1), 5.4, 2),
    },
}
# By name: t = 1 and t = 2, flat in the order row, column, channel.
B_EXPECTED = {
    "motion_h": _rows(
        "-0.00715313 -0.04556136 -0.14107423 -0.13233528 -0.01774854 0.01263197 0.04736140 -0.17778441",
        "0.02664023 -0.20429503 -0.25489110 -0.20596270 -0.11902374 -0.00734109 0.02474856 -0.08492689",
    ),
    "motion_c": _rows(
        "-0.01359176 -0.12000438 -0.29143392 -0.33633172 -0.03152110 0.02695492 0.08083324 -0.43157065",
        "0.04045481 -0.46508922 -0.44476950 -0.67461583 -0.29079985 -0.01870982 0.05112082 -0.16716448",
    ),
    "attention": _rows(
        "0.07913540 0.43348589 0.06742319 0.41995552",
        "0.28302526 0.13948410 0.49250113 0.08498950",
    ),
    "c": _rows(
        "0.10676559 -0.14270454 -0.20743696 -0.46441255 -0.04005891 0.06723578 0.22667310 -0.31722613",
        "0.18332733 -0.21901983 -0.05270823 -0.65309066 -0.27332598 -0.26321462 -0.01948871 -0.22916887",
    ),
    "h": _rows(
        "0.06356365 -0.06017458 -0.11261864 -0.17854007 -0.02219928 0.03296528 0.13395957 -0.15324358",
        "0.10998818 -0.11767017 -0.03470731 -0.28066876 -0.14186452 -0.09524925 -0.00942788 -0.09730829",
    ),
}
# A at t = 1 if it takes H^m_{t-1}, or H_{t-1}; H^m's first values if the bottom layer sees no H_{t-1}.
B_IF_FROM_LAST_MOTION = [0.07737866, 0.42392135, 0.05548001, 0.44321998]
B_IF_FROM_TOP = [0.07400748, 0.42889014, 0.05410778, 0.44299460]
B_IF_BOTTOM_IS_ALONE = [0.00486688, -0.05990368]
# ConvALSTM with the same weights, at t = 2.
B_APPEARANCE = {
    "attention": _rows("0.26934006 0.14721127 0.49321214 0.09023653")[0],
    "h": _rows(
        "0.11199389 -0.11492594 -0.03127340 -0.28145112 -0.14395401 -0.09676931 -0.01111150 -0.09694478"
    )[0],
}
