"""Bounces and complaints: bytes in, verdicts out."""
