"""Search: the space of candidates, strategies, halving, the budget, the leaderboard."""
