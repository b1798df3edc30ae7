"""What is wrong with a declaration: findings, and what opens and closes."""
