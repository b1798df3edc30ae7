"""Brokers for development and tests: the embedded one of a process, and a real Kafka on this machine."""
