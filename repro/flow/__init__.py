"""Frames to displacement: TV-L1 flow between neighbouring frames (`tvl1`), and how it is coded in 0..255,
stacked, mirrored and put into JPEGs (`coding`). Knows nothing of videos on disk or of networks.
"""
