"""What is remembered: every table, every statement; the only room that knows SQL."""
