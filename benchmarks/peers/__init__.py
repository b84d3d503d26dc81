"""What others would write: the plainest equivalent of something of ours, in another framework."""
