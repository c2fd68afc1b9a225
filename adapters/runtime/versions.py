"""Our own version."""

from importlib.metadata import PackageNotFoundError, version


def unisono_version() -> str:
    """Version of the installed package, or ``unknown`` where it runs uninstalled."""
    try:
        return version("unisono")
    except PackageNotFoundError:
        return "unknown"
