"""What scripts for PyNN 0.7 and earlier do that PyNN has not done since: one sentence that says what changed."""

from __future__ import annotations

import re

_SINCE = "Unisono runs scripts for PyNN 0.8 and later. Port the script, or run it with PyNN 0.7."

_DATA = "record(['spikes', 'v']) before the run and get_data() or write_data() after it"

#: Names that went with PyNN 0.7, and what came in their place. PyNN keeps others, such as ``printSpikes``.
_NAMES = {
    "print_c": "write_data()",
    "record_c": _DATA,
    "randomInit": "initialize(v=RandomDistribution(...))",
    "setRNGseeds": "setup(rng_seed=...)",
    "TsodyksMarkramMechanism": "TsodyksMarkramSynapse",
    **dict.fromkeys(("SynapseDynamics", "ComposedSynapseType", "DynamicSynapse"), "a type such as StaticSynapse"),
}

#: What Python 3 says of statements of Python 2.
_PYTHON_2 = ("Missing parentheses in call to", "multiple exception types must be parenthesized")

#: Arguments that went with PyNN 0.7: of which call, and what came in their place.
_ARGUMENTS = {
    "weights": ("a connector", "the synapse type has the weight: StaticSynapse(weight=..., delay=...)"),
    "delays": ("a connector", "the synapse type has the delay: StaticSynapse(weight=..., delay=...)"),
    "target": ("Projection", "it is called receptor_type"),
    "synapse_dynamics": ("Projection", "it is called synapse_type"),
    "method": ("Projection", "it is called connector"),
    "method_parameters": ("Projection", "the connector has its parameters"),
    "compatible_output": ("a call", "write_data() writes by Neo"),
}


def explanation(error: BaseException) -> tuple[str, str] | None:
    """A sentence and what to do where an error shows a script of PyNN 0.7; None for other errors."""
    message = str(error)
    if isinstance(error, SyntaxError) and any(words in message for words in _PYTHON_2):
        return "The script is written for Python 2, as scripts for PyNN 0.7 are.", f"Port it to Python 3. {_SINCE}"
    if isinstance(error, AttributeError | NameError | ImportError):
        names = [*re.findall(r"'(\w+)'", message), str(getattr(error, "name", ""))]
        for name in names:
            if name in _NAMES:
                return f"'{name}' is a name of PyNN 0.7; since PyNN 0.8 there is {_NAMES[name]}.", _SINCE
    if isinstance(error, TypeError):
        found = re.search(r"unexpected keyword argument '(\w+)'", message)
        if found and found[1] in _ARGUMENTS:
            call, change = _ARGUMENTS[found[1]]
            return f"The argument '{found[1]}' of {call} is one of PyNN 0.7; since PyNN 0.8, {change}.", _SINCE
        if "record() missing" in message:
            return f"record() without variables is PyNN 0.7; since PyNN 0.8 a script writes {_DATA}.", _SINCE
    return None
