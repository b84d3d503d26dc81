"""Training that survives being killed: `fit` with exact resume, seeds, devices, the run folder.

Seeds are set in `seeding`, devices chosen in `distribution`, learning rates made in `schedules`; `fit` trains
one model in one folder, `pool` several small ones side by side, and `run_folder` keeps what belongs to a
whole run of a paper.
"""
