"""For developers: read recordings, replay them in tests of your own."""
