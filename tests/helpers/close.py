"""Compares two float32 ways to the same array: what may differ comes from the scale of the whole array.

Processors add in blocks of 4 (SSE4.1), 8 (AVX2) or 16 (AVX-512), with or without fused products; batches,
threads, replicas and graphs change the blocks too. A value that large terms leave over carries their
rounding, however small it is itself. So no tolerance here is a share of each value: it is `roundings` x
2^-23 x the largest value.

How many roundings (`of_terms`). A sum of n terms is rounded n times, each time by up to half of 2^-23 of a
partial sum, which is about as large as a result. Such errors are independent and even over +-1/2: their
deviation is 0.29. A layer passes a relative error on as it passes on the signal, so a network of layers
with n1, n2, ... terms has N = n1 + n2 + ... of them on the way to each output, two ways have 2 N, and their
sum has the deviation 0.29 sqrt(2 N) = 0.41 sqrt(N). One value of a million is beyond five deviations: 2
sqrt(N).

Of what (`scale`). Where a result is what larger numbers leave over, these are the scale: give their
largest. A sigmoid or a softmax passes on at most 1/4 or 1/2 of its scores' error, a tanh all of it: what
they give has the scale 1, as scores of order 1 have. Much larger scores saturate, and the tolerance that
follows from them would tell nothing apart; such a test makes its scores smaller (`draws.calm`).
"""

import keras
import numpy as np
from numpy.typing import ArrayLike

EPSILON = 2.0**-23
WIDEST = 0.01  # of the scale: a wider tolerance would tell nothing apart


def of_terms(*terms: float) -> float:
    """Roundings by which two ways may differ, each through sums of so many terms, one after the other."""
    return 2 * float(np.sqrt(sum(terms)))


def of_network(model: keras.Model, times: int = 1) -> float:
    """`of_terms` of all layers, as many terms as one of its units has inputs; a memory runs `times` times.

    Layers side by side count as if one came after the other, up to sqrt(2) more for two.
    """
    return of_terms(times * sum(np.prod(weight.shape[:-1]) for weight in model.weights if weight.shape))


def assert_same_float32(
    found: ArrayLike, wanted: ArrayLike, roundings: float, *, scale: float | None = None, name: str = ""
) -> None:
    """No value differs by more than `roundings` x 2^-23 x scale; without a scale, the largest |wanted|."""
    if not 0 < roundings * EPSILON < WIDEST:
        raise ValueError(f"{roundings:.3g} roundings; wanted above 0 and under {WIDEST / EPSILON:.0f}")
    ours, theirs = np.asarray(found, np.float64), np.asarray(wanted, np.float64)
    assert ours.shape == theirs.shape, f"{name} has shape {ours.shape}; wanted {theirs.shape}"
    assert ours.size, f"{name}: nothing to compare"
    assert np.isfinite(ours).all(), f"{name}: {np.count_nonzero(~np.isfinite(ours))} values are no numbers"
    unit = EPSILON * (float(np.abs(theirs).max()) if scale is None else scale)
    apart = np.abs(ours - theirs)
    if (apart <= roundings * unit).all():
        return
    at = np.unravel_index(apart.argmax(), apart.shape)
    units = apart.max() / unit if unit else np.inf
    raise AssertionError(
        f"{name} differs by {units:.3g} roundings (2^-23 of {unit / EPSILON:.4g}), "
        f"allowed are {roundings:.3g}: {ours[at]:.9g} instead of {theirs[at]:.9g} at {tuple(map(int, at))}; "
        f"{np.count_nonzero(apart > roundings * unit)} of {apart.size} values are too far"
    )
