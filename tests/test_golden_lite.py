"""EfficientNet-Lite against efficientnet-lite-pytorch, an implementation that knows nothing of this one.

With drawn weights always; with the published ones where `weights fetch` has put them, since they are not
committed; on frames of real clips with the reference running beside it.
"""

from pathlib import Path

import keras
import numpy as np
import pytest

from golden import lite_inputs
from golden.lite_inputs import SMALL, VARIANTS
from helpers.close import assert_same_float32, of_terms
from helpers.footage import FOOTAGE, needs_footage
from helpers.golden import golden
from repro.backbones import efficientnet_lite as lite
from repro.backbones import fixed_norm, weights
from repro.convert import lite_mapping
from repro.paths import weights_folder

ON_THE_WAY = ("block10", "block14", "block15")
ABSOLUTE = 1e-4  # what the logits of the published weights, none of which is above 10, may differ by


def _published(variant: str) -> Path:
    path = weights_folder() / f"{variant}.npz"
    if not path.exists():
        pytest.skip(f"no {path.name}: bash run.sh weights fetch {variant}")
    return path


def _terms(variant: str) -> float:
    """Roundings between two ways through all layers; a depthwise unit sees its own channel alone."""
    shapes = lite.kernels(variant).items()
    return of_terms(*(np.prod(shape[:2] if "_depthwise_" in name else shape[:-1]) for name, shape in shapes))


def _with(variant: str, outputs: tuple[str, ...], folded: bool) -> keras.Model:
    """The network at 72 px with the drawn weights, which come as the reference's arrays."""
    arrays, report = lite_mapping.arrays(lite_inputs.drawn(variant), variant)
    assert len(report) == len(lite.kernels(variant))
    model = lite.efficientnet_lite(variant, outputs, size=SMALL, folded=folded)
    weights.assign(model, fixed_norm.folded(arrays) if folded else arrays, Path("drawn"))
    return model


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "folded"), [(VARIANTS[0], False), *((variant, True) for variant in VARIANTS)]
)
def test_drawn_weights_say_what_the_reference_says(variant: str, folded: bool) -> None:
    stored = golden("lite_drawn")
    outputs = (*(ON_THE_WAY if variant == VARIANTS[0] else ()), "logits")
    said = _with(variant, outputs, folded)(lite_inputs.frames(1, SMALL))
    for name in outputs:
        ours, theirs = np.asarray(said[name])[0], stored.get(name, stored[f"{variant}_logits"])
        if name in ON_THE_WAY:
            ours, theirs = ours[ours.shape[0] // 2, ours.shape[1] // 2], stored[name]
        assert_same_float32(ours, theirs.reshape(ours.shape), _terms(variant), name=name)


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_published_weights_say_what_the_reference_says(variant: str) -> None:
    path, theirs = _published(variant), golden("lite_published")[f"{variant}_logits"]
    model = lite.efficientnet_lite(variant)
    fixed_norm.load(model, path)
    ours = np.asarray(model(lite_inputs.frames(len(theirs), lite.VARIANTS[variant].size))["logits"])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=ABSOLUTE)


@needs_footage
@pytest.mark.exhaustive
@pytest.mark.slow
def test_real_frames_say_what_the_reference_says() -> None:
    """Three frames of each of four real clips, resized to 224 x 224, through Lite0 and the reference."""
    reference = pytest.importorskip("efficientnet_lite_pytorch", reason="no efficientnet-lite-pytorch here")
    torch = pytest.importorskip("torch")
    path = _published(VARIANTS[0])
    frames = _real_frames()
    theirs = reference.EfficientNet.from_name("efficientnet-lite0")
    theirs.load_state_dict(_as_torch(weights.read(path), torch), strict=False)
    with torch.no_grad():
        x = (torch.as_tensor(frames).permute(0, 3, 1, 2).float() - 127) / 128
        wanted = theirs.eval()(x).numpy()
    model = lite.efficientnet_lite()
    fixed_norm.load(model, path)
    np.testing.assert_allclose(np.asarray(model(frames)["logits"]), wanted, rtol=0, atol=ABSOLUTE)


def _real_frames() -> np.ndarray:
    """uint8 [12, 224, 224, 3] of four clips: their first, a middle and a later frame."""
    import cv2

    assert FOOTAGE is not None
    clips = sorted((FOOTAGE / "ucf101-3").rglob("*.avi"))
    found = []
    for clip in clips[:: max(len(clips) // 4, 1)][:4]:
        video = cv2.VideoCapture(str(clip))
        shown = [frame for ok, frame in (video.read() for _ in range(41)) if ok]
        for frame in (shown[0], shown[len(shown) // 2], shown[-1]):
            found.append(cv2.cvtColor(cv2.resize(frame, (224, 224)), cv2.COLOR_BGR2RGB))
    assert len(found) == 12
    return np.array(found)


def _as_torch(arrays: dict, torch: object) -> dict:
    """Our arrays by the reference's names and in its order of axes: the way of `lite_mapping`, backwards."""
    found = {}
    for layer, (convolution, norm) in lite_mapping.layers(VARIANTS[0]).items():
        kernel = arrays[f"{layer}/kernel"]
        axes = (2, 3, 0, 1) if "_depthwise_" in layer else (3, 2, 0, 1)
        found[f"{convolution}.weight"] = kernel.transpose(axes) if kernel.ndim == 4 else kernel.T
        if not norm:
            found[f"{convolution}.bias"] = arrays[f"{layer}/bias"]
            continue
        for theirs, ours in (("weight", "gamma"), ("bias", "beta")):
            found[f"{norm}.{theirs}"] = arrays[f"{layer}_bn/{ours}"]
        for theirs, ours in (("mean", "moving_mean"), ("var", "moving_variance")):
            found[f"{norm}.running_{theirs}"] = arrays[f"{layer}_bn/{ours}"]
    return {name: torch.as_tensor(array.copy()) for name, array in found.items()}
