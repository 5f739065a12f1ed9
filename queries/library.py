"""All questions: importing this module registers every one of ours; those that users keep are read from a folder."""

from pathlib import Path

from graph.errors import SavedQuestionError, UnknownName
from queries import (
    candidates,
    cascade,
    chains,
    concentration,
    cuts,
    explore,
    gaps,
    key_technologies,
    next_products,
    partners,
    routes,
    science_chain,
    sectors,
    survival,
    trace,
)
from queries.runner import QUESTIONS, Question, find_question
from queries.saved import saved_questions

ORDER = (
    "chains", "gaps", "concentration", "key_technologies", "trace", "cascade", "survival", "cuts", "sectors",
    "candidates", "next_products", "partners", "science_chain", "routes", "search", "neighbourhood",
)  # fmt: skip
"""How questions are listed: from the overview to the detail."""

_MODULES = (
    chains, gaps, concentration, key_technologies, trace, cascade, survival, cuts, sectors, candidates,
    next_products, partners, science_chain, routes, explore,
)  # fmt: skip


def questions() -> list[Question]:
    """Every question that comes with the program, in the order they are listed."""
    return sorted(QUESTIONS.values(), key=lambda q: (ORDER.index(q.name) if q.name in ORDER else len(ORDER), q.name))


def question_named(name: str, folder: Path | None = None) -> Question:
    """The question of a name, of ours or of those kept in a folder. Raises `UnknownName`, with the nearest names.

    Raises `SavedQuestionError` where it is not found and files of the folder cannot be read: it may be in one of them.
    """
    if name in QUESTIONS or folder is None:
        return find_question(name)
    kept, problems = saved_questions(folder)
    for one in kept:
        if one.name == name:
            return one
    if problems:
        raise SavedQuestionError("; ".join(problems))
    raise UnknownName("question", name, [*QUESTIONS, *(one.name for one in kept)])
