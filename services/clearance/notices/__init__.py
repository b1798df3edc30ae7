"""Notices: people are told of anomalies, by mail or in a group, once and of what changed since they were told last.

A recipient follows the feed of its organisation (`collecting`), what is news to it waits in an outbox that lies beside
the store (`outbox`), and is sent from there (`sending`): so nothing is told twice, and nothing waits for a mail server.
"""
