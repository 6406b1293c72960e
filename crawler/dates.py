"""Dates as publishers write them, brought into the form of the database.

Feeds, JSON-LD, meta tags and bylines give RFC 822, ISO 8601, numbers since 1970 and words in any language. What
cannot be read for sure is None: ``03/04/2024`` may be March or April, unless its weekday or its language tells; a
weekday that is not that day's makes all of it doubtful; and no date is better than a wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import timezone as fixed_offset
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.date_words import FILLERS, ZONES, fold, months, of_several_words, weekdays

EARLIEST = date(1990, 1, 1)  # nothing older is news on the web: such dates are zeroes and typing errors
LONGEST = 120  # characters of a date text; whatever is longer is prose
MONTH_FIRST = frozenset(("en-us", "en-ca", "en-ph", "es-us", "en"))  # where some or all write the month first
YEAR_FIRST = frozenset(("zh", "ja", "ko", "und"))  # where other orders follow no rule
THAI_YEARS, THAI = 543, re.compile("[\u0e01-\u0e5b]")
ERAS = {"令和": 2018, "平成": 1988, "民國": 1911, "民国": 1911}

OFFSET = r"(?:utc|gmt|msk|мск)?\s?[+-]\d{1,2}(?::?\d{2}(?::?\d{2})?)?"
ISO = re.compile(
    r"(?:(?P<weekday>[^\W\d_]{2,12})[.,]{0,2}\s+)?"
    r"(?P<day>\d{4}([-/.])\d{1,2}\3\d{1,2}|\d{8}|\d{4}-\d{3}|\d{4}-?w\d{2}-?\d)\.?"
    r"(?:(?:\s*t\s*|[\s,]+(?:at\s+)?)(?P<clock>\d{1,2}:\d{2}(?::\d{2})?|\d{6}|\d{4}|\d{2})(?:[.,]\d+)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>.*))?",
)
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # marks of direction, as some browsers write
COMPACT = re.compile(
    r"((?:19|20)\d{6})(\d{2})(\d{2})(\d{2})?(z|\s?[+-]\d{2}:?\d{2})?"
)  # 20240701120000, as CMSs put into meta tags
EPOCH = re.compile(r"(\d{9,10})(?:\.\d*)?|(\d{12,13})")  # seconds, or milliseconds
CLOCK = re.compile(
    r"(?<![\d.:/-])(?P<hour>\d{1,2})"
    r"(?:(?:[:.]|\s?h\s?)(?P<minute>\d{2})(?:(?<!\.\d\d)[:.m](?P<second>\d{2})(?:[.,]\d+)?)?(?![\d./]*\d)(?:\s?min\b)?"
    r"|:(?P<short>\d{1,2}:\d{1,2})(?!\d)|(?=\s?[ap]\.?\s?m\b)|\s?h(?:rs?|s)?\b|\s?uhr\b)"
    r"(?:\s*(?P<half>[ap])\.?\s?m\b\.?)?"
)
ZONE = rf"(?:{OFFSET}(?!\d)|[a-z]+(?:/[a-z_]+[+-]?\d*){{1,2}}|[^\W\d_]{{1,5}}\b)"
ZONE_AFTER_CLOCK = re.compile(rf"\s*\(?(?P<zone>{ZONE})\)?")
ZONE_AT_END = re.compile(r"(?<=\d{4})\s+\(?(?P<zone>[+-]\d{2}:?\d{2}|[^\W\d_]{1,5})\)?$")
ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|re|eme|ª|º|o|ος|-?го|-?е|-?ე|:e|ko)(?![^\W\d_])")
EASTERN_DAY = re.compile(r"(\d{4})\s*(?:年|년)\s*(\d{1,2})\s*(?:月|월)\s*(\d{1,2})\s*(?:日|일|号|號)?")
EASTERN_ERA = re.compile(rf"({'|'.join(ERAS)})\s*(\d{{1,3}}|元)\s*年")
EASTERN_CLOCK = re.compile(
    r"(?P<half>上午|凌晨|早上|清晨|오전|午前|中午|下午|晚上|오후|午後|晚)?\s{0,9}(?P<hour>\d{1,2})\s*(?:[:：]|时|時|点|點|시)\s*(?P<minute>\d{1,2})"
    r"\s*[分분]?(?:\s*:?(?P<second>\d{1,2})\s*[秒초]?)?(?![\d:])"
)
VIETNAMESE = re.compile(r"(\d{1,2})\s*(?:tháng|thg)\s*(\d{1,2})[\s,]*(?:năm\s*)?(\d{4})")
HALVES = re.compile(r"(?<=\d)\s*(?:(ص|صباحا|صباحاً|π\.?\s?μ\.?|पूर्वाह्न)|(م|مساء|مساءً|μ\.?\s?μ\.?|अपराह्न))(?![^\W\d_])")
TOKEN = re.compile(r"\d+|[^\s\d.,;:|()\[\]/–—·•-]+|[./-]")

Reading = tuple[datetime, bool, tzinfo | None, bool]  # local time, has a clock, its zone, the zone is a riddle


def utc_text(
    value: str | datetime, timezone: str | None = None, now: datetime | None = None, language: str | None = None
) -> str | None:
    """``2024-07-01T12:00:00Z``, or ``2024-07-01`` when the time of day or its zone is unknown; None if unreadable.

    A time without a zone is read in ``timezone`` (an IANA name). ``language`` (``es``, ``en-GB``) tells whether the day
    comes first where only that decides. None as well for dates before 1990 and, when ``now`` is given, for those more
    than a day after it. Never raises.
    """
    try:
        reading: Reading | None = None
        if isinstance(value, datetime):
            reading = value.replace(tzinfo=None), True, value.tzinfo, False
        elif isinstance(value, str):  # JSON gives anything
            reading = _read(value, (language or "").lower().replace("_", "-"))
        if reading is None:
            return None
        local, has_clock, zone, riddle = reading
        if has_clock and zone is None and not riddle:
            zone = zone_named(timezone)
        if not has_clock or zone is None:
            return _unless_absurd(local.date().isoformat(), local, now)
        moment = local.replace(tzinfo=zone).astimezone(UTC).replace(microsecond=0, tzinfo=None)
        return _unless_absurd(f"{moment.isoformat()}Z", moment, now)
    except (ValueError, OverflowError):  # the 31st of February, the year 0, hours beyond the calendar
        return None


def zone_named(name: str | None) -> tzinfo | None:
    """The zone of an IANA name; None for no such name."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "America" is a folder
        return None


