"""All questions: importing this module registers every one of them."""

from queries import chains, explore, gaps, partners, weak_points
from queries.runner import QUESTIONS, Question, find_question

ORDER = ("chains", "gaps", "weak_points", "partners", "search", "neighbourhood", "path")
"""How questions are listed: from the overview to the detail."""

_MODULES = (chains, gaps, weak_points, partners, explore)


def questions() -> list[Question]:
    """Every question, in the order they are listed."""
    return sorted(QUESTIONS.values(), key=lambda q: (ORDER.index(q.name) if q.name in ORDER else len(ORDER), q.name))


def question_named(name: str) -> Question:
    """The question of a name. Raises `UnknownName`, with the nearest names."""
    return find_question(name)
