"""Dates as publishers write them, brought into the form of the database.

Feeds, JSON-LD, meta tags and bylines give RFC 822, ISO 8601, numbers since 1970 and words in English, Spanish,
Portuguese and Russian. What cannot be read for sure is None: ``03/04/2024`` may be March or April, and no date is
better than a wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import timezone as fixed_offset
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EARLIEST = date(1990, 1, 1)  # nothing older is news on the web: such dates are zeroes and typing errors
LONGEST = 120  # characters of a date text; whatever is longer is prose

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ene enero janeiro янв январь января",
            "feb february febrero fev fevereiro фев февр февраль февраля",
            "mar march marzo março marco мар март марта",
            "apr april abr abril апр апрель апреля",
            "may mayo mai maio май мая",
            "jun june junio junho июн июнь июня",
            "jul july julio julho июл июль июля",
            "aug august ago agosto авг август августа",
            "sep sept september septiembre setiembre set setembro сен сент сентябрь сентября",
            "oct october octubre out outubro окт октябрь октября",
            "nov november noviembre novembro ноя нояб ноябрь ноября",
            "dec december dic diciembre dez dezembro дек декабрь декабря",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAY_NAMES = """
mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
lun lunes mar martes mié mie miércoles miercoles jue jueves vie viernes sáb sab sábado sabado dom domingo
seg segunda terça terca ter qua quarta qui quinta sex sexta feira
пн понедельник вт вторник ср среда среду чт четверг пт пятница пятницу сб суббота субботу вс воскресенье
"""
FILLER_WORDS = """
a à às as at d da das de del do el em en h hora horas hrs hs la las le of on os the st nd rd th o
в г год года го от час часов ч
published publicado publicada posted fecha data date опубликовано
updated actualizado actualizada atualizado atualizada обновлено
"""
WEEKDAYS, FILLERS = frozenset(WEEKDAY_NAMES.split()), frozenset(FILLER_WORDS.split())
HOURS_FROM_UTC = {
    "z ut utc gmt wet": 0,
    "bst west cet wat": 1,
    "cest eet cat sast": 2,
    "msk мск eest eat trt": 3,
    "msd gst samt": 4,
    "pkt yekt": 5,
    "omst almt": 6,
    "novt krat": 7,
    "hkt sgt awst irkt": 8,
    "jst kst yakt": 9,
    "aest vlat": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "brt art uyt adt": -3,
    "edt bot": -4,
    "est cdt cot pet": -5,
    "cst mdt": -6,
    "mst pdt": -7,
    "pst akdt": -8,
    "akst": -9,
    "hst": -10,
}
ZONES: dict[str, tzinfo] = {
    name: fixed_offset(timedelta(hours=hours)) for names, hours in HOURS_FROM_UTC.items() for name in names.split()
}
ZONES["vet"] = ZONES["hlv"] = ZoneInfo("America/Caracas")  # half an hour off between 2007 and 2016
ZONES["et"], ZONES["ct"] = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")  # with their summer time
ZONES["mt"], ZONES["pt"] = ZoneInfo("America/Denver"), ZoneInfo("America/Los_Angeles")

OFFSET = r"(?:(?:utc|gmt|msk|мск)?\s?[+-]\d{2}:?\d{2}(?::?\d{2})?|(?:utc|gmt|msk|мск)?\s?[+-]\d{1,2})"
ISO = re.compile(
    r"(?P<day>\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{8}|\d{4}-\d{3}|\d{4}-?w\d{2}-?\d)"
    r"(?:(?:\s*t\s*|[\s,]+(?:at\s+)?)(?P<clock>\d{1,2}:\d{2}(?::\d{2})?|\d{6}|\d{4}|\d{2})(?:[.,]\d+)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>.*))?",
)
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")  # marks of direction, as some browsers write them
COMPACT = re.compile(
    r"((?:19|20)\d{6})(\d{2})(\d{2})(\d{2})?(z|\s?[+-]\d{2}:?\d{2})?"
)  # 20240701120000, as CMSs put into meta tags
EPOCH = re.compile(r"(\d{9,10})(?:\.\d*)?|(\d{12,13})")  # seconds, or milliseconds
CLOCK = re.compile(
    r"(?<![\d.:])(?P<hour>\d{1,2})"
    r"(?:(?:[:.]|\s?h\s?)(?P<minute>\d{2})(?:[:.m](?P<second>\d{2})(?:[.,]\d+)?)?(?![\d.]*\d)(?:\s?min\b)?|(?=\s?[ap]\.?m\b)|\s?h(?:rs?|s)?\b)"
    r"(?:\s*(?P<half>[ap])\.?\s?m\b\.?)?"
)
ZONE_AFTER_CLOCK = re.compile(rf"\s*\(?(?P<zone>{OFFSET}|[^\W\d_]{{1,5}}\b)\)?")
ORDINAL = r"(?:st|nd|rd|th|o|-?го|-?е)?"
DAY_MONTH_YEAR = re.compile(rf"(\d{{1,2}}){ORDINAL}[\s.,/-]*([^\W\d_]{{3,}})[\s.,/-]*(\d{{4}}|\d{{2}})")
MONTH_DAY_YEAR = re.compile(rf"([^\W\d_]{{3,}})[\s.,/-]*(\d{{1,2}}){ORDINAL}[\s.,/-]+(\d{{4}})")
YEAR_MONTH_DAY = re.compile(r"(\d{4})[\s.,/-]*([^\W\d_]{3,})[\s.,/-]*(\d{1,2})")
NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")

Reading = tuple[datetime, bool, tzinfo | None, bool]  # local time, has a clock, its zone, the zone is a riddle


def utc_text(value: str | datetime, timezone: str | None = None, now: datetime | None = None) -> str | None:
    """``2024-07-01T12:00:00Z``, or ``2024-07-01`` when the time of day or its zone is unknown; None if unreadable.

    A time without a zone is read in ``timezone`` (an IANA name). None as well for dates before 1990 and, when ``now``
    is given, for those more than a day after it. Never raises.
    """
    try:
        reading: Reading | None = None
        if isinstance(value, datetime):
            reading = value.replace(tzinfo=None), True, value.tzinfo, False
        elif isinstance(value, str):  # JSON gives anything
            reading = _read(value)
        if reading is None:
            return None
        local, has_clock, zone, riddle = reading
        if has_clock and zone is None and not riddle:
            zone = _zone_named(timezone)
        if not has_clock or zone is None:
            return _unless_absurd(local.date().isoformat(), local, now)
        moment = local.replace(tzinfo=zone).astimezone(UTC).replace(microsecond=0, tzinfo=None)
        return _unless_absurd(f"{moment.isoformat()}Z", moment, now)
    except (ValueError, OverflowError):  # the 31st of February, the year 0, hours beyond the calendar
        return None


def _unless_absurd(text: str, moment: datetime, now: datetime | None) -> str | None:
    if moment.date() < EARLIEST:
        return None
    if now is not None:
        latest = (now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)) + timedelta(days=1)
        if (moment > latest) if text.endswith("Z") else (moment.date() > latest.date()):
            return None
    return text


def _zone_named(name: str | None) -> tzinfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "America" is a folder
        return None


def _read(text: str) -> Reading | None:
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text[: 2 * LONGEST])).replace("\u2212", "-")
    text = " ".join(text.casefold().split())
    if not text or len(text) > LONGEST:
        return None
    if match := COMPACT.fullmatch(text):
        return _at(_iso_day(match[1]), match[2], match[3], match[4]), True, *_zone(match[5] or "")
    if match := EPOCH.fullmatch(text):
        seconds = int(match[1]) if match[1] else int(match[2]) / 1000
        return datetime(1970, 1, 1) + timedelta(seconds=seconds), True, UTC, False
    if match := ISO.fullmatch(text):
        return _read_iso(match)
    return _read_words(text)


def _read_iso(match: re.Match[str]) -> Reading | None:
    day = _iso_day(match["day"])
    if match["clock"] is None:
        return _at(day), False, None, False
    digits = match["clock"].split(":") if ":" in match["clock"] else re.findall("..", match["clock"])
    hour, minute, second = [*digits, "0", "0"][:3]
    return _at(day, hour, minute, second, match["half"]), True, *_zone(match["zone"])


def _iso_day(text: str) -> date:
    """The day of one of the shapes of ISO 8601; ValueError when the calendar has no such day."""
    if "w" in text:
        return date.fromisocalendar(int(text[:4]), *map(int, re.findall(r"w(\d\d)-?(\d)", text)[0]))
    if re.fullmatch(r"\d{4}-\d{3}", text):
        return datetime.strptime(text, "%Y-%j").date()
    if len(text) == 8 and text.isdigit():
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    year, month, day = map(int, re.split("[-/.]", text))
    return date(year, month, day)


def _read_words(text: str) -> Reading | None:
    """The reading of a date in words or with the day first; None when a word is not one of a date's."""
    clock = CLOCK.search(text)
    zone, riddle, moment = None, False, {}
    if clock:
        rest = text[clock.end() :]
        named = ZONE_AFTER_CLOCK.match(rest)
        if named and named["zone"] not in MONTHS and named["zone"] not in FILLERS and named["zone"] not in WEEKDAYS:
            zone, riddle = _zone(named["zone"])
            rest = rest[named.end() :]
        text = text[: clock.start()] + " " + re.sub(r"\([^()]*\)", " ", rest)
        moment = {"hour": clock["hour"], "minute": clock["minute"], "second": clock["second"], "half": clock["half"]}
    day = _day_in_words(text)
    if day is None:
        return None
    return _at(day, **moment), clock is not None, zone, riddle


