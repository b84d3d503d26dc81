"""Files from their owners' addresses to a folder: resumed, checked, unpacked; complete or not there.

Nothing that comes over the line is trusted: a file gets its name after its checksum agreed, and an archive is
read to its end before the first of its files is written.
"""
