"""From a video file to frames and back: decode, count, choose, resize, warp, encode.

Frames are uint8 [H, W, 3] in RGB order everywhere outside this room; OpenCV's BGR never leaves it. A frame's
index is its position in the decoder's output, counted from 0: container timestamps may run backwards and
container frame counts may be wrong, so neither is used. Nothing here knows a data set or a network.
"""
