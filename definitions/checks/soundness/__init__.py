"""What is proved about all paths of a definition: what none reaches, what waits in vain, what stays open."""
