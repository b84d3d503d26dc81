"""The names of ImageNet's classes: as many as outputs, in their order."""

from repro.backbones import imagenet_classes
from repro.backbones.efficientnet_lite import CLASSES


def test_there_is_a_name_for_every_output():
    names = imagenet_classes.names()
    assert len(names) == imagenet_classes.COUNT == CLASSES
    assert all(name == name.strip() != "" for name in names)


def test_known_ones_stand_at_their_places():
    """The ends, and what the reference says of its picture of a panda: class 388."""
    names = imagenet_classes.names()
    assert {0: "tench", 388: "giant panda", 981: "ballplayer", 999: "toilet tissue"}.items() <= dict(
        enumerate(names)
    ).items()
    assert [number for number, name in enumerate(names) if name == "crane"] == [134, 517]


def test_a_class_has_all_its_synonyms():
    assert imagenet_classes.synonyms()[388] == (
        "giant panda, panda, panda bear, coon bear, Ailuropoda melanoleuca"
    )
