"""Texts for people: each has an id, and stands in Chinese and in English in the catalogue, never in the logic.

The catalogue is gettext's: `graph/locale/<language>/<domain>.po`, one file for each domain (a question, a page, a command)
and language. An id is `domain.key`; a text may have places for values: `{found} rows`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum, StrEnum
from errno import errorcode
from functools import cache, lru_cache
from math import floor, isfinite, log10
from pathlib import Path
from re import compile, sub
from string import Formatter
from typing import Any

from babel.core import Locale, get_global, negotiate_locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_LOCALE = Path(__file__).with_name("locale")
_BOTH = "common.both"
_PACKED = '{"$": '
_ID = compile(r"[a-z_]+(\.[a-z0-9_-]+)+")
_SAID = 4096
"""Numbers and days whose texts are kept: a page says the same few again and again, and Babel takes 0.2 ms for each."""
_JOINED = {"zh": "、", "en": ", "}


class Language(StrEnum):
    """The languages that a reader can choose."""

    ZH = "zh"
    EN = "en"


def language_of(spoken: Sequence[str]) -> Language | None:
    """The first of some languages, as locales or headers name them, that is one of ours; `None` where none is.

    >>> language_of(["fr", "en-GB", "zh"]), language_of(["zh_CN.UTF-8"]), language_of(["C"])
    (<Language.EN: 'en'>, <Language.ZH: 'zh'>, None)
    """
    names = [one.partition(".")[0].replace("-", "_") for one in spoken]
    found = negotiate_locale([name for name in names if name], list(Language))
    return Language(found) if found else None


class NoText(KeyError):
    """The catalogue has no text of an id; the first argument says in English which file lacks it."""


class Share(float):
    """A part of a whole, which a text says in percent."""


class Measure(float):
    """A number that a text says with three significant digits."""


class _Counted(Formatter):
    """Formats values, and words that are one thing of one and another of several."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """A value as its format says, or the word that fits it."""
        one, bar, several = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return one if str(value) == "1" else several


_COUNTED = _Counted()
_TWO_STOPS = compile(r"(?<=\w)\.\.(?=\s|$)")
"""A sentence that ends in a name with a stop of its own: Co., Ltd."""


class Text:
    """A text of the catalogue with its values; what it says is made when it is shown, in the reader's language.

    Values may be texts, members of an enumeration that the catalogue names, shares, measures, errors of the system, and lists of these. `{found:row|rows}`
    is the first word where the value is said as 1, else the second.

    >>> Text("common.shown", found=3, shown=2).in_(Language.EN)
    'The first 2 of 3 rows are shown.'
    >>> [Text("walk.steps", count=count).in_(Language.EN) for count in (1, 2)]
    ['1 step', '2 steps']
    """

    __slots__ = ("id", "values")

    def __init__(self, id_of_text: str, /, **values: object) -> None:
        self.id = id_of_text
        self.values = {name: _why(one) if isinstance(one, OSError) else one for name, one in values.items()}

    @classmethod
    def both(cls, zh: str, en: str) -> "Text":
        """A text that is not in the catalogue, since it comes from data or from a user, in both languages."""
        return cls(_BOTH, zh=zh or en, en=en or zh)

    def in_(self, language: Language) -> str:
        """What it says in a language. Raises `NoText` for an id that the catalogue does not have."""
        if self.id == _BOTH:
            return str(self.values[language])
        domain, _, key = self.id.partition(".")
        pattern = _catalogue(language, domain).get(self.id)
        if pattern is None:
            raise NoText(
                f"{_LOCALE / language / domain}.po: no text '{key}'; install the program again, or write it in each language."
            )
        shown = {name: _shown(value, language) for name, value in self.values.items()}
        said = _COUNTED.vformat(pattern, (), shown) if "|" in pattern else pattern.format_map(shown)
        return _TWO_STOPS.sub(".", said).rstrip()  # A value at the end may be empty.

    @property
    def todo(self) -> "Text":
        """What to do about it: the text `ID.todo`, which has the same values."""
        own = f"{self.id}.todo"
        return Text(own, **self.values) if is_known(own) else Text("common.todo")

    def packed(self) -> str:
        """One string that `unpacked` makes the text of again, for columns and files: its id, with values JSON.

        >>> Text.unpacked(Text("common.shown", found=3, shown=2).packed()).values
        {'found': 3, 'shown': 2}
        """
        return json.dumps(self, default=_plain, ensure_ascii=False) if self.values else self.id

    @classmethod
    def unpacked(cls, packed: str) -> "Text":
        """The text of what `packed` gave; what is no text of the catalogue, as what data or people say, is said as it is."""
        try:
            found = json.loads(packed, object_hook=_of_plain) if packed.startswith(_PACKED) else None
        except (ValueError, KeyError, TypeError):
            found = None
        if isinstance(found, Text):
            return found
        return cls(packed) if _ID.fullmatch(packed) and is_known(packed) else cls.both(packed, packed)

    def __repr__(self) -> str:
        return f"Text({self.id!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.id, self.values) == (other.id, other.values)

    def __hash__(self) -> int:
        return hash((self.id, repr(self.values)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(_serialised, info_arg=True)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}


def _why(error: OSError) -> Text:
    """What the system says that went wrong, which it says in English."""
    known, said = f"errors.os.{errorcode.get(error.errno or 0, 'other').lower()}", error.strerror or str(error)
    return Text(known) if is_known(known) else Text.both(said, said)


def is_known(id_of_text: str) -> bool:
    """Whether the catalogue has a text of this id."""
    return id_of_text in _catalogue(Language.EN, id_of_text.partition(".")[0])


def word(member: Enum) -> Text:
    """What people call a member of an enumeration: `gaps.kind.extend` for `Kind.EXTEND` of the module gaps."""
    domain = type(member).__module__.rpartition(".")[2]
    kind = sub(r"(?<=[a-z])(?=[A-Z])", "_", type(member).__name__).lower().lstrip("_")
    return Text(f"{domain}.{kind}.{member.value}")


def label(domain: str, part: str, name: str) -> Text:
    """What a column, a parameter or a field of an answer is called: in its own domain, else in `common`, else by its name."""
    known = (f"{one}.{part}.{name}" for one in (domain, "common") if is_known(f"{one}.{part}.{name}"))
    id_of_text = next(known, "")
    return Text(id_of_text) if id_of_text else Text.both(name, name)


def hint(domain: str, part: str, name: str) -> Text | None:
    """The sentence that says more of it, its own or that of its label; `None` where its name says all."""
    ids = (f"{domain}.{part}.{name}.hint", f"{label(domain, part, name).id}.hint")
    return next((Text(one) for one in ids if is_known(one)), None)


def described(schema: JsonSchemaValue, model: type[Any]) -> None:
    """Put into the JSON Schema of rows what the catalogue says of their fields, in English."""
    domain = model.__module__.rpartition(".")[2]
    part = "answer" if "looked_at" in model.model_fields else "column" if hasattr(model, "key") else "parameter"
    for name, prop in schema.get("properties", {}).items():
        more = hint(domain, part, name)
        prop.setdefault("description", (more or label(domain, part, name)).in_(Language.EN))


def texts_of(domain: str, language: Language) -> dict[str, str]:
    """The texts of a domain by key, for what makes them itself: the scripts of the pages."""
    return {name.partition(".")[2]: text for name, text in _catalogue(language, domain).items()}


@lru_cache(_SAID)
def number_text(value: float, language: Language) -> str:
    """A measure with three significant digits, whole digits always in full.

    >>> [number_text(value, Language.EN) for value in (0.33333, 12.3456, 95530.4, 0.0)]
    ['0.333', '12.3', '95,530', '0']
    """
    return str(format_decimal(_rounded(value), locale=language, decimal_quantization=False))


YI = 10_000.0
"""万元 in 亿元: 10 k CNY in 100 m CNY."""


@lru_cache(_SAID)
def money_text(value: float, language: Language) -> str:
    """An amount in 10 k CNY as people say it, with its unit: in 万元 or 亿元, in m or bn CNY; whole 万元 always in full, of less
    three significant digits.

    >>> [money_text(value, Language.EN) for value in (115_970.0, 500_000.0, 4_500.0, 0.5, -20.0)]
    ['1.1597 bn CNY', '5 bn CNY', '45 m CNY', '0.005 m CNY', '-0.2 m CNY']
    >>> [money_text(value, Language.ZH) for value in (115_970.0, 4_500.0)]
    ['11.597 亿元', '4,500 万元']
    """
    is_large = abs(value) >= (YI if language is Language.ZH else 10 * YI)
    whole = {Language.ZH: YI if is_large else 1.0, Language.EN: 10 * YI if is_large else YI / 100}[language]
    amount = format_decimal(round(_rounded(value) / whole, 9), locale=language, decimal_quantization=False)
    return Text(f"common.money.{'large' if is_large else 'small'}", amount=amount).in_(language)


_LEAST_SHARE = 1e-5
"""A smaller share is not told apart from others: its digits would be those of the reckoning."""


@lru_cache(_SAID)
def share_text(value: float, language: Language) -> str:
    """A fraction in percent with three significant digits; what is next to nothing is told from nothing, and no more.

    >>> share_text(0.45678, Language.ZH), share_text(1.0, Language.EN), share_text(0.00021, Language.EN)
    ('45.7%', '100%', '0.021%')
    >>> share_text(0.0000009, Language.EN), share_text(-0.0000009, Language.ZH), share_text(0.0, Language.ZH)
    ('<0.001%', '>-0.001%', '0%')
    """
    if 0 < abs(value) < _LEAST_SHARE:
        return f"<{share_text(_LEAST_SHARE, language)}" if value > 0 else f">{share_text(-_LEAST_SHARE, language)}"
    return str(format_percent(_rounded(value, shift=2), locale=language, decimal_quantization=False))


@lru_cache(_SAID)
def day_text(day: date, language: Language) -> str:
    """A day as people write it.

    >>> day_text(date(2024, 12, 31), Language.ZH), day_text(date(2024, 12, 31), Language.EN)
    ('2024年12月31日', 'Dec 31, 2024')
    """
    return str(format_date(day, locale=language))


def region_text(code: str, language: Language) -> str:
    """What people call the country or region of an ISO 3166 code of three letters; the code where it has no name.

    >>> region_text("JPN", Language.ZH), region_text("USA", Language.EN), region_text("XYZ", Language.EN)
    ('日本', 'United States', 'XYZ')
    """
    short = get_global("territory_aliases").get(code, [code])[0]
    return str(Locale(language).territories.get(short, code))


def _rounded(value: float, shift: int = 0) -> float:
    if not value or not isfinite(value):
        return value
    return round(value, max(2 - floor(log10(abs(value))) - shift, 0) + shift)


def context(language: Language) -> dict[str, object]:
    """What `model_dump` needs to say texts in a language."""
    return {"language": language}


@cache
def _catalogue(language: Language, domain: str) -> Mapping[str, str]:
    path = _LOCALE / language / f"{domain}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        found = read_po(file)
    return {f"{domain}.{message.id}": str(message.string) for message in found if message.id}


def _plain(value: object) -> object:
    """What JSON holds of a value of a text."""
    if isinstance(value, Enum):
        value = word(value)
    return {"$": value.id, **value.values} if isinstance(value, Text) else str(value)


def _of_plain(found: dict[str, object]) -> Text:
    id_of_text = str(found.pop("$"))
    if id_of_text != _BOTH and not is_known(id_of_text):
        raise KeyError(id_of_text)
    return Text(id_of_text, **found)


def _shown(value: object, language: Language) -> object:
    if isinstance(value, Text):
        return value.in_(language)
    if isinstance(value, Enum):
        return word(value).in_(language)
    if value is None or isinstance(value, bool):
        return Text({None: "common.unknown", True: "common.yes", False: "common.no"}[value]).in_(language)
    if isinstance(value, date):
        return day_text(value, language)
    if isinstance(value, Share | Measure):
        return (share_text if isinstance(value, Share) else number_text)(value, language)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _JOINED[language].join(str(_shown(one, language)) for one in value)
    return value


def _serialised(text: Text, info: SerializationInfo) -> str:
    given: Mapping[str, Any] = info.context or {}
    return text.in_(given.get("language", Language.ZH))
