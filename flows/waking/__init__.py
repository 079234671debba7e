"""How the engine hears that there is work, and what makes it wait its turn."""
