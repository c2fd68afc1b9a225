"""What the command line offers: each command with its place, its summary and examples.

Nothing is imported here: ``unisono --help`` shows all commands and loads none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PREPARE, CHOOSE, RUN, STUDY, GATE = "Prepare", "Choose and describe", "Run and compare", "Study", "Gate a repository"


@dataclass(frozen=True)
class Entry:
    """A command.

    Attributes
    ----------
    name : str
        As it is typed; ``env create`` is a command of the group ``env``.
    location : str
        ``module:function`` in :mod:`unisono.commands`.
    summary : str
        For the list of commands.
    panel : str
        The commands among which it is listed.
    examples : tuple of str
        Command lines.
    alone : str
        What a group does without a command, as ``location``; it shows its help if this is empty.
    """

    name: str
    location: str
    summary: str
    panel: str = ""
    examples: tuple[str, ...] = ()
    alone: str = ""


#: In the order of the help.
CATALOGUE = (
    Entry(
        "run",
        "running:run",
        "Run a model on simulators and write a folder of results.",
        RUN,
        ("unisono run vogels_abbott --set n=1000", "unisono run my_script.py --on nest,neuron -o results/first"),
    ),
    Entry(
        "compare",
        "running:compare",
        "Run a model on simulators and judge whether they agree.",
        RUN,
        (
            "unisono compare my_script.py --report report.html",
            "unisono compare vogels_abbott --on nest,brian2 --set duration=500",
            "unisono compare my_script.py --closed-loop",
            "unisono compare results/my_script",
        ),
    ),
    Entry(
        "converge",
        "converging:converge",
        "Measure the order of errors against exact spike times.",
        RUN,
        ("unisono converge single_cell --set cell=EIF --set duration=40",),
    ),
    Entry(
        "ensemble",
        "studying:ensemble",
        "Judge from many seeds whether simulators are equivalent.",
        RUN,
        (
            "unisono ensemble vogels_abbott --numerics native --jobs 4",
            "unisono ensemble vogels_abbott --on nest,nest:native --runs 40",
        ),
    ),
    Entry(
        "explore",
        "exploring:explore",
        "Map rates and regimes over a range of options.",
        STUDY,
        ("unisono explore brunel --vary g=3:8:0.5 --vary eta=1,2,4 --report map.html",),
    ),
    Entry(
        "curve",
        "exploring:curve",
        "Measure a cell's rate by the current into it.",
        STUDY,
        ("unisono curve IF_cond_exp --current 0:2:0.1", "unisono curve AdEx_bursting --on nest"),
    ),
    Entry(
        "selftest",
        "selftest:selftest",
        "Inject faults: does each tier see what it claims to see?",
        STUDY,
        ('unisono selftest vogels_abbott --tiers identical --fault "delay + 1 step"',),
    ),
    Entry(
        "models",
        "inspection:models",
        "List library models, cells and synapses, or show one model.",
        CHOOSE,
        ("unisono models", "unisono models vogels_abbott", "unisono models --cells"),
    ),
    Entry(
        "advise",
        "advising:advise",
        "Recommend cell, synapses, time step, duration and simulators.",
        CHOOSE,
        ("unisono advise --phenomenon bursting", 'unisono advise --phenomenon "high conductance" --cells 1e5 --gpu'),
    ),
    Entry(
        "lint",
        "linting:lint",
        "Find what is likely wrong with a model, without running it.",
        CHOOSE,
        ("unisono lint my_script.py", "unisono lint vogels_abbott --resize 1000,4000"),
    ),
    Entry(
        "describe",
        "describing:describe",
        "Describe a network for a paper: tables, equations, checklist.",
        CHOOSE,
        ("unisono describe vogels_abbott --latex model.tex",),
    ),
    Entry(
        "init",
        "checking:init",
        "Write a commented unisono.toml for a model.",
        GATE,
        ("unisono init my_script.py",),
    ),
    Entry(
        "check",
        "checking:check",
        "Check the models of a repository against unisono.toml.",
        GATE,
        (
            "unisono check",
            'unisono check --update-baseline --because "The delay is 2 ms now."',
            'unisono check --selftest "delay + 1 step" --on-simulator nest',
        ),
    ),
    Entry(
        "doctor",
        "inspection:doctor",
        "Show what is installed, what is missing, and how to fix it.",
        PREPARE,
        ("unisono doctor", "unisono doctor --quick"),
    ),
    Entry(
        "cache",
        "caching:",
        "Show and limit what is kept of runs and compiled code.",
        PREPARE,
        ("unisono cache", "unisono cache limit --age 30d --size 2G"),
        alone="caching:show",
    ),
    Entry(
        "cache clear",
        "caching:clear",
        "Empty the cache, or remove some kinds of files.",
        examples=("unisono cache clear", "unisono cache clear runs rows --dry-run"),
    ),
    Entry(
        "cache limit",
        "caching:limit",
        "Remove what was not used for long, or what is too much.",
        examples=("unisono cache limit --age 30d", "unisono cache limit --size 2G"),
    ),
    Entry("env", "environments:", "Separate environments for simulators whose packages clash.", PREPARE),
    Entry(
        "env create",
        "environments:create",
        "Make the environment of a simulator, or go on where one was cut off.",
        examples=("unisono env create genn --source genn-4.9.0",),
    ),
    Entry("env list", "environments:list_", "List the environments, what is in them, and where they are."),
    Entry(
        "env remove",
        "environments:remove",
        "Remove the environment of a simulator.",
        examples=("unisono env remove genn",),
    ),
)


def children(group: str) -> Iterator[Entry]:
    """The commands of a group; of all where the name is empty."""
    before = f"{group} " if group else ""
    for entry in CATALOGUE:
        if entry.name.startswith(before) and " " not in entry.name.removeprefix(before):
            yield entry


def entry_of(name: str) -> Entry:
    """The entry of a command's full name."""
    return next(entry for entry in CATALOGUE if entry.name == name)
