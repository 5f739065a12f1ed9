"""Places: the divisions of China, and which of them an address is in."""
