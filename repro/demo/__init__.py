"""The generated data set: articulated figures acting in drawn scenes, written as ordinary video files.

Everything comes from a seed, so the set needs no download; boxes, joints and masks are known exactly.
`figure` and `motions` say where the limbs are, `actor`, `scenes` and `objects` draw, `renderer` makes one
clip and `stills` one picture for pre-training; `make` writes the files in the `layouts` of real data sets.
"""
