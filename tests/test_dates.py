"""Every shape of date that publishers use becomes UTC, a bare date, or None; never an error, never a guess."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.date_words import by_language, fold, months, weekdays
from crawler.dates import utc_text
from crawler.relative_dates import relative_text

PIECES = "2024 07 1 31 jul июля de + - : . , / ( ) T Z am pm 12:30 24:00 h W27 марта mar UTC EST"
CONTRACT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?")
MOMENTS = st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2100, 1, 1), timezones=st.timezones()).map(
    lambda moment: moment.replace(microsecond=0)
)


@pytest.mark.parametrize(
    "text",
    [
        "2024-07-01T12:00:00Z",
        "2024-07-01T12:00:00.123456Z",
        "2024-07-01T12:00:00,5Z",
        "2024-07-01T15:00:00+03:00",
        "2024-07-01T15:00:00+0300",
        "2024-07-01T15:00+03",
        "2024-07-01t12:00z",
        "2024-07-01 07:30:00 -0430",
        "2024-07-01T15:00:00+03:00[Europe/Moscow]",
        "2024-07-01 08:00:00 America/Caracas",
        "2024-07-01 12:00:00 +0000 UTC",
        "20240701T120000Z",
        "20240701150000+0300",
        "2024-W27-1T12:00:00Z",
        "2024-183T12:00:00Z",
        "2024/07/01 12:00 UTC",
        "1719835200",
        "1719835200.25",
        "1719835200000",
        "Mon, 01 Jul 2024 12:00:00 GMT",
        "Mon, 01 Jul 2024 12:00:00 -0000",
        "Mon, 1 Jul 2024 15:00 MSK",
        "01 Jul 24 12:00 UT",
        "Mon, 01 July 2024 07:00:00 EST",
        "Mon Jul 01 2024 15:00:00 GMT+0300 (Moscow Standard Time)",
        "Mon Jul 1 12:00:00 UTC 2024",
        "July 1, 2024 8:00 AM ET",
        "July 1, 2024 12:00 PM UTC",
        "July 1, 2024 15:00 PM MSK",
        "1 июля 2024 г., 15:00 МСК",
        "понедельник, 1 июля 2024 года в 15:00 (мск)",
        "lunes, 1 de julio de 2024, 08:00 VET",
        "1º de julho de 2024 às 09h00 BRT",
        "\u200e2024-07-01\u00a012:00\u200f UTC",
    ],
)
def test_a_time_with_a_zone_becomes_utc_whatever_its_shape(text: str):
    assert utc_text(text) == "2024-07-01T12:00:00Z"
    assert utc_text(text, timezone="Asia/Tokyo") == "2024-07-01T12:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "2024-07-01 08:00:00",
        "2024-07-01T08:00",
        "20240701080000",
        "202407010800",
        "Mon, 01 Jul 2024 08:00:00",
        "lunes, 1 de julio de 2024 a las 8:00",
        "Segunda-feira, 1 de julho de 2024 às 8h",
        "01.07.2024 08:00",
        "08:00, 01.07.2024",
        "1 июля 2024, 08:00",
        "Published: July 1, 2024 at 8 a.m.",
    ],
)
def test_a_time_without_a_zone_takes_the_sources_zone_and_else_leaves_only_the_day(text: str):
    assert utc_text(text, timezone="America/Caracas") == "2024-07-01T12:00:00Z"
    assert utc_text(text) == "2024-07-01"
    assert utc_text(text, timezone="Nowhere/Town") == "2024-07-01"
    assert utc_text(text, timezone="America") == "2024-07-01"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-07-01", "2024-07-01"),
        ("20240701", "2024-07-01"),
        ("2024-07-1", "2024-07-01"),
        ("1 de julio de 2024", "2024-07-01"),
        ("25/07/2024", "2024-07-25"),
        ("07/25/2024", "2024-07-25"),
        ("07/07/2024", "2024-07-07"),
        ("01.02.2024", "2024-02-01"),
        ("Sept. 3, 2024", "2024-09-03"),
        ("3-Sep-2024", "2024-09-03"),
        ("July 1st, 2024", "2024-07-01"),
        ("quinta-feira, 14 de março de 2024", "2024-03-14"),
        ("sábado 2 mar 2024", "2024-03-02"),
        ("mar 2 jul 2024", "2024-07-02"),
        ("mar. 2 de abril de 2024", "2024-04-02"),
        ("1 мая 2024", "2024-05-01"),
        ("9 декабря 2024 г.", "2024-12-09"),
    ],
)
def test_a_day_without_a_time_stays_a_day_in_every_zone(text: str, day: str):
    assert utc_text(text) == day
    assert utc_text(text, timezone="Asia/Vladivostok") == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "yesterday",
        "23 mins ago",
        "2024",
        "2024-07",
        "1 июля",
        "03/04/2024",  # March or April
        "2024-02-30",
        "2024-13-01",
        "2024-07-01T25:00:00Z",
        "2024-07-01T12:60:00Z",
        "2024-07-01T24:01:00Z",
        "13:00 am, July 1, 2024",
        "31 июня 2024",
        "1989-12-31T23:59:59Z",
        "0",
        "0001-01-01T00:00:00Z",
        "0000-00-00 00:00:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "99999999999999999999",
        "9999-12-31T23:59:59-12:00",
        "Maduro met Putin on July 1, 2024",
        "2024-07-01" + " and so on" * 100,
    ],
)
def test_what_cannot_be_read_for_sure_is_none(text: str):
    assert utc_text(text, timezone="America/Caracas") is None


def test_a_weekday_that_does_not_fit_makes_a_date_doubtful():
    for text in ("Sun, 01 Jul 2024 12:00:00 GMT", "Sonntag, 2024-07-01", "martes 1 de julio de 2024"):
        assert utc_text(text) is None, text


def test_a_zone_that_nobody_knows_leaves_the_day_even_when_the_source_has_a_zone():
    assert utc_text("Mon, 01 Jul 2024 12:00:00 QQT", timezone="America/Caracas") == "2024-07-01"
    assert utc_text("2024-07-01T12:00:00+99:00", timezone="America/Caracas") == "2024-07-01"


def test_midnight_at_the_end_of_a_day_and_leap_seconds_belong_to_the_next_moment():
    assert utc_text("2024-07-01T24:00:00Z") == "2024-07-02T00:00:00Z"
    assert utc_text("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00Z"


def test_hours_that_daylight_saving_skips_or_repeats_still_have_one_reading():
    assert utc_text("2024-03-10 02:30:00", timezone="America/New_York") == "2024-03-10T07:30:00Z"
    assert utc_text("2024-11-03 01:30:00", timezone="America/New_York") == "2024-11-03T05:30:00Z"


def test_venezuelas_half_hour_years_are_honoured_for_its_zone_name():
    assert utc_text("01 Jul 2010 12:00:00 VET") == "2010-07-01T16:30:00Z"
    assert utc_text("01 Jul 2024 12:00:00 VET") == "2024-07-01T16:00:00Z"


def test_a_datetime_is_read_like_its_text():
    moment = datetime(2024, 7, 1, 8, 0, 0, 999)
    assert utc_text(moment) == "2024-07-01"
    assert utc_text(moment, timezone="America/Caracas") == "2024-07-01T12:00:00Z"
    assert utc_text(moment.replace(tzinfo=ZoneInfo("America/Caracas"))) == "2024-07-01T12:00:00Z"


def test_dates_more_than_a_day_ahead_of_now_are_none_and_only_then():
    now = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)
    assert utc_text("2024-07-02T12:00:00Z", now=now) == "2024-07-02T12:00:00Z"
    assert utc_text("2024-07-02T12:00:01Z", now=now) is None
    assert utc_text("2024-07-02", now=now) == "2024-07-02"
    assert utc_text("2024-07-03", now=now) is None
    assert utc_text("2034-07-03") == "2034-07-03"


def test_what_json_gives_instead_of_a_text_is_none():
    for value in (None, 7, True, ["2024-07-01"], {"@value": "2024-07-01"}):
        assert utc_text(value) is None  # type: ignore[arg-type]


@given(MOMENTS)
def test_rfc_822_and_iso_8601_and_epoch_agree_on_every_moment(moment: datetime):
    expected = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    offset = moment.utcoffset()
    assert offset is not None
    if offset % timedelta(minutes=1) == timedelta(0):  # RFC 822 has no seconds in its zones
        assert utc_text(format_datetime(moment)) == expected
        assert utc_text(moment.isoformat()) == expected
    assert utc_text(moment) == expected
    assert utc_text(str(int(moment.timestamp()))) == expected
    assert utc_text(expected) == expected


@given(MOMENTS, st.sampled_from(["America/Caracas", "Europe/Moscow", "America/Sao_Paulo", "Asia/Kolkata"]))
def test_naive_times_read_in_a_zone_are_those_of_a_clock_there(moment: datetime, zone: str):
    there = moment.astimezone(ZoneInfo(zone)).replace(fold=0)
    assert utc_text(there.strftime("%Y-%m-%d %H:%M:%S"), timezone=zone) == utc_text(there)


@given(st.text(max_size=200), st.none() | st.text(max_size=30))
@example("1" * 13, "Europe/Moscow")
@example("٣ июля ٢٠٢٤", None)
@example("2024-W54-9", "../../etc/passwd")
@example("12:00 12:00 1 jul 2024", "\x00")
def test_no_text_and_no_zone_name_is_an_error(text: str, timezone: str | None):
    result = utc_text(text, timezone)
    assert result is None or CONTRACT.fullmatch(result)


@given(
    st.lists(
        st.sampled_from(PIECES.split()),
        max_size=12,
    ).map(" ".join)
)
def test_shuffled_pieces_of_dates_are_a_date_or_none(text: str):
    result = utc_text(text, "Europe/Madrid", datetime(2026, 1, 1))
    assert result is None or CONTRACT.fullmatch(result)


@pytest.mark.parametrize(
    "text",
    [
        "19 Kasım 2026 Perşembe 14:35",
        "2026年11月19日 14:35",
        "2026年11月19日（星期四）下午2时35分",
        "2026年11月19日(木) 午後2時35分",
        "令和8年11月19日 14:35",
        "民國115年11月19日 下午2:35",
        "2026년 11월 19일 오후 2시 35분",
        "19 พ.ย. 2569 14:35 น.",
        "วันพฤหัสบดีที่ 19 พฤศจิกายน พ.ศ. 2569 เวลา 14:35 น.",
        "الخميس ١٩ نوفمبر ٢٠٢٦ - ١٤:٣٥",
        "19 تشرين الثاني 2026 الساعة 2:35 م",
        "19 נובמבר 2026, 14:35",
        "19 नवंबर 2026, 14:35",
        "czwartek, 19 listopada 2026, 14:35",
        "čtvrtek 19. listopadu 2026 14:35",
        "2026. november 19., csütörtök 14:35",
        "2026 m. lapkričio 19 d. 14:35",
        "2026. gada 19. novembris 14:35",
        "Torstai 19.11.2026 klo 14.35",
        "Thứ năm, 19 tháng 11 năm 2026 14:35",
        "Donnerstag, 19. November 2026, 14:35 Uhr",
        "19.11.26, 14:35",
        "jeudi 19 novembre 2026 à 14h35",
        "Giovedì 19 novembre 2026, ore 14:35",
        "Πέμπτη 19 Νοεμβρίου 2026, 14:35",
        "Четвер, 19 листопада 2026, 14:35",
        "19. studenoga 2026. 14:35",
        "19. новембар 2026. 14:35",
        "tor. 19. nov. 2026 kl. 14.35",
    ],
)
def test_days_are_read_in_many_languages_scripts_and_calendars(text: str):
    assert utc_text(text, "America/Caracas") == "2026-11-19T18:35:00Z"


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("03/04/2026", None, None),
        ("03/04/2026", "en-US", None),
        ("03/04/2026", "es", "2026-04-03"),
        ("03/04/26", "pt-BR", "2026-04-03"),
        ("03/04/2026", "en-GB", "2026-04-03"),
        ("Wed, 03/04/2026 - 09:15", "es", "2026-03-04"),
        ("Fri, 03/04/2026 - 09:15", None, "2026-04-03"),
        ("Thu, 03/04/2026 - 09:15", "es", None),
        ("19 listopada 2026", None, None),  # November in Polish, October in Croatian
        ("19 listopada 2026", "pl", "2026-11-19"),
        ("19 listopada 2026", "hr", "2026-10-19"),
        ("ponedjeljak, 19. listopada 2026", None, "2026-10-19"),
        ("19/11/2569", "th", "2026-11-19"),
        ("19/11/2569", None, "2569-11-19"),
        ("۲۸ آبان ۱۴۰۵", "fa", None),  # another calendar
        ("1405/08/28", "fa", None),
    ],
)
def test_weekday_and_language_decide_what_numbers_and_names_leave_open(
    text: str, language: str | None, day: str | None
):
    assert utc_text(text, language=language) == day


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 25 Nov 2024 16:04:05 +0300 MSK",
        "Mon, 25 Nov 2024 16:04:05 MSK +0300",
        "Mo, 25 Nov 2024 16:04:05 Europe/Moscow",
        "Lun, 2024-11-25 16:04:05 MSK",
        "2024-11-25T16:04:05+03:00Z",
        "Mon Nov 25 16:04:05 2024 MSK",
        "Mon, 25 Nov 2024 13:4:5 GMT",
        "16:04:05 25.11.2024 +0300",
        "Mon, 25 Nov 2024 18:04:05 MSK+2",
        "Mon, 25 Nov 2024 8:04:05 -500",
        "Mon, 25 Nov 2024 10:04:05 CLST",
        "Mon, 25 Nov 2024 14:04:05 MET",
    ],
)
def test_zones_are_read_in_every_place_and_spelling(text: str):
    assert utc_text(text, "Asia/Tokyo") == "2024-11-25T13:04:05Z"


def test_every_month_and_weekday_that_babel_knows_is_read():
    for code in by_language():
        locale = Locale.parse({"no": "nb", "tl": "fil"}.get(code, code))
        for numbers, known, article in (
            (locale.months["format"]["wide"], months(), "^de "),
            (locale.days["format"]["wide"], weekdays(), "^$"),
        ):
            for number, name in numbers.items():
                plain = re.sub(article, "", " ".join(fold(name).split()))
                assert re.search(r"\d", plain) or number in known[plain], (code, name)


FETCHED = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hace 3 horas", "2026-11-20"),
        ("Publicado hace 2 días", "2026-11-18"),
        ("hace 20 minutos", "2026-11-20T17:40:00Z"),
        ("an hour ago", "2026-11-20"),
        ("23 mins ago", "2026-11-20T17:37:00Z"),
        ("20 ч. назад", "2026-11-19"),
        ("vor einer Stunde", "2026-11-20"),
        ("há 20 horas", "2026-11-19"),
        ("il y a 20 h", "2026-11-19"),
        ("20小时前", "2026-11-19"),
        ("منذ 20 ساعة", "2026-11-19"),
        ("ayer a las 20:13", "2026-11-20T00:13:00Z"),
        ("Publié hier à 20h13", "2026-11-20T00:13:00Z"),
        ("вчера", "2026-11-19"),
        ("2 weeks ago", None),  # a week more or less
        ("hace 500 horas", None),
        ("in 3 hours", None),
        ("The ferry left 3 hours ago", None),
    ],
)
def test_relative_times_count_from_the_fetch_and_are_no_more_exact_than_their_unit(text: str, expected: str | None):
    assert relative_text(text, FETCHED, "America/Caracas") == expected


@given(st.text(max_size=100))
def test_no_line_is_an_error_for_relative_times(text: str):
    result = relative_text(text, FETCHED, "Asia/Tokyo")
    assert result is None or CONTRACT.fullmatch(result)
