"""Action Recognition with Joint Attention on Multi-Level Deep Features: recipe, losses, networks and rows."""
