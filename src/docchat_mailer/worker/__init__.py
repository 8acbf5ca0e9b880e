"""Time as a door: the alarm clock, the loop, signals, and the virtual clock of ``simulate``."""
