"""The nouns of the program: frozen values that know nothing of files, clocks or wires."""
