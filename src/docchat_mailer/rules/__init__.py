"""Pure decisions: slots, plans, promises, who may receive what; ``now`` is always an argument."""
