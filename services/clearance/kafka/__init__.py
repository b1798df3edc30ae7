"""Kafka as we use it: topics as their cards say, records as they go over the wire, clients, epochs."""
