"""What a monitor reads: numbers in Prometheus' words."""
