"""China: the single window and customs behind it. `authority.py` is the way in."""
