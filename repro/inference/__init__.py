"""A trained run applied to a stream of frames or to a video file. The state of a stream is a value that
goes in with a frame and comes out changed; nothing is hidden in the networks.
"""
