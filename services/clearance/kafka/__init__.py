"""Kafka as we use it: topics as their cards say, the embedded broker, a real one for development."""
