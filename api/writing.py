"""Forms that write: each sends one request of the API with a reader's key; without one a page is read only."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel

from viz.page import Field, Form, Section

Choices = Sequence[tuple[str, str]]


def writing(
    action: str,
    model: type[BaseModel],
    heading: str,
    about: str,
    called: Callable[[str], str],
    *,
    then: str = "",
    kept: Mapping[str, str] | None = None,
    choices: Mapping[str, Choices] | None = None,
    names: Mapping[str, str] | None = None,
    by_id: bool = True,
    hidden: Sequence[str] = (),
) -> Section:
    """A form whose fields are those of a request, each `called` as people call it; `about` says which scope it needs.

    What is `kept` is said for the reader, some have `choices`, some name a node of a type (`names`), `by_id` or by its name, and `hidden` are left out.
    """
    fixed, offered, named = kept or {}, choices or {}, names or {}
    fields = []
    for name, info in model.model_fields.items():
        if name in fixed or name in hidden or name == "request":
            continue
        members = get_args(info.annotation) if get_origin(info.annotation) in (Union, UnionType) else (info.annotation,)
        kinds = [get_args(one)[0] if get_origin(one) is Annotated else one for one in members]
        options = [*offered.get(name, ())]
        if options and not info.is_required():
            options = [("", "—"), *options]
        fields.append(Field(
            name, called(name), choices=options, is_required=info.is_required(),
            is_number=not name.endswith("_fen") and bool({int, float} & {*kinds}), names=named.get(name, ""), is_id=by_id,
            kind="date" if date in kinds else "yuan" if name.endswith("_fen") else "long" if name == "why" else "",
        ))  # fmt: skip
    beside = [*fixed.items(), *([("request", "")] if "request" in model.model_fields else [])]
    form = Form(action, fields, heading, beside, writes=True, then=then)
    return Section(heading, about, form=form)
