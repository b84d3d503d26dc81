"""Trains the small networks that stand in for published weights on the demo set: `bash run.sh weights make`.

They see drawn stills and movements only (seeds disjoint from every demo clip) and learn labels that are not
action classes: object, scene, pose, how limbs move. Full-size weights of ImageNet, Places205 and Sports-1M do
the same for the papers' recipes: they know what things look like, and nothing of the actions.
"""
