"""Which frames of a video: integers in, integers out.

Single frames, windows, segments, clips, and the part of a video that a table's words leave. Nothing here
knows a file, a pixel or a network.
"""
