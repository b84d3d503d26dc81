"""Encouraging LSTMs to Anticipate Actions Very Early (ICCV 2017)."""
