"""HTTP out: the deploy command and the question whether our own URL answers."""
