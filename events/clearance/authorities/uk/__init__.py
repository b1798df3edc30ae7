"""United Kingdom: the Customs Declaration Service (CDS). `authority.py` is the way in."""
