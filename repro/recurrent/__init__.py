"""Recurrent cells, one step each with the equations in the docstring, and the one loop over time."""
