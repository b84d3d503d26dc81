"""The packages of the wheel: every room below `repro/`, and the two folders beside it that ship with them.

Everything else stands in pyproject.toml, which can either find packages or say where they lie, not both.
"""

from tempfile import TemporaryDirectory

from setuptools import find_packages, setup

# package in the wheel -> folder of the checkout; `repro.paths` knows both places
SHIPPED = {"repro.shipped.weights": "weights", "repro.shipped.data_lists": "data_lists"}

# Elsewhere than in `build/`: what an earlier call left there would go into the wheel too.
with TemporaryDirectory() as build:
    setup(
        packages=[*find_packages(include=["repro", "repro.*"]), *SHIPPED],
        package_dir=SHIPPED,
        options={"build": {"build_base": build}},
    )
