"""What counts as a hit: folding, words, endings, phrases and exceptions."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.terms import Terms, fold, parse_term, words
from crawler.terms.folding import GLUE, KEPT, is_unspaced, located


def count(term: str, text: str) -> int:
    return Terms({"group": [term]}).hits(text).get("group", {}).get(term, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moscú", "moscu"),
        ("MADURO", "maduro"),
        ("Ёлка", "елка"),
        ("йогурт", "иогурт"),
        ("España", "espana"),
        ("são", "sao"),
        ("Straße", "STRASSE"),
        ("ﬁnance", "finance"),
        ("Ｒｕｓｓｉａ", "russia"),
        ("Vene\u00adzuela", "venezuela"),
        ("Ma\u200bdu\u200dro\ufeff", "maduro"),
        ("Ве\u0301несуэла", "венесуэла"),
    ],
)
def test_spellings_that_mean_the_same_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İSTANBUL ISI", "istanbul ısı"),
        ("Łódź", "lodz"),
        ("Øresund, Đakovo, Æsir, Œuvre", "oresund, dakovo, aesir, oeuvre"),
        ("ПИТАННЯ ЇЖА", "питання іжа"),
        ("حكومتي", "حکومتی"),
        ("على", "علی"),
        ("مدرسة", "مدرسه"),
        ("أخبار إلى آب ٱلله", "اخبار الی اب الله"),
        ("محــمد", "محمد"),
        ("٢٠٢٤ ۲۰۲۴", "2024 2024"),
        ("الرُّوسِيَّة", "الروسیه"),
        ("שָׁלוֹם", "שלום"),
        ("ｶﾞｽ", "ガス"),
        ("ΑΘΉΝΑΣ", "αθηνας"),
        ("เขมรนำ", "เขมรน\u0e4d\u0e32"),
    ],
)
def test_each_script_has_its_own_folding(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("दिन", "दान"),
        ("बाढ़", "बढ़"),
        ("কলা", "কলি"),
        ("பால்", "பல்"),
        ("ไม้", "ไม"),
        ("ខ្មែរ", "ខមរ"),
        ("မြန်မာ", "မရနမ"),
        ("ハ", "バ"),
        ("کہا", "کھا"),
    ],
)
def test_signs_that_make_another_word_stay(one: str, other: str) -> None:
    assert fold(one) != fold(other)
    assert words(one) != words(other)


SCRIPTS = {
    "Latin": "abçéñøßıİğłœžTHů",
    "Greek": "αβΐάώςΣῇ",
    "Cyrillic": "абйёїґўЩЪѳ",
    "Armenian": "աբգևՖ",
    "Georgian": "აბგდᲐ",
    "Hebrew": "אבגשּׁיִפ",
    "Arabic": "ابةكيىہأئؤپڑُّﷲ",
    "Devanagari": "कखगड़िाीं्ँ",
    "Bengali": "কখড়িো্ং",
    "Tamil": "கஙசொி்",
    "Thai": "กขนำ้ิเา",
    "Khmer": "កខ្មែ",
    "Myanmar": "ကခမြ်",
    "Hangul": "가푸틴은ᄀ",
    "Kana": "カガパｶﾞーア々",
    "Han": "委内瑞拉国俄",
    "Ethiopic": "ሀለሐ",
}
word_of_a_script = st.sampled_from(sorted(SCRIPTS)).flatmap(lambda name: st.text(SCRIPTS[name], min_size=1, max_size=8))
form = st.sampled_from(["NFC", "NFD"])


@given(st.text() | word_of_a_script, form, form)
def test_composed_and_decomposed_texts_have_the_same_words(text: str, one: str, other: str) -> None:
    assert words(unicodedata.normalize(one, text)) == words(unicodedata.normalize(other, text))


@given(word_of_a_script, word_of_a_script, form)
def test_a_term_hits_itself_in_a_sentence_of_its_script(word: str, other: str, form: str) -> None:
    if words(word):
        assert count(word, unicodedata.normalize(form, f"{other}, {word} {other}.")) >= 1
        assert count(f"{word} {other}" if words(other) else word, f"({word} {other})") >= 1


@given(word_of_a_script, word_of_a_script, word_of_a_script)
def test_where_no_spaces_are_written_a_term_is_found_anywhere_in_a_run(before: str, word: str, after: str) -> None:
    clusters = [piece.removeprefix(GLUE) for piece in words(f"{word} {after}")]
    if words(word) and all(map(is_unspaced, clusters)) and word[0] not in KEPT and after[0] not in {*KEPT, "ﾞ"}:
        assert count(word, f"{before}{word}{after}") >= 1


@given(st.lists(word_of_a_script | st.sampled_from(["#RusiaVenezuela", "Pоссия", "o'clock", "snake_case"])))
def test_words_are_found_in_their_places(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = located(text)
    assert [word.word for word in found] == words(text)
    for word in found:
        assert word.word.removeprefix(GLUE) in [w.removeprefix(GLUE) for w in words(text[word.begin : word.end])]


@pytest.mark.parametrize(
    ("term", "text", "times"),
    [
        ("俄罗斯", "委内瑞拉与俄罗斯签署协议，俄罗斯总统说", 2),
        ("国家", "在中国，家庭", 0),
        ("ロシア", "在ロシア大使館とプロシア", 2),
        ("習近平 主席", "習近平主席は", 1),
        ("มอสโก", "รัสเซียในมอสโกวันนี้", 1),
        ("ไม", "ไม้", 0),
        ("putin", "俄罗斯Putin总统", 1),
        ("委内瑞拉*", "委内瑞拉总统", 1),
        ("푸틴*", "푸틴은", 1),
        ("می\u200cخواهم", "می خواهم، میخواهم، می\u200cخواهم", 3),
        ("می خواهم", "می خواهم، میخواهم، می\u200cخواهم", 3),
        ("россия", "Pоссия", 1),
        ("c++", "c", 1),
        ("rusia", "#RusiaYVenezuela", 1),
        ("#RusiaVenezuela", "Rusia - Venezuela", 1),
        ("pdvsa", "#PDVSA", 1),
        ("rusia", "RusiaVenezuela", 0),
        ("совет* федерации", "в Совете Федерации", 1),
        ("=Maduro", "Maduro, MADURO, maduro", 2),
        ("=US", "US us Us", 1),
        ("=Mad*", "Maduro MADURO maduro", 2),
        ("=José", "Jose\u0301 josé", 1),
        ('"su-30 maracay"~3', "Maracay: dos Su-30", 1),
        ('"su-30 maracay"~3', "Maracay uno dos tres cuatro Su-30", 0),
        ('"a a"~3', "a", 0),
        ('"a a"~3', "a b a", 2),
        ('="Mir Caracas"~9', "tarjetas Mir en Caracas", 1),
        ('="Mir Caracas"~9', "mir en Caracas", 0),
    ],
)
def test_what_a_term_hits(term: str, text: str, times: int) -> None:
    assert count(term, text) == times


def test_an_exception_takes_a_false_hit_inside_of_a_longer_word() -> None:
    assert Terms({"r": ["ロシア", "-プロシア"]}).hits("プロシアとロシア") == {"r": {"ロシア": 1}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kremlin's", ["kremlin", "s"]),
        ("Kremlin’s", ["kremlin", "s"]),
        ("Kremlin\u02bcs", ["kremlin", "s"]),
        ("anti-Russian", ["anti", "russian"]),
        ("anti\u2011Russian", ["anti", "russian"]),
        ("Caracas—Moscú", ["caracas", "moscu"]),
        ("Su-30MK2, 2024", ["su", "30mk2", "2024"]),
        ("snake_case", ["snake", "case"]),
        ("Мо\u00adскве", ["москве"]),
        ("¿¡...!?", []),
    ],
)
def test_words_are_runs_of_letters_and_digits(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
@example("İ ŉ ẚ ͅ ΐ ﷺ")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_words_hold_neither_marks_nor_anything_that_splits(text: str) -> None:
    for word in (word.removeprefix(GLUE) for word in words(text)):
        assert word == fold(word)
        assert all(c.isalnum() or c in KEPT or c > "\U0001b000" for c in word)
        assert word[0] not in KEPT


@given(st.text(), st.text())
def test_a_space_is_a_border_between_words(left: str, right: str) -> None:
    assert words(f"{left} {right}") == words(left) + words(right)


def test_a_plain_term_hits_the_whole_word_only() -> None:
    assert count("rusia", "Rusia, RUSIA y la Prusia de los bielorrusos: rusiano") == 2


def test_a_star_lets_any_ending_follow_and_none() -> None:
    assert count("venezuel*", "Venezuela, venezuelano e venezuelanos; o venezuel; uma pequena venezolana") == 4


def test_a_star_does_not_let_anything_come_before() -> None:
    assert count("russia*", "Prussia and the Prussians") == 0


def test_a_phrase_hits_consecutive_words_whatever_stands_between_them() -> None:
    assert count("nicolás maduro", "Nicolas Maduro; NICOLÁS-MADURO; Nicolás el Maduro; Maduro, Nicolás. Nicolás") == 2


def test_the_last_word_of_a_phrase_may_have_a_star() -> None:
    assert count("уго чавес*", "Уго Чавес, Уго Чавеса и Чавес") == 2


def test_a_phrase_does_not_reach_from_the_title_into_the_text() -> None:
    assert Terms({"v": ["nicolas maduro"]}).hits("Visita de Nicolás", "Maduro llegó") == {}


def test_a_term_with_an_apostrophe_is_a_phrase() -> None:
    assert count("Kremlin's", "the Kremlin’s answer") == 1


def test_hits_are_told_as_written_in_the_order_of_the_seeds() -> None:
    terms = Terms({"v": ["Moscú", "caracas*"], "r": ["rusia"], "none": ["lithium"]})
    hits = terms.hits("Caracas", "MOSCU y Caracas, Rusia")
    assert hits == {"v": {"Moscú": 1, "caracas*": 2}, "r": {"rusia": 1}}
    assert list(hits["v"]) == ["Moscú", "caracas*"]


def test_a_star_alone_hits_every_text_once_even_an_empty_one() -> None:
    assert Terms({"any": ["*"]}).hits("") == {"any": {"*": 1}}
    assert Terms({"any": ["*"]}).hits("one", "two words") == {"any": {"*": 1}}


def test_a_term_does_not_count_inside_its_groups_exception() -> None:
    terms = Terms({"r": ["rusa", "-montaña rusa"], "x": ["rusa"]})
    assert terms.hits("una montaña rusa") == {"x": {"rusa": 1}}
    assert terms.hits("la montaña rusa de la diplomacia rusa") == {"r": {"rusa": 1}, "x": {"rusa": 2}}


def test_a_term_longer_than_the_exception_still_counts() -> None:
    terms = Terms({"v": ["presidente maduro", "maduro", "-muy maduro"]})
    assert terms.hits("un muy maduro presidente maduro") == {"v": {"presidente maduro": 1, "maduro": 1}}


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ("", "no letter or digit"),
        ("...", "no letter or digit"),
        ("-", "no letter or digit"),
        ("-*", "no letter or digit"),
        ("**", "no letter or digit"),
        ("*zuela", "before its end"),
        ("vene*ela", "before its end"),
        ("putin *", "right before"),
        ("o'*", "right before"),
        ('"a b"~', "no distance"),
        ('"a b"~x', "no distance"),
        ('"a b"~0', "no distance"),
        ('"a"~5', "less than two words"),
        ('-"a b"~5', "exception with a distance"),
        ('"a* *b"~5', "before its end"),
        ("=", "no letter or digit"),
    ],
)
def test_a_term_that_can_hit_nothing_is_refused(term: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_term(term)


def test_a_group_of_exceptions_alone_is_refused() -> None:
    with pytest.raises(ValueError, match='"r" has no term that counts'):
        Terms({"r": ["-montaña rusa"]})


# The index must agree with the plain reading of the rules.

LETTERS = "абвй ab1ñé"
text_of_few_letters = st.text(st.sampled_from(LETTERS + "-'\u0301\u00ad"), max_size=60)
plain_term = st.text(st.sampled_from(LETTERS), min_size=1, max_size=6).filter(lambda t: words(t))
any_term = st.builds(
    lambda exception, term, star: ("-" if exception else "") + term.strip() + ("*" if star else ""),
    st.integers(0, 4).map(lambda n: n == 0),
    plain_term,
    st.booleans(),
)
groups_of_terms = st.dictionaries(
    st.sampled_from(["one", "two"]),
    st.lists(any_term, min_size=1, max_size=8, unique=True).filter(lambda ts: not all(t.startswith("-") for t in ts)),
    min_size=1,
)


def spans(term: str, run: list[str]) -> list[tuple[int, int]]:
    """Where ``term`` stands in ``run``, read word by word."""
    wanted = words(term)
    found = []
    for start in range(len(run) - len(wanted) + 1):
        pairs = list(zip(run[start:], wanted, strict=False))
        last_word, last = pairs[-1]
        if all(word == want for word, want in pairs[:-1]) and (
            last_word.startswith(last) if term.endswith("*") else last_word == last
        ):
            found.append((start, start + len(wanted)))
    return found


def naive_hits(groups: dict[str, list[str]], texts: list[str]) -> dict[str, dict[str, int]]:
    hits: dict[str, dict[str, int]] = {}
    for group, terms in groups.items():
        for term in terms:
            if term.startswith("-"):
                continue
            for text in texts:
                run = words(text)
                excepted = [span for other in terms if other.startswith("-") for span in spans(other, run)]
                for start, end in spans(term, run):
                    if not any(since <= start and end <= until for since, until in excepted):
                        hits.setdefault(group, {}).setdefault(term, 0)
                        hits[group][term] += 1
    return hits


@given(groups_of_terms, st.lists(text_of_few_letters, min_size=1, max_size=3))
def test_the_index_finds_what_a_word_by_word_reading_finds(groups: dict[str, list[str]], texts: list[str]) -> None:
    assert Terms(groups).hits(*texts) == naive_hits(groups, texts)


@given(st.text())
def test_any_text_can_be_searched_and_any_term_is_read_or_refused(text: str) -> None:
    try:
        terms = Terms({"group": [text]})
    except ValueError:
        return
    assert terms.hits(text.removesuffix("*").lstrip().removeprefix("*"))
