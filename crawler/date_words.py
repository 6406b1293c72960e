"""Names of months, weekdays and time zones, and the little words around dates, in every language we read."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import timedelta, tzinfo
from datetime import timezone as fixed_offset
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

ACCENTS = re.compile(
    "[\u0300-\u036f\u064b-\u065f\u0670\u00ad\u200c'’ʼ׳״॰.]"
)  # those of Latin, Greek, Cyrillic and Arabic
FILLER_WORDS = """
a as at d da das de dei del della den der di do dos du el em en ha h hora horas hrs hs la las le les lo of on os the
to st nd rd th o feira um uhr kl klo alle ore ora om op il in i am pm este esta в во г год года го от час часов ч о
об року рік р у годзина година години published publicado publicada posted fecha data date datum дата опубликовано
опубліковано размещено добавлено publie publiee veroffentlicht erschienen pubblicato pubblicata geplaatst
gepubliceerd opublikowano publikovano publicerad publisert udgivet julkaistu yayinlanma yayin tarihi tarih saat
giris publicat publicata objavljeno novi created erstellt creado creada criado issued released lancamento
pubblicazione publicacion publicacao gada m metu ko an ano ngay luc vao nam g godz godzina dnia hodin hod v ve dne
kell في الساعة ساعة بتاريخ تاريخ نشر يوم م هـ ميلادي בשעה בתאריך פורסם יום بجے تاریخ ساعت เมื่อ วัน เวลา น พศ พ ศ
บजे को बजे प्रकाशित 发布 發布 发表 時間 时间 发布时间 發布時間 日期 公開 公開日 掲載 配信 입력 등록 승인 στις την
αναρτηθηκε δημοσιευτηκε δημοσιευση
"""
FILLERS = frozenset(FILLER_WORDS.split())
HOURS_FROM_UTC = {
    "z ut utc gmt wet": 0,
    "bst west cet wat met": 1,
    "cest eet cat sast mest mesz": 2,
    "msk мск eest eat trt": 3,
    "msd gst samt": 4,
    "pkt yekt": 5,
    "omst almt": 6,
    "novt krat ict wib": 7,
    "hkt sgt awst irkt pht": 8,
    "jst kst yakt wit": 9,
    "aest vlat": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "brst uyst": -2,
    "brt art uyt adt clst pyst gft srt": -3,
    "edt bot clt pyt gyt": -4,
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

Names = dict[str, frozenset[int]]


def fold(text: str) -> str:
    """``text`` as the names are compared: no case, accents, apostrophes and full stops."""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()


@cache
def by_language() -> dict[str, dict[str, str]]:
    """The lists of ``date_words.toml``."""
    return tomllib.loads(Path(__file__).with_name("date_words.toml").read_text(encoding="utf-8"))


@cache
def months(language: str = "") -> Names:
    """The numbers (from 1) that a name may stand for: in ``language`` if it has such a name, else in any."""
    return _names("months", 1, language)


@cache
def weekdays() -> Names:
    """The numbers (Monday is 0) that a name may stand for in any language."""
    return _names("weekdays", 0, "")


@cache
def of_several_words() -> re.Pattern[str]:
    """The names of months and weekdays that have spaces in them."""
    names = sorted((name for name in (*months(), *weekdays()) if " " in name), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)")


def _names(kind: str, first: int, language: str) -> Names:
    found: dict[str, set[int]] = {}
    tables = by_language()
    for table in [tables[language]] if language in tables else tables.values():
        for number, names in enumerate(table.get(kind, "").split(", "), first):
            for name in filter(None, names.split("|")):
                found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}
