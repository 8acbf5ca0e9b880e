"""Findings before publishing: what should be changed in content, letters and settings."""
