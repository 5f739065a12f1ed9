"""All questions: importing this module registers every one of ours; those that users keep are read from a folder."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import queries.questions
from graph.errors import SavedQuestionError, UnknownName
from queries.runner import QUESTIONS, Question, find_question
from queries.saved import saved_questions

ORDER = (
    "chains", "gaps", "concentration", "key_technologies", "trace", "cascade", "survival", "cuts", "sectors",
    "candidates", "next_products", "partners", "science_chain", "routes", "search", "neighbourhood",
)  # fmt: skip
"""How questions are listed: from the overview to the detail."""

import queries.explore  # noqa: E402

for _module in iter_modules(queries.questions.__path__):
    import_module(f"queries.questions.{_module.name}")


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