def _unless_absurd(text: str, moment: datetime, now: datetime | None) -> str | None:
    if moment.date() < EARLIEST:
        return None
    if now is not None:
        latest = (now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)) + timedelta(days=1)
        if (moment > latest) if text.endswith("Z") else (moment.date() > latest.date()):
            return None
    return text


def _read(text: str, language: str) -> Reading | None:
    if not any(map(str.isnumeric, text)):  # as nearly every line that might be one
        return None
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text[: 2 * LONGEST])).replace("\u2212", "-")
    text = " ".join(text.casefold().split())
    if not text or len(text) > LONGEST:
        return None
    if not text.isascii():
        text = _western(text)
    if match := COMPACT.fullmatch(text):
        return _at(_iso_day(match[1]), match[2], match[3], match[4]), True, *_zone(match[5] or "")
    if match := EPOCH.fullmatch(text):
        seconds = int(match[1]) if match[1] else int(match[2]) / 1000
        return datetime(1970, 1, 1) + timedelta(seconds=seconds), True, UTC, False
    if (match := ISO.fullmatch(text)) and (not match["weekday"] or fold(match["weekday"]) in weekdays()):
        return _read_iso(match, language)
    return _read_words(text, language)


def _western(text: str) -> str:
    """``text`` with the digits, marks and the order of Western dates."""
    text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    text = EASTERN_ERA.sub(lambda era: f"{ERAS[era[1]] + (1 if era[2] == '元' else int(era[2]))}年", text)
    text = EASTERN_DAY.sub(r"\1-\2-\3 ", text)
    text = VIETNAMESE.sub(r"\1.\2.\3", text)
    text = HALVES.sub(lambda half: " am" if half[1] else " pm", text)
    if THAI.search(text):
        text = re.sub("(?<=[\u0e01-\u0e5b])\\.", "", text).replace("ที่", " ")
    return EASTERN_CLOCK.sub(_western_clock, text).strip()


