"""`casewright test`: scenario files found, played in several processes, told as text, JSON and JUnit."""
