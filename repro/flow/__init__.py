"""Frames to displacement: flow between neighbouring frames (`methods`: `tvl1`, `dis`), and how it is coded in
0..255, stacked, mirrored and put into JPEGs (`coding`). Knows nothing of videos on disk or of networks.
"""
