"""Teams, absence, the duty rota, and the board."""
