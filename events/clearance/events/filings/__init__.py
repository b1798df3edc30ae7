"""Declarations that speak of the same goods: filed once more while the first is silent, or anew after a rejection."""
