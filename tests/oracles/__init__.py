"""Independent NumPy versions of the equations; nothing here imports repro."""
