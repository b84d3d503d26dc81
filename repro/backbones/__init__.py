"""Convolutional networks by the papers' layer names, their preprocessing and their weight files."""
