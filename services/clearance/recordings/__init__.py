"""Recordings and received files: read them, replay them, say what came out."""