def _day_in_words(text: str) -> date | None:
    kept = re.sub(
        r"[^\W\d_]+", lambda word: word[0] if word[0] in MONTHS or word[0] not in WEEKDAYS | FILLERS else " ", text
    )
    if len(re.findall(r"[^\W\d_]{3,}", kept)) > 1:  # "mar" is March and Tuesday: with a second month, it is the day
        kept = re.sub(r"\bmar\b", " ", kept, count=1)
    kept = kept.strip(" \t.,;:|-–—·•/()[]")
    if match := NUMBERS.fullmatch(kept):
        return _day_of_numbers(int(match[1]), match[2], int(match[3]), int(match[4]))
    if match := DAY_MONTH_YEAR.fullmatch(kept):
        day, month, year = match[1], match[2], match[3]
    elif match := MONTH_DAY_YEAR.fullmatch(kept):
        month, day, year = match[1], match[2], match[3]
    elif match := YEAR_MONTH_DAY.fullmatch(kept):
        year, month, day = match[1], match[2], match[3]
    else:
        return None
    if month not in MONTHS:
        return None
    full_year = int(year) + (0 if len(year) == 4 else 1900 if int(year) >= 70 else 2000)
    return date(full_year, MONTHS[month], int(day))


def _day_of_numbers(first: int, separator: str, second: int, year: int) -> date | None:
    """Dots are written day first everywhere; with slashes and dashes only what can be read in one way counts."""
    if separator == "." or first > 12 or first == second:
        return date(year, second, first)
    return date(year, first, second) if second > 12 else None


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
    text = re.sub(r"(?<=.)\s*[(\[].*|(?<=\d)\s+[a-z]{1,5}$", "", text.strip()).strip("()[] ")  # "+0300 MSK"
    if not text:
        return None, False
    if text in ZONES:
        return ZONES[text], False
    if match := re.fullmatch(r"(?:utc|gmt|(msk|мск))?\s?([+-])(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?", text):
        offset = timedelta(hours=int(match[3]), minutes=int(match[4] or 0))
        if offset > timedelta(hours=14):  # the largest in use; more is a typing error
            return None, True
        base = timedelta(hours=3 if match[1] else 0)
        return fixed_offset((offset if match[2] == "+" else -offset) + base), False
    region = _zone_named("/".join(part.title() for part in text.split("/"))) if "/" in text else None
    return region, region is None
