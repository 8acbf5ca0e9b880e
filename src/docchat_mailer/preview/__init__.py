"""The preview: the writer's mirror, live, on this machine alone."""
