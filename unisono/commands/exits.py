"""Exit statuses of commands, beside those of an outcome (0 agree, 1 disagree, 2 cannot tell)."""

from typing import Final

#: The command failed: a script raised, a simulator is missing, a file cannot be read or written.
FAILED: Final = 2

#: The command line or a name in it is wrong: nothing ran. The number that sysexits.h gives to it.
USAGE: Final = 64

#: The command was interrupted.
INTERRUPTED: Final = 130
