"""Customs of Atlantis: one format, one code list, one kind of number that identifies."""
