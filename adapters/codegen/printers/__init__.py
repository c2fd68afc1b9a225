"""Step programs printed in the languages of the simulators; one file a language."""
