"""The catalogue has every text in both languages, with the same values; the code names only what is there."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pydantic import BaseModel

from graph.texts import Language, NoText, Text, context, language_of, word
from queries.compare import COMPARISON
from queries.registry import Question, questions
from queries.tables import headings
from queries.verdicts import Verdict

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "graph" / "locale"
CHINESE = re.compile("[\u3400-\u9fff]")
PLACE = re.compile(r"{(\w+)")
MAY_BE_CHINESE = {"search.parameter.text.hint"}


def catalogue(language: Language) -> dict[str, str]:
    return {
        f"{path.stem}.{message.id}": str(message.string)
        for path in sorted((LOCALE / language).glob("*.po"))
        for message in read_po(path.open("rb"))
        if message.id
    }


ZH, EN = catalogue(Language.ZH), catalogue(Language.EN)


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    assert ZH.keys() == EN.keys()
    assert [key for key in ZH if set(PLACE.findall(ZH[key])) != set(PLACE.findall(EN[key]))] == []
    assert [key for texts in (ZH, EN) for key, text in texts.items() if not text or "TODO" in text] == []


def test_no_text_stands_twice_in_a_catalogue() -> None:
    for path in LOCALE.glob("*/*.po"):
        ids = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("msgid ")]
        assert sorted(ids) == sorted(set(ids)), path


def test_each_language_stands_alone() -> None:
    assert [(key, text) for key, text in EN.items() if CHINESE.search(text) and key not in MAY_BE_CHINESE] == []
    # A sentence of English in the Chinese file: four words of letters one after the other.
    assert [(key, text) for key, text in ZH.items() if re.search(r"([A-Za-z]{2,} ){4}", text)] == []


PACKED = {
    found
    for path in sorted((ROOT / "ingest").rglob("*"))
    if path.suffix in (".py", ".sql")
    for found in re.findall(r"""["'](ingest\.[\w.-]+)["']""", path.read_text(encoding="utf-8"))
}
"""What columns hold of the texts of a load, and what these are made of."""


def test_every_text_of_a_load_is_said_somewhere() -> None:
    parts = ("no_record.", "compared.")
    keys = {key for key in EN if key.startswith("ingest.") and not key.removeprefix("ingest.").startswith(parts)}
    assert {key.removesuffix(".todo") for key in keys} - PACKED == set()


def named_in_code() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for package in ("api", "graph", "ingest", "queries", "viz")
             for path in sorted((ROOT / package).rglob("*.py"))]  # fmt: skip
    found = {found for text in texts for found in re.findall(r'Text\(\s*"([\w.]+)"', text)}
    return found | PACKED


def test_the_code_names_only_texts_that_are_there() -> None:
    assert named_in_code() - EN.keys() == set()


def test_each_text_that_code_says_is_given_all_its_values() -> None:
    lacking = []
    for package in ("api", "graph", "ingest", "ledger", "queries", "viz"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match call:
                    case ast.Call(func=ast.Name("Text" | "said"), args=[ast.Constant(str(key)), *_], keywords=given):
                        names = {one.arg for one in given}
                        if key in ZH and None not in names and not set(PLACE.findall(ZH[key])) <= names:
                            lacking.append((path.name, call.lineno, key))
    assert lacking == []


def test_templates_and_scripts_name_only_texts_that_are_there_and_every_text_of_the_scripts() -> None:
    templates, scripts = ("\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "viz" / part).iterdir()))
                          for part in ("templates", "static"))  # fmt: skip
    assert set(re.findall(r"'((?:pages|common)\.[\w.]+)'", templates)) - EN.keys() == set()
    keys = {key.partition(".")[2] for key in EN if key.startswith("script.")}
    assert set(re.findall(r"\b(?:text|said)\('(\w+)'", scripts)) - keys == set()
    assert {key for key in keys if f"'{key}'" not in scripts} == set()


@pytest.mark.parametrize("question", [*questions(), COMPARISON], ids=lambda one: one.name)
def test_everything_of_a_question_has_a_name(question: Question) -> None:
    unnamed = [name for name in question.parameters.model_fields if question.label(name).id == "common.both"]
    assert unnamed == [] or question is COMPARISON
    kinds: tuple[tuple[str, type[BaseModel]], ...] = (("column", question.row_type), ("answer", question.answer_type))
    missing = [f"{kind}.{name}" for kind, model in kinds for name in model.model_fields
               if not {f"{question.domain}.{kind}.{name}", f"common.{kind}.{name}"} & EN.keys()]  # fmt: skip
    assert missing == []
    for language in Language:  # In a file each column is found by its heading.
        texts = [column.text.in_(language) for column in headings(question.row_type, everything=True)]
        assert len(texts) == len({*texts}), texts
    assert question.title.in_(Language.ZH) and question.doc.in_(Language.EN)


def test_what_the_system_says_is_said_in_the_language_of_the_reader(tmp_path: Path) -> None:
    with pytest.raises(OSError) as error:
        (tmp_path / "none").read_text()
    text = Text("errors.cannot_read", path="x.csv", why=error.value)
    assert [text.in_(language) for language in Language] == [
        "无法读取 x.csv：没有这个文件或文件夹。", "Cannot read x.csv: No such file or directory.",
    ]  # fmt: skip


def test_a_text_that_no_catalogue_has_is_named_with_its_file() -> None:
    with pytest.raises(NoText) as error:
        Text("nowhere.some.thing").in_(Language.ZH)
    assert "zh/nowhere.po: no text 'some.thing'" in error.value.args[0]


def test_a_text_says_its_values_in_the_language_of_the_reader() -> None:
    text = Text("common.list", items=[word(Verdict.MISSING), None, True, Text.both("甲", "A")])
    assert text.in_(Language.ZH) == "缺链、未知、是、甲"
    assert text.in_(Language.EN) == "missing, not known, yes, A"


def test_what_data_bring_is_never_taken_for_a_pattern() -> None:
    assert Text("common.list", items=["{0.__class__}", "{x}"]).in_(Language.EN) == "{0.__class__}, {x}"


def test_an_answer_as_json_is_in_one_language() -> None:
    class Told(BaseModel):
        note: Text

    told = Told(note=Text("common.unknown"))
    assert told.model_dump(mode="json", context=context(Language.EN)) == {"note": "not known"}
    assert told.model_dump(mode="json") == {"note": "未知"}
    assert told.model_dump()["note"] == "未知"


@pytest.mark.parametrize(
    ("spoken", "found"),
    [(["zh-CN"], Language.ZH), (["de", "en-US"], Language.EN), (["zh_TW.UTF-8"], Language.ZH), (["C"], None), ([], None),
     ([""], None), (["*"], None)],
)  # fmt: skip
def test_the_first_language_of_ours_is_spoken(spoken: list[str], found: Language | None) -> None:
    assert language_of(spoken) is found


def test_a_sentence_that_ends_in_a_name_with_a_stop_has_one() -> None:
    name = Text.both("奇瑞", "Chery Co., Ltd.")
    assert Text("search.headline", rows=2, name=name).in_(Language.EN) == "2 listed, nearest Chery Co., Ltd."
