"""Video to stored arrays. Optical flow and the outputs of the frame networks are the dear part of
papers 1 and 2 and do not change while the LSTMs are trained, so they are computed once per video, kept on
disk by `video_id` in a folder named after everything that decides the values, and read from there by every
row.
"""
