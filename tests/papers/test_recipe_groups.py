"""The groups of fields that recipes are put together from, and the words that a field may be."""

import dataclasses
from typing import Any, get_type_hints

import pytest

from repro.anticipation import feature_network, networks, sequence
from repro.anticipation import recipe as anticipation
from repro.anticipation.cam import POOLINGS, RESCALINGS, SELECTIONS
from repro.anticipation.losses import LOSSES
from repro.backbones import c3d, efficientnet_lite, ends, mirrored, temporal, vgg
from repro.evaluation.tubes import OVERLAPS
from repro.features.flow_store import FlowSettings
from repro.features.store import DTYPES
from repro.flow.methods import METHODS
from repro.localisation.saliency import NORMS
from repro.paper3 import features as features3
from repro.paper3 import losses as losses3
from repro.paper3 import model as model3
from repro.paper3 import networks as networks3
from repro.paper3 import recipe as recipe3
from repro.paper4 import model as model4
from repro.paper4 import networks as networks4
from repro.paper4 import recipe as recipe4
from repro.paper5 import levels
from repro.paper5 import model as model5
from repro.paper5 import recipe as recipe5
from repro.papers import PAPERS
from repro.provenance import groups, limits
from repro.recurrent import joint_attention, joint_lstm, pyramid
from repro.sampling.frames import WAYS
from repro.sampling.segments import RULES
from repro.video import geometry

EACH = pytest.mark.parametrize("paper", PAPERS)
FC = ("fc6", "fc7", "fc8")


def _layers(blocks: tuple[int, ...]) -> list[str]:
    return [name for name in vgg.endpoints(blocks) if name.startswith("conv")] + list(FC)


_ANTICIPATION = {
    "backbone": (feature_network.VGG_16, *efficientnet_lite.VARIANTS),
    "cam_from": feature_network.CAM_SOURCES,
    "cam_pooling": POOLINGS,
    "select": (*SELECTIONS, *networks.WITH_LABELS),
    "rescale": RESCALINGS,
    "frames": WAYS,
    "short_videos": ("mask", "zeros"),
    "variant": sequence.VARIANTS,
    "features": ("context", "action", "flow"),
    "loss": LOSSES,
    "cell": sequence.CELLS,
    "flow_method": METHODS,
    "flow_conv1_init": temporal.FIRST_LAYER,
}
# What the code takes, by paper and field. Free are only files and runs: `pretraining` and `start_from`.
WORDS: dict[int, dict[str, Any]] = {
    1: _ANTICIPATION,
    2: _ANTICIPATION,
    3: {
        **{"c3d_trained_from": (*c3d.CHANNELS, *FC), "vgg_trained_from": _layers(vgg.VGG19)},
        **{"feature_dtype": DTYPES, "task": ("activitynet", "hollywood2")},
        **{"architecture": ("alstm", "mean", "lstm", "cnn"), "input": networks3.NETWORKS},
        **{"attended": networks3.NETWORKS, "layer": mirrored.LAYERS, "variant": model3.VARIANTS},
        **{"loss_on": losses3.LOSS_ON, "over_classes": losses3.OVER_CLASSES, "fc8": features3.FC8},
        **{"patience_from": ("hold", "start"), "backbone": ("vgg19", *efficientnet_lite.VARIANTS)},
    },
    4: {
        **{"backbone": (feature_network.VGG_16, *efficientnet_lite.VARIANTS)},
        **{"pool5": [*(layer for layer in ends.LAYERS if layer.startswith("pool5")), "conv5_3"]},
        **{"feature_dtype": DTYPES, "rgb_trained_from": _layers(vgg.VGG16)},
        **{"flow_trained_from": [temporal.FIRST, *_layers(vgg.VGG16)[1:]], "flow_method": METHODS},
        **{"flow_conv1_init": temporal.FIRST_LAYER, "stream": ("rgb", "flow")},
        **{"architecture": (*model4.ARCHITECTURES, networks4.CONVNET), "initial": model4.INITIALS},
        **{"initial_from": ("snippet", "first"), "head_style": model4.HEAD_STYLES},
        **{"motion_feature": model4.MOTION_FEATURES, "score_start": model4.SCORE_STARTS},
        **{"segment_rule": RULES, "saliency_norm": NORMS, "feeding": ("windows", "whole")},
        **{"tube_overlap": OVERLAPS},
    },
    5: {
        **{"fine_tune_from": _layers(vgg.VGG16), "feature_dtype": DTYPES, "flow_method": METHODS},
        **{"flow_conv1_init": temporal.FIRST_LAYER, "reduce": model5.REDUCTIONS, "resize": geometry.WAYS},
        **{"branches": [start + level for start in ("", recipe5.FLOW) for level in levels.LEVELS]},
        **{"feature_scale": ("rms", "none"), "temporal_net": model5.TEMPORAL_NETS},
        **{"fusion": joint_lstm.FUSIONS, "pyramid_split": pyramid.SPLITS},
        **{"attention_source": joint_attention.SOURCES, "init_state": joint_attention.STARTS},
        **{"attention": joint_attention.ATTENTIONS, "backbone": _ANTICIPATION["backbone"]},
        **{"clip_rule": ("vote", "mean"), "video_rule": ("vote", "mean")},
    },
}


def _class(paper: int) -> Any:
    return PAPERS[paper].Recipe


def _names(group: type) -> set[str]:
    return {f.name for f in dataclasses.fields(group)}


@EACH
def test_every_field_is_in_exactly_one_group(paper: int) -> None:
    grouped = [name for group in groups(_class(paper)) for name in _names(group)]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == _names(_class(paper))


