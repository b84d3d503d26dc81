"""Pages for a browser: the report of a run in one file, and an app in which a video is dropped.

The report is made of files that lie in the run's folder; nothing in it is computed here.
"""
