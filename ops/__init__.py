"""The composition root: settings, command line, import, backup. Only here is the environment read."""
