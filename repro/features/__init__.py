"""Video to stored feature arrays. A frame network is the dear part of papers 1 and 2 and does not change
while the LSTMs are trained, so its output is computed once per video, kept on disk by `video_id` in a folder
named after everything that decides the values, and read from there by every row.
"""
