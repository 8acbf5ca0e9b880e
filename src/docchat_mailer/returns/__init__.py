"""The use cases around what comes back: bounces and complaints become suppressions, and can be undone."""
