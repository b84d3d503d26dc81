"""VideoLSTM Convolves, Attends and Flows for Action Recognition: recipe, loss, networks and rows."""
