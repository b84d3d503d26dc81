"""A finished run as one network that other programs can call, in a file, checked against Keras."""
