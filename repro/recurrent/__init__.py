"""Recurrent cells: one step each, equations in the docstring."""
