"""Deep Action- and Context-Aware Sequence Learning for Activity Recognition and Anticipation."""
