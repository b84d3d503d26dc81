"""Arrays in, numbers out: accuracy, its growth with the observed frames, and how sure we are of it.

In NumPy and SciPy alone, with no model and no file. Everything that is reported is computed here from
probabilities and labels, in fractions 0..1; percent begins in the result files.
"""
