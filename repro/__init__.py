"""Five video action-recognition papers, reproduced in Keras and TensorFlow."""

__version__ = "0.1.0"
