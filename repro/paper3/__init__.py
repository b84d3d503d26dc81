"""Action Classification and Highlighting in Videos: recipe, losses, decoder and rows."""
