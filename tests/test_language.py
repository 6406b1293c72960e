"""Claims about pipelines/language/__init__.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import langdetect
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.exceptions import WrongLanguage
from crawler.items import Article, Match
from crawler.languages import TOLD_FROM_TEXT
from pipelines.language import (
    ALIASES,
    NOBODY_KNOWS,
    OWN_LETTERS,
    SCRIPTS,
    UNKNOWN,
    Language,
    LanguageTag,
    detect,
    primary,
    spread,
)

ROOT = Path(__file__).parent.parent
ENGLISH = (
    "The delegation arrived in the capital on Tuesday evening and was met at the airport by the deputy minister, who "
    "said that the two governments would sign an agreement on grain deliveries before the end of the month. Farmers "
    "in the eastern provinces had asked for it since the harvest failed two years ago."
)
SPANISH = (
    "La delegación llegó a la capital en la noche del martes y fue recibida en el aeropuerto por el viceministro, que "
    "anunció la firma de un acuerdo sobre el suministro de trigo antes de que termine el mes. Los agricultores de las "
    "provincias orientales lo pedían desde que se perdió la cosecha hace dos años."
)
PORTUGUESE = (
    "A delegação chegou à capital na noite de terça-feira e foi recebida no aeroporto pelo vice-ministro, que anunciou "
    "a assinatura de um acordo sobre o fornecimento de trigo antes do fim do mês. Os agricultores das províncias do "
    "leste pediam isso desde que a colheita se perdeu há dois anos."
)
RUSSIAN = (
    "Делегация прибыла в столицу во вторник вечером, в аэропорту её встретил заместитель министра, который сообщил, "
    "что стороны подпишут соглашение о поставках зерна до конца месяца. Фермеры восточных областей просили об этом "
    "с тех пор, как два года назад погиб урожай."
)
SERBIAN = (
    "Делегација је стигла у главни град у уторак увече, а на аеродрому ју је дочекао заменик министра, који је рекао "
    "да ће две владе потписати споразум о испоруци жита до краја месеца. Сељаци из источних округа тражили су то "
    "још откад је пре две године пропала жетва, а међу њима је и велики број младих."
)


@pytest.mark.parametrize(
    ("code", "text"), [("en", ENGLISH), ("es", SPANISH), ("pt", PORTUGUESE), ("ru", RUSSIAN)], ids=lambda v: v[:2]
)
def test_a_paragraph_says_its_language_whatever_the_page_claims(code, text):
    for hint in (None, "de", "pt-BR", "es"):
        found = detect(text, hint=hint)
        assert (found.code, found.source) == (code, "text")
        assert found.confidence is not None and found.confidence >= 0.9


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("zh", "俄羅斯外交部長星期二抵達首都，雙方將簽署協議。"),
        ("zh", "俄罗斯外长周二抵达首都，双方将签署协议。"),
        ("ja", "外相は火曜日に首都に到着し、両国は協定に署名する。"),
        ("ja", "外相、モスクワ訪問へ"),
        ("ko", "외무장관이 화요일 수도에 도착했다."),
        ("el", "Ο υπουργός έφτασε την Τρίτη στην πρωτεύουσα."),
        ("he", "שר החוץ הגיע לבירה ביום שלישי"),
        ("ka", "მინისტრი დედაქალაქში ჩავიდა"),
        ("hy", "Նախարարը ժամանեց մայրաքաղաք"),
        ("th", "รัฐมนตรีเดินทางถึงเมืองหลวง"),
    ],
)
def test_a_script_of_one_language_decides_however_short_the_text(code, text):
    found = detect(text, hint="en")
    assert (found.code, found.source) == (code, "script")


def test_a_kana_in_a_brand_name_does_not_make_chinese_japanese():
    assert detect("俄罗斯外长周二抵达首都，双方将签署关于粮食供应的协议，の品牌也参加了会谈。").code == "zh"


def test_one_foreign_name_in_its_own_script_does_not_decide():
    assert detect(ENGLISH + " His name is written 王毅 at home.").code == "en"


def test_serbian_is_not_taken_for_macedonian():
    assert detect(SERBIAN).code == "sr"


def test_a_cyrillic_language_that_the_detector_does_not_know_is_not_called_russian():
    mongolian = "Засгийн газрын төлөөлөгчид мягмар гарагт нийслэлд хүрэлцэн ирж, гэрээнд гарын үсэг зурна гэж мэдэгдэв."
    assert detect(mongolian) == NOBODY_KNOWS
    assert detect(mongolian, hint="mn") == Language("mn", None, "hint")


@pytest.mark.parametrize("text", ["", " \n\t", "2024 - 17:30", "OK", "https://example.com/una/noticia", "@maduro #8"])
def test_what_says_too_little_is_und_or_what_the_page_claims(text):
    assert detect(text) == NOBODY_KNOWS
    assert detect(text, hint="es-VE") == Language("es", None, "hint")


def test_a_title_helps_where_the_text_is_too_short_to_judge():
    assert detect("Vídeo.") == NOBODY_KNOWS
    assert detect("Vídeo.", title="La delegación llegó a la capital en la noche del martes").code == "es"


def test_a_title_in_another_language_does_not_outweigh_a_text():
    assert detect(ENGLISH, title="La delegación llegó a la capital").code == "en"


def test_the_page_breaks_a_tie_but_is_not_asked_when_it_is_no_candidate():
    unsure = "Fiskerne sier at havnen er stengt til onsdag."
    assert detect(unsure, hint="nb").code == "no"
    assert detect(unsure, hint="da").code == "da"
    assert detect(unsure, hint="ru").code in {"no", "da"}


def test_english_with_spanish_posts_between_its_paragraphs_stays_english():
    posts = ["El presidente recibió hoy a la delegación en el palacio. @prensa pic.example.com/x", "¡Seguimos unidos!"]
    mixed = "\n\n".join([posts[0], ENGLISH, posts[1], ENGLISH.upper(), posts[0], ENGLISH])
    assert detect(mixed, hint="es").code == "en"


def test_a_long_quotation_at_the_top_does_not_decide_for_the_whole_text():
    mixed = "\n\n".join([SPANISH] * 4 + [ENGLISH] * 9)
    assert detect(mixed).code == "en"
    assert detect("\n\n".join([ENGLISH] * 4 + [SPANISH] * 9)).code == "es"


def test_an_even_mix_of_two_languages_goes_to_the_one_the_page_claims_and_says_how_sure_it_is():
    mixed = "\n\n".join([ENGLISH, SPANISH] * 4)
    for hint in ("en", "es"):
        found = detect(mixed, hint=hint)
        assert found.code == hint and found.confidence == pytest.approx(0.5, abs=0.05)
    assert detect(mixed, hint="fi").code in {"en", "es"}


@given(st.text(max_size=3_000), st.none() | st.text(max_size=40), st.none() | st.text(max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_text_raises_and_the_same_text_gives_the_same_answer(text, title, hint):
    found = detect(text, title, hint)
    assert found == detect(text, title, hint)
    assert len(found.code) == 2 or found == NOBODY_KNOWS
    assert found.source in {"text", "script", "hint", "none"}
    assert found.confidence is None or 0 <= found.confidence <= 1


def test_two_other_processes_and_ten_runs_agree():
    texts = [ENGLISH, SPANISH[:70], "Fiskerne sier at havnen er stengt til onsdag.", f"{ENGLISH}\n{SPANISH}"]
    here = repr([tuple(detect(text)) for text in texts])
    assert {repr([tuple(detect(text)) for text in texts]) for _ in range(10)} == {here}
    program = f"from pipelines.language import detect; print([tuple(detect(t)) for t in {texts!r}])"
    for seed in ("0", "1"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
        run = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment, cwd=ROOT
        )
        assert run.stdout.strip() == here


@given(st.text(max_size=20_000))
def test_the_sample_is_bounded_however_long_the_text(text):
    assert len(spread(text * 5)) < 1_100


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        *[("es-VE", "es"), ("pt_BR", "pt"), ("EN", "en"), ("zh-Hant-TW", "zh"), ("nb-NO", "no"), (" ru ", "ru")],
        *[("iw", "he"), ("", None), (None, None), ("english", None), ("x-default", None)],
    ],
)
def test_a_language_tag_is_reduced_to_its_two_letters(tag, code):
    assert primary(tag) == code


def test_an_unknown_detector_is_named_with_those_there_are():
    with pytest.raises(ValueError, match='LANGUAGE_DETECTOR "cld3" is not one of langdetect, py3langid'):
        LanguageTag({}, "cld3")


def test_a_detector_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)  # what an import finds when the package is missing
    with pytest.raises(ValueError, match=r"pip install 'newscrawler\[py3langid\]'"):
        LanguageTag({}, "py3langid")


def article(text: str, *topics: str, hint: str | None = None) -> Article:
    matches = [Match(topic, 1.0, {}) for topic in topics]
    return Article("https://example.com/a", text=text, matches=matches, language_hint=hint)


def test_the_stage_writes_down_the_language_and_where_it_is_from():
    tagged = LanguageTag({"grain": ["en", "es"]}).process_item(article(SPANISH, "grain"))
    assert (tagged.language, tagged.language_from) == ("es", "text")
    assert tagged.language_confidence is not None and tagged.language_confidence >= 0.9


def test_only_topics_that_read_the_language_keep_the_article():
    stage = LanguageTag({"grain": ["en"], "ports": ["es", "pt"], "everything": []})
    kept = stage.process_item(article(SPANISH, "grain", "ports", "everything", "by hand"))
    assert [m.topic for m in kept.matches] == ["ports", "everything", "by hand"]


def test_an_article_that_no_topic_reads_is_dropped_with_its_language_and_address():
    with pytest.raises(WrongLanguage, match=r"language is ru, .*https://example\.com/a"):
        LanguageTag({"grain": ["en", "es"]}).process_item(article(RUSSIAN, "grain"))


def test_an_article_of_unknown_language_is_kept():
    kept = LanguageTag({"grain": ["en"]}).process_item(article("OK", "grain"))
    assert kept.language == "und" and [m.topic for m in kept.matches] == ["grain"]


def test_the_stage_takes_topics_and_detector_from_the_crawler():
    topics = [SimpleNamespace(name="grain", languages=("en",)), SimpleNamespace(name="all", languages=None)]
    run = SimpleNamespace(topics=topics)
    crawler = SimpleNamespace(spider=SimpleNamespace(run=run), settings={"LANGUAGE_DETECTOR": "langdetect"})
    kept = LanguageTag.from_crawler(crawler).process_item(article(RUSSIAN, "grain", "all"))
    assert [m.topic for m in kept.matches] == ["all"]


NEIGHBOURS = [
    (
        "gl-ES",
        "gl",
        "O barco da illa chegou onte ao peirao con duascentas persoas a bordo. A alcaldesa dixo que a liña volverá"
        " funcionar todos os días dende o luns, aínda que os mariñeiros non están de acordo co novo horario.",
    ),
    (
        "ms",
        "ms",
        "Feri dari pulau itu tiba di jeti semalam dengan dua ratus penumpang. Datuk bandar berkata perkhidmatan akan"
        " beroperasi semula setiap hari mulai Isnin, walaupun para nelayan tidak bersetuju dengan jadual baharu.",
    ),
    (
        "sr-Latn",
        "sr",
        "Trajekt sa ostrva stigao je juče u luku sa dve stotine putnika. Gradonačelnica je rekla da će linija ponovo"
        " raditi svakog dana od ponedeljka, iako se ribari ne slažu sa novim redom vožnje.",
    ),
    (
        "ht",
        "ht",
        "Bato ki soti sou zile a te rive nan waf la ayè ak desan moun abò. Majistra a di liy lan ap fonksyone chak jou"
        " apati lendi, menm si pechè yo pa dakò ak nouvo orè a.",
    ),
]


NEIGHBOURS += [
    (
        "ps",
        "ps",
        "له ټاپو څخه بېړۍ پرون د دوه سوه کسانو سره بندر ته ورسېده."
        " ښاروال وویل چې دا کرښه به له دوشنبې څخه هره ورځ بیا کار کوي.",
    ),
    (
        "yi",
        "yi",
        "דאָס שיף פֿון דעם אינדזל איז נעכטן"
        " אָנגעקומען אין פּאָרט מיט צוויי הונדערט מענטשן. דער בירגערמייסטער האָט געזאָגט אַז די ליניע"
        " וועט ווידער גיין.",
    ),
    ("ti", "ti", "እታ መርከብ ካብታ ደሴት ትማሊ ምስ ክልተ ሚእቲ ሰባት ናብ ወደብ በጺሓ። ከንቲባ እቲ መስመር ካብ ሰኑይ ጀሚሩ ዳግማይ ክሰርሕ እዩ ኢሉ።"),
    (
        "ku",
        "ku",
        "Keştiya ji giravê duh bi du sed kesan"
        " re gihîşt benderê. Şaredar got ku xet ê ji duşemê"
        " ve her roj ji nû ve bixebite, her çend masîgir bi demjimêra nû re ne razî ne.",
    ),
]


@pytest.mark.parametrize(("tag", "code", "text"), NEIGHBOURS, ids=[case[1] for case in NEIGHBOURS])
def test_between_neighbours_that_no_profile_tells_apart_the_page_decides(tag, code, text):
    assert detect(text, hint=tag)[::2] == (code, "hint")
    assert detect(text).code != code
    spanish = "El transbordador de la isla llegó ayer al muelle con doscientas personas a bordo, dijo la alcaldesa."
    assert detect(spanish * 2, hint=tag).code == "es"


def test_the_languages_that_a_seeds_file_hears_of_are_those_that_no_text_tells():
    profiles = {path.name for path in Path(langdetect.PROFILES_DIRECTORY).iterdir() if path.suffix == ""}
    known = {ALIASES.get(name, name) for name in profiles} | {*SCRIPTS, *OWN_LETTERS}
    assert known - {UNKNOWN} == TOLD_FROM_TEXT
