"""One run of any paper: what it is given, and its rows from score files to result files.

A published file gathers the runs of one row, and what is reported of it is their mean, never a hand-picked
run.
"""