def _western_clock(clock: re.Match[str]) -> str:
    half = {"": "", "上": " am", "凌": " am", "早": " am", "清": " am"}.get((clock["half"] or "")[:1], " pm")
    half = " am" if clock["half"] in ("오전", "午前") else half
    second = f":{int(clock['second']):02}" if clock["second"] else ""
    return f" {clock['hour']}:{int(clock['minute']):02}{second}{half} "


def _read_iso(match: re.Match[str], language: str) -> Reading | None:
    day = _iso_day(match["day"], language)
    if match["weekday"] and day.weekday() not in weekdays()[fold(match["weekday"])]:
        return None
    if match["clock"] is None:
        return _at(day), False, None, False
    digits = match["clock"].split(":") if ":" in match["clock"] else re.findall("..", match["clock"])
    hour, minute, second = [*digits, "0", "0"][:3]
    return _at(day, hour, minute, second, match["half"]), True, *_zone(match["zone"])


def _iso_day(text: str, language: str = "") -> date:
    """The day of one of the shapes of ISO 8601; ValueError when the calendar has no such day."""
    if "w" in text:
        return date.fromisocalendar(int(text[:4]), *map(int, re.findall(r"w(\d\d)-?(\d)", text)[0]))
    if re.fullmatch(r"\d{4}-\d{3}", text):
        return datetime.strptime(text, "%Y-%j").date()
    if len(text) == 8 and text.isdigit():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    year, month, day = map(int, re.split("[-/.]", text))
    return date(year - (THAI_YEARS if language[:2] == "th" and year > 2400 else 0), month, day)


def _read_words(text: str, language: str) -> Reading | None:
    """The reading of a date in words or with the day first; None when a word is not one of a date's."""
    clock = CLOCK.search(text)
    zones, moment = [], {}
    if clock:
        rest = text[clock.end() :]
        while (named := ZONE_AFTER_CLOCK.match(rest)) and not _is_date_word(named["zone"]):
            zones.append(named["zone"])
            rest = rest[named.end() :]
        text = text[: clock.start()] + " " + re.sub(r"\([^()\d]*\d[^()]*\)|\([^()]*time\)", " ", rest)
        minute, second = (clock["short"] or ":").split(":") if clock["short"] else (clock["minute"], clock["second"])
        moment = {"hour": clock["hour"], "minute": minute, "second": second, "half": clock["half"]}
    text = text.strip(" \t.,;:|-–—·•/")
    if (named := ZONE_AT_END.search(text)) and (named["zone"] in ZONES or not named["zone"].isalpha()):
        zones.append(named["zone"])
        text = text[: named.start()]
    day = _day_in_words(text, language)
    if day is None:
        return None
    offsets = [zone for zone in zones if re.search(r"[+-]\d{2}:?\d{2}|[+-]\d{3}$", zone)]
    zone, riddle = _zone((offsets or zones or [""])[0])
    return _at(day, **moment), clock is not None, zone, riddle


def _is_date_word(word: str) -> bool:
    plain = fold(word)
    return (plain in months() or plain in FILLERS or plain in weekdays()) and plain not in ZONES


def _day_in_words(text: str, language: str) -> date | None:
    """The only day that the names and numbers of ``text`` can mean; None for none, for several, and for prose."""
    names, parts, spoken = months(language[:2]), [], frozenset(range(7))
    text = of_several_words().sub(lambda name: name[0].replace(" ", "_"), fold_words(text))
    tokens = TOKEN.findall(ORDINAL.sub("", text))
    words = [name.replace("_", " ") for name in tokens if not name.isdigit() and name not in "./-"]
    several = sum(1 for word in words if word in names or word in months()) > 1
    for token in tokens:
        word = token.replace("_", " ")
        if token.isdigit() or token in "./-":
            parts.append(token)
        elif (word in names or word in months()) and not (several and word in weekdays()):
            month = "m" + ",".join(map(str, names.get(word) or months()[word]))
            if month not in parts:  # some write the month in two traditions
                parts.append(month)
        elif word in weekdays() and word not in FILLERS:
            spoken &= weekdays()[word]
        elif word not in FILLERS:
            return None
    found = {day for day in _days(parts, language, bool(THAI.search(text))) if day.weekday() in spoken}
    first = [day for day in found if _day_first(language)]
    if len(found) == 2 and first and (written := "".join(parts)) and "m" not in written:
        number = int(re.findall(r"\d+", written)[0])
        found = {day for day in found if day.day == number}
    return found.pop() if len(found) == 1 else None