@EACH
def test_a_preset_changes_what_it_names(paper: int) -> None:
    for preset, values in PAPERS[paper].presets.items():
        same = [name for name, value in values.items() if value == vars(_class(paper)())[name]]
        assert same == [], preset


@EACH
def test_the_words_of_a_field_are_those_that_the_code_takes(paper: int) -> None:
    choices = {name: limits(_class(paper), name).get("choices") for name in _names(_class(paper))}
    assert {name: set(words.split()) for name, words in choices.items() if words} == {
        name: set(words) for name, words in WORDS[paper].items()
    }
    hints = get_type_hints(_class(paper))
    words = {name for name, kind in hints.items() if kind in (str, tuple[str, ...])}
    assert words - set(WORDS[paper]) == {"pretraining"} | ({"start_from"} if paper in (3, 4) else set())


@EACH
def test_rows_ask_for_words_that_there_are(paper: int) -> None:
    recipe = _class(paper)
    for row in PAPERS[paper].rows("demo"):
        for name, value in row.overrides.items():
            if words := name in WORDS[paper] and limits(recipe, name)["choices"].split():
                assert set(value if isinstance(value, tuple) else [value]) <= set(words), (row.id, name)


@pytest.mark.parametrize(
    ("paper", "beginning", "group"),
    [
        (3, ("c3d_", "vgg_", "cnn_"), recipe3.Networks),
        (3, ("hollywood2_",), recipe3.OnHollywood2),
        (4, ("rgb_",), recipe4.RgbNetwork),
        (4, ("flow_",), recipe4.FlowNetwork),
        (4, ("lstm_",), recipe4.SequenceModel),
        (5, ("fine_tune_",), recipe5.FineTuning),
    ],
)
def test_fields_are_where_their_names_say(paper: int, beginning: tuple[str, ...], group: type) -> None:
    assert {name for name in _names(_class(paper)) if name.startswith(beginning)} <= _names(group)


@pytest.mark.parametrize("paper", [1, 2, 4, 5])
def test_settings_of_stored_flow_come_from_the_recipe(paper: int) -> None:
    chosen = PAPERS[paper].recipe("tiny")
    assert FlowSettings.of(chosen) == ("fast", 48, 64, 20.0, 90)


# What must make a stage anew: fields that decide it, fields that do not.
STAGES = [
    (anticipation.training_settings, 2, {"cam_pooling", "loc_rate_ratio"}, {"select", "units", "flow_batch"}),
    (anticipation.frame_settings, 2, {"cnn_epochs", "select"}, {"units", "flow_conv1_init"}),
    (anticipation.flow_settings, 2, {"flow_conv1_init", "flow_height_px", "size_px"}, {"cnn_epochs", "loss"}),
    (anticipation.sequence_settings, 2, {"units", "select", "width"}, {"flow_epochs"}),
    (recipe3.cnn_settings, 3, {"cnn_decay_ratio", "vgg_flip_probability"}, {"steps", "units"}),
    (recipe3.decoder_settings, 3, {"window_frames", "loss_on", "hold", "hollywood2_hold"}, {"width"}),
    (recipe3.test_settings, 3, {"steps", "flipped_windows", "attended_frames", "task"}, {"units"}),
    (lambda r: recipe4.network_settings(r, "rgb"), 4, {"rgb_batch", "cnn_decay_ratio"}, {"flow_batch"}),
    (lambda r: recipe4.network_settings(r, "flow"), 4, {"flow_bound_px", "flow_batch"}, {"rgb_batch"}),
    (recipe4.sequence_settings, 4, {"steps", "authors_dropout"}, {"segments", "theta", "width"}),
    (recipe4.test_settings, 4, {"steps", "segments"}, {"units", "convnet_frames"}),
    (recipe4.localisation_settings, 4, {"steps", "theta"}, {"segments", "tube_overlap"}),
    (recipe5.network_settings, 5, {"width", "fine_tune_momentum"}, {"size_px", "flow_bound_px"}),
    (recipe5.map_settings, 5, {"size_px", "reduce", "width"}, {"feature_dtype"}),
    (recipe5.sequence_settings, 5, {"size_px", "width", "adam_betas"}, {"last_frames", "crop_sides"}),
    (recipe5.test_settings, 5, {"clip_len", "last_frames"}, {"units"}),
]


@pytest.mark.parametrize(("settings", "paper", "decides", "does_not"), STAGES)
def test_what_decides_a_stage(settings: Any, paper: int, decides: set[str], does_not: set[str]) -> None:
    chosen = PAPERS[paper].recipe("demo")
    found = settings(chosen)
    assert decides <= set(found)
    assert not does_not & set(found)
    assert all(value == vars(chosen)[name] for name, value in found.items())


def test_other_conditions_of_papers_1_and_2() -> None:
    """Own layers behind the gate are trained with it; flow decides where it is used."""
    chosen = PAPERS[2].recipe("demo")
    own = dataclasses.replace(chosen, own_fc=True, features=("context", "flow"))
    assert {"select", "rescale"} <= set(anticipation.training_settings(own))
    assert {"flow_epochs", "flow_conv1_init"} <= set(anticipation.sequence_settings(own))


@pytest.mark.parametrize(
    ("module", "seen", "unseen"),
    [(recipe4, {"units": 3}, {"segments": 9, "theta": 1.0}), (recipe5, {"units": 3}, {"last_frames": 2})],
)
def test_training_sees_no_number_of_the_test(module: Any, seen: dict, unseen: dict) -> None:
    base = module.recipe("demo")
    assert module.training_overrides(base, dataclasses.replace(base, **seen, **unseen)) == seen
