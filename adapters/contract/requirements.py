"""What a simulator needs of the machine besides Python packages."""

from __future__ import annotations

from dataclasses import dataclass

from unisono.models.errors import UnisonoError


@dataclass(frozen=True)
class Need:
    """One thing besides Python packages that a simulator needs of the machine, as it was found.

    Attributes
    ----------
    what, state : str
        Its name, and what was found.
    good : bool
    remedy : str
        How to fix it; empty if nothing has to be done.
    error : type of UnisonoError
        What is raised where it is missing and the simulator is asked for.
    """

    what: str
    state: str
    good: bool = True
    remedy: str = ""
    error: type[UnisonoError] = UnisonoError


@dataclass(frozen=True)
class SourceTree:
    """A simulator that is on no package registry, so that the user has its source tree.

    Attributes
    ----------
    title : str
        What it is called.
    variable : str
        Environment variable that names the folder, where the simulator's environment does not.
    version : str
        The version that the adapter is made for.
    address : str
        Of its git repository.
    built : bool
        Whether pip builds a package from it, so that it is no longer needed afterwards.
    libraries : tuple of str
        What pkg-config must know for that.
    """

    title: str
    variable: str
    version: str
    address: str
    built: bool = False
    libraries: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """Name of the folder that :attr:`command` makes; with the version, as two adapters may want two of them."""
        return f"{self.address.rpartition('/')[2]}-{self.version}"

    @property
    def command(self) -> str:
        """The command that gets it."""
        return f"git clone --depth 1 --branch {self.version} {self.address} {self.folder}"
