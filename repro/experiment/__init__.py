"""One run of any paper: what it is given, its stages, its rows, what it leaves for others.

A published result gathers the runs of one row, and what is reported of it is their mean, never a hand-picked
run.
"""
