"""Who wrote it: names as people write them, out of what pages put into author fields and bylines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from crawler.date_words import FILLERS, fold, months, weekdays
from pipelines.metadata.agency import ALIASES
from pipelines.metadata.datelines import dates_in
from pipelines.page.phrases import PHRASES
from pipelines.page.titles import squash
from pipelines.page.tree import tidy

SHORTEST_OUTLET = 5  # letters of an outlet's name that may begin a name of its desks
MOST = 20  # names of one article
LONGEST = 60  # characters of a name
MOST_WORDS = 6  # of a name
_BYLINE, _ROLE, _DESK = ("|".join(PHRASES[name]) for name in ("byline", "role", "desk"))
LABEL = re.compile(rf"^(?:(?:{_BYLINE})[\s:/／]+|(?:文|撰文|记者|記者|作者|取材|聞き手) ?[:：/／]? ?(?=\S))", re.I)
GLUED = re.compile(r"^(?:[Bb]y|[Pp]or|[Pp]ar|[Aa]utora?|[Aa]uthor|Автор|Текст):?(?=[A-ZÁÉÍÓÚÑА-ЯЁ][^A-ZА-ЯЁ\s])")
ADDRESS = re.compile(r"(?<!\S)[^\s@]+@\S*\.\w+|https?://\S+|(?<!\w)@\w+")
IN_BRACKETS = re.compile(r" ?[(\[（【][^)\]）】]{0,200}[)\]）】]")
BETWEEN = re.compile(r" ?[;|\n•/／、，،] ?| · | ?, ?(?=[^\W\d_])")
AND = (  # between two names, whatever they look like
    "and|und|et|with|mit|та|og|och|și|şi|oraz|és|un|ir|dan|và|ve|και|да|եւ|और|এবং|และ|&|\\+"
)
LINK = "y|e|i|и|і|й|a|en|ja|و"  # the same, but also inside one name: José Ortuño y Gálvez
HAN = "(?:[\u4e00-\u9fff]{2})"
JOINED = re.compile(rf" (?:(?P<sure>{AND})|(?P<link>{LINK})) (?=\S)|(?<={HAN})[和與与及](?={HAN})", re.I)
ARABIC_AND = re.compile(  # it is written together with the next name, and some names begin with its letter
    r" و(?!(?:ليد|ائل|سام|سيم|حيد|فاء|جدي|ديع|رد|فيق|هيب|جيه|صفي|لاء|عد|ضاح)\b)(?=[\u0621-\u064a]{3})"
)
IBERIAN = re.compile(r"(?:\w+ )?por\b|texto", re.I)  # there "en" is no "and"
REVERSED = re.compile(r"((?:(?:van|von|de|der|den|del|la|da|dos) ){0,3}[^\W\d_][\w'’-]+), ?([^\W\d_][\w.'’-]+)")
ROLE = re.compile(rf"(?:^|(?<=\W))(?:{_ROLE})(?:$|(?=\W))", re.I)
ROLE_AFTER = re.compile(rf"(?<=\S)(?: |(?<=[\u4e00-\u9fff]{{2}}))(?:{_ROLE})$", re.I)
ROLE_BEFORE = re.compile(rf"^(?:{_ROLE}) ?[: ] ?(?=\S)", re.I)
DESK = re.compile(rf"(?:^|\b)(?:{_DESK})(?:\b|$)", re.I)
PHOTO = re.compile(rf"(?:{'|'.join(PHRASES['photo'])})\s*[:/]", re.I)
PHOTO_BEHIND = re.compile(rf" (?:{'|'.join(PHRASES['photo'])}) ?[:/](?s:.)*", re.I)
NOBODY = re.compile(rf"^(?:{'|'.join(PHRASES['nobody'])})$", re.I)
ACCOUNT = re.compile(  # no name is in small letters
    r"[a-z]+[\d_.-]*\d|[a-z]{1,15}|[a-z]+[._-][a-z._-]+|(?=[\w.-]+\Z)[\w.-]*?(?:admin|webmaster|newsroom)[\w.-]*"
)
DEGREE = re.compile(r"(?:M\.?D|Ph\.?D|M\.?A|M\.?Sc|Jr|Sr)\.?")
ACRONYM = re.compile(r"[A-Z]{2,6}")  # an agency's, such as ACN
PUBLISHED = re.compile(
    r"(?:^|\s)(?:(?:last )?(?:posted|published|updated)|artikel veröffentlicht|veröffentlicht|aktualisiert|publicad[oa]"
    r"|actualizad[oa]|atualizad[oa]|publié|mis à jour|опубликован\w*|обновлен\w*)\b(?s:.)*",
    re.I,
)
BEHIND = re.compile(  # what follows a name in a byline: section, date, comments, role
    r" (?:and|y|e|und|et) (?:staff|wires?|agenc\w*|team|equip[oe])\b(?s:.)*"
    r"| (?:in|on|at|for|em|en|el|am|le|il|в|на) (?=[\dA-ZÁÉÍÓÚÑА-ЯЁ])(?s:.)*| ?, (?s:.)*| [–—|-] (?s:.)*"
)
NUMBER_BEHIND = re.compile(r"^(\S+ \S.*?) \d(?s:.)*")  # a date or a count, behind a name of two words
NO_NAME = re.compile(r"[<>{}=?!%]|://|www\.|\.(?:com|html|php)\b")
PERSON = re.compile(r"[^\W\d_a-zа-я][^\s\d]*(?: (?:[^\W\d_]{1,3}|[^\W\d_a-zа-я][^\s\d]*)){1,3}")  # with particles


def people(given: Iterable[str], outlets: frozenset[str], desks_too: bool = False) -> list[str]:
    """Clean names in their order, each once; names of ``outlets`` (``outlet_names``) and of nobody are left out.

    Desks and agencies are left out as well, unless ``desks_too`` and a person is beside them.
    """
    names: dict[str, str] = {}
    for entry in given:
        for part in _parts(entry):
            name = None if _is_outlet(part, outlets) else clean_name(part)
            if name and not re.search(r"\d", name) and not _is_outlet(name, outlets):
                names.setdefault(same(name), name)
    persons = [name for name in names.values() if not DESK.search(name) and not ACRONYM.fullmatch(name)]
    return (list(names.values()) if desks_too and persons else persons)[:MOST]


def desks(given: Iterable[str], outlets: frozenset[str]) -> list[str]:
    """The name of an author field that credits no person: an agency or a desk, else the outlet itself."""
    own: list[str] = []
    for entry in given:
        text = LABEL.sub("", ADDRESS.sub(" ", tidy(entry)).strip())
        if not same(text) or NOBODY.match(text):
            continue
        if _is_outlet(text, outlets):
            own.append(text)
        elif name := clean_name(text):
            return [text if ROLE_BEFORE.match(text) else name]
    return [name for name in own if name and len(name) <= LONGEST][:1]


def completed(announced: list[str], shown: list[str]) -> list[str]:
    """The names that the page announces, with those of persons that its byline has beside all of them."""
    known = set(map(same, announced))
    if not known <= set(map(same, shown)):
        return announced
    return announced + [name for name in shown if same(name) not in known and PERSON.fullmatch(name)]


def same(name: str) -> str:
    """A name as it is compared: letters and digits without accents, case-folded."""
    return squash("".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)))


def begins_byline(line: str) -> bool:
    """Whether a line begins with "By" or its kin."""
    return bool(LABEL.match(line) or GLUED.match(line))


def outlet_names(sites: Iterable[str]) -> frozenset[str]:
    """The names of a publisher as they are compared, with and without the ending of its host."""
    return frozenset(plain for site in sites for plain in (same(site), same(re.sub(r"\.\w{2,3}$", "", site))) if plain)


def _is_outlet(name: str, outlets: frozenset[str]) -> bool:
    plain = same(name)
    # "Portal Costa Litoral" is a desk of "Portal Costa", and so is "Redacción Costa Norte" of "Costa Norte"
    desk = any(len(outlet) > SHORTEST_OUTLET and plain.startswith(outlet) for outlet in outlets)
    if not plain or plain in outlets or desk or same(DESK.sub("", name)) in outlets:
        return True
    return bool(outlets.intersection(map(same, name.split())))


def _parts(entry: str) -> Iterator[str]:
    """The names in one author field; "Family, Given" is one, and so is what only a particle joins."""
    text = PHOTO_BEHIND.sub("", ADDRESS.sub(" ", IN_BRACKETS.sub("", tidy(entry)))).strip()
    if (match := REVERSED.fullmatch(LABEL.sub("", text))) and not any(
        part.isupper() or part.casefold() in ALIASES for part in match.groups()
    ):
        yield f"{match[2]} {match[1]}"
        return
    first = True
    for listed in BETWEEN.split(text):
        words = listed.split()
        is_role = not first and ROLE.search(listed) and not PERSON.fullmatch(ROLE_BEFORE.sub("", listed))
        if not words or is_role or (not first and DEGREE.fullmatch(listed)):
            continue
        first = False
        yield from _joined(listed)


def _joined(text: str) -> Iterator[str]:
    begin, spaced = 0, not re.search(HAN, text)
    for match in (*JOINED.finditer(text), *ARABIC_AND.finditer(text)):
        kinds = match.groupdict()
        link = (kinds.get("link") or "").lower()
        if text[match.end()].islower() or (link == "en" and IBERIAN.match(text)):
            continue
        left, right = text[begin : match.start()].split(), JOINED.split(text[match.end() :], maxsplit=1)[0].split()
        alike = min(len(left), len(right)) > 1 or len(left) == len(right) == 1
        if kinds.get("sure") or not spaced or alike:
            yield text[begin : match.start()]
            begin = match.end()
    yield text[begin:]


def clean_name(text: str) -> str | None:
    """One name without "By", role and punctuation; None when what is left is no name."""
    text = GLUED.sub("", tidy(text).strip(" ,.;:|-–—*•"))
    name = PUBLISHED.sub("", BEHIND.sub("", LABEL.sub("", text)))
    name = NUMBER_BEHIND.sub(r"\1", name).strip(" ,;:|-–—*•")
    if PHOTO.match(name) or ROLE.fullmatch(name) or NOBODY.match(name) or _is_date(name):
        return None
    if ACCOUNT.fullmatch(name) and name not in ALIASES:
        return None
    name = ROLE_BEFORE.sub("", ROLE_AFTER.sub("", name))
    if ROLE.fullmatch(name) or NOBODY.match(name):
        return None
    letters = sum(char.isalpha() for char in name)
    if letters < 2 or len(name) > LONGEST or NO_NAME.search(name):
        return None
    return name if len(name.split()) <= MOST_WORDS else None


def _is_date(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+|\d+", fold(text))
    dated = [word in months() or word in weekdays() or word.isdigit() or word in FILLERS for word in words]
    day = any(map(str.isdigit, words)) or (len(words) == 1 and words[0] in weekdays() and len(words[0]) > 3)
    return (all(dated) and day) or any(dates_in(text))
