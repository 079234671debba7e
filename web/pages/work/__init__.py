"""What somebody has to do: the inbox, a task with its form, the week."""
