"""Attention maps in, an action tube out: paper 4's way from where a network looks to a box in every frame.

Nothing here is trained and no box annotation is used. Upscaling and smoothing of the maps, threshold and
connected components, linking over time, locally weighted regression; also maps that no network made, to be
compared with, and the file that keeps the tubes. `tube.tube` is the whole chain.
"""