def fold_words(text: str) -> str:
    """``text`` folded word by word: a full stop between numbers stays."""
    return re.sub(r"[^\W\d_][^\s\d,;:|()\[\]/–—·•-]*", lambda word: fold(word[0]), text)


def _days(parts: list[str], language: str, thai: bool) -> Iterator[date]:
    """Every day that numbers and months in this order may mean."""
    numbers = [part for part in parts if part not in "./-"]
    if len(numbers) != 3:
        return
    kinds = "".join("m" if part.startswith("m") else "y" if len(part) == 4 else "n" for part in numbers)
    orders: list[tuple[str, ...]] = {
        "nmy": [("d", "m", "y")],
        "nmn": [("d", "m", "y")],
        "mny": [("m", "d", "y")],
        "ymn": [("y", "m", "d")],
        "ynm": [("y", "d", "m")],
        "ynn": [("y", "m", "d")],
    }.get(kinds, [])  # type: ignore[assignment]
    marks = {part for part in parts if part in "./-"}
    if kinds in ("nny", "nnn") and len(marks) == 1:
        dotted = marks == {"."} and language[:2] not in YEAR_FIRST
        orders = [("d", "m", "y")] if dotted else [("d", "m", "y"), ("m", "d", "y")]
        if kinds == "nnn" and not dotted and not _day_first(language):
            return
    for order in orders:
        values = dict(zip(order, numbers, strict=True))
        for month in values["m"].lstrip("m").split(","):
            year = int(values["y"])
            if thai and len(values["y"]) == 2 and 2500 + year - THAI_YEARS >= EARLIEST.year:
                year += 2500
            elif len(values["y"]) == 2:
                year += 1900 if year >= 70 else 2000
            year -= THAI_YEARS if year > 2400 and (thai or language[:2] == "th") else 0
            try:
                yield date(year, int(month), int(values["d"]))
            except ValueError:  # the calendar has no such day
                continue


def _day_first(language: str) -> bool:
    """Whether a language's numbers are the day and then the month."""
    return bool(language) and language not in MONTH_FIRST and language[:2] not in YEAR_FIRST


def _at(
    day: date, hour: str = "0", minute: str | None = None, second: str | None = None, half: str | None = None
) -> datetime:
    """That time of that day; 24:00 and leap seconds belong to the next one. ValueError for no time of day."""
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    if half:
        if hours > 12 and half.startswith("a"):
            raise ValueError(f"{hours} is no hour of a morning")
        if hours <= 12:  # some write 15:00 pm, and mean it
            hours = hours % 12 + (12 if half.startswith("p") else 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and (minutes or seconds)):
        raise ValueError(f"{hours}:{minutes}:{seconds} is no time of day")
    return datetime(day.year, day.month, day.day) + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _zone(text: str) -> tuple[tzinfo | None, bool]:
    """The zone, and whether there is one that we cannot place: then the source's own zone must not stand in."""
    text = re.sub(r"(?<=\S)\s*[(\[].*|(?<=\d)(?:\s+[a-z]{1,5}|z)$", "", text.strip()).strip("()[] ")  # "+0300 MSK"
    if not text:
        return None, False
    if text in ZONES:
        return ZONES[text], False
    if match := re.fullmatch(r"(?:utc|gmt|(msk|мск))?\s?([+-])(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?", text):
        offset = timedelta(hours=int(match[3]), minutes=int(match[4] or 0))
        if offset > timedelta(hours=14):  # the largest in use; more is a typing error
            return None, True
        base = timedelta(hours=3 if match[1] and not match[4] else 0)  # MSK+2 is two hours before Moscow
        return fixed_offset((offset if match[2] == "+" else -offset) + base), False
    region = (
        zone_named(re.sub("[a-z]+", lambda part: part[0].title(), text).replace("Gmt", "GMT")) if "/" in text else None
    )
    return region, region is None
