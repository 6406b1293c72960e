"""The query language: what means what, and what a wrong query is told."""

import sqlite3

import pytest

from crawler.search.parser import WrongQuery, parse
from crawler.search.tree import And, Not, Or, Term, spans, terms


def word(text, **more):
    return Term((text,), **more)


A, B, C = word("aa"), word("bb"), word("cc")


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("aa", A),
        ("AÁ Bb", And((A, B))),
        ("aa AND bb", And((A, B))),
        ("aa OR bb cc", Or((A, And((B, C))))),
        ("(aa OR bb) cc", And((Or((A, B)), C))),
        ("aa NOT bb", And((A, Not(B)))),
        ("aa AND NOT bb", And((A, Not(B)))),
        ("aa -bb", And((A, Not(B)))),
        ("-(aa bb)", Not(And((A, B)))),
        ("NOT NOT aa", Not(Not(A))),
        ('"aa bb"', Term(("aa", "bb"), exact=True)),
        ("“aa bb” «cc»", And((Term(("aa", "bb"), exact=True), word("cc", exact=True)))),
        ("anti-Russian", Term(("anti", "russian"), exact=True)),
        ("12:30", Term(("12", "30"), exact=True)),
        ("venez*", word("venez", prefix=True)),
        ("(venez*, aa)", And((word("venez", prefix=True), A))),
        ('"nicolas mad*"', Term(("nicolas", "mad"), exact=True, prefix=True)),
        ('"nicolas mad"*', Term(("nicolas", "mad"), exact=True, prefix=True)),
        ("title:aa bb", And((word("aa", title=True), B))),
        ("title:(aa OR bb)", Or((word("aa", title=True), word("bb", title=True)))),
        ('-title:"aa bb"', Not(Term(("aa", "bb"), exact=True, title=True))),
        ("and or not", And((word("and"), word("or"), word("not")))),
        ("Putin: aa – bb!", And((word("putin"), A, B))),
        ("aa - & bb", And((A, B))),
    ],
)
def test_a_query_means_what_it_says(query, meant):
    assert parse(query) == meant


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "has no word to search for: give at least one of letters or digits"),
        ("!!!", '"!!!" has no word to search for'),
        ('aa "bb', 'the quotation mark at character 4 is never closed: add another "'),
        ("aa (bb", '"(" at character 4 is never closed: add a )'),
        ("aa) bb", '")" at character 3 closes nothing: take it out'),
        (") bb", '")" at character 1 closes nothing: take it out'),
        ("aa ()", '"(" at character 4 holds no word: give one'),
        ("AND aa", '"AND" at character 1 has no word before it: give one, or write it small'),
        ("aa OR", '"OR" at character 4 has no word behind it: give one, or write it small'),
        ("OR aa", '"OR" at character 1 has no word before it'),
        ("aa AND OR bb", '"AND" at character 4 has no word behind it'),
        ("aa NOT", '"NOT" at character 4 has no word behind it'),
        ("aa *", '"*" at character 4 has no letters before it: write it as in venezuel*'),
        ("ve*la", 'has a "*" before its end: only the end of a word can be left open'),
        ("aa v*", '"v*" at character 4 needs 2 letters or more before its "*"'),
        ("aa language:es", '"language:" at character 4 is no field, only title: is (language, source, topic and dates'),
        ("https://a.example/", "to search for the words, put them in quotation marks"),
        ("title: aa", '"title:" at character 1 has no word behind it: write it as in title:sanctions'),
        ("(" * 9 + "aa" + ")" * 9, '"(" at character 9 is nested more than 8 deep'),
        ("-" + "NOT " * 9 + "aa", "is nested more than 8 deep"),
        ("aa " * 51, "more than 50 words and phrases"),
    ],
)
def test_a_wrong_query_is_told_what_is_wrong_where_and_what_would_work(query, said):
    with pytest.raises(WrongQuery) as error:
        parse(query)
    assert said in str(error.value)


def test_the_deepest_and_longest_query_that_is_allowed_can_be_asked():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5 (title, text, title_stems, text_stems, facets)")
    deepest = "(" * 7 + "aa OR NOT bb" + " cc)" * 7
    alternating = "aa NOT (bb OR NOT (cc " * 2 + "dd" + "))" * 2
    for query in (deepest, alternating, "NOT " * 7 + "(aa bb)", " OR ".join(["aa bb"] * 25), "-aa " * 50):
        connection.execute("SELECT * FROM t WHERE t MATCH ?", [parse(query).expression()]).fetchall()
    connection.close()


def test_an_article_is_not_found_by_what_must_not_occur():
    assert terms(parse("aa -bb (cc OR NOT dd)")) == [A, C]


@pytest.mark.parametrize(
    ("query", "text", "language", "hits"),
    [
        ("sancion", "Las Sanciones, la sanción.", "es", ["Sanciones", "sanción"]),
        ("санкциями", "Санкции — это санкция.", "ru", ["Санкции", "санкция"]),
        ("moscu", "MOSCÚ y Mo\u00adscú", "es", ["MOSCÚ", "Mo\u00adscú"]),
        ('"anti russian*"', "the anti-Russians, anti russian, anti", "en", ["anti-Russians", "anti russian"]),
        ('"sancion"', "sanciones y sanción", "es", ["sanción"]),
        ("venez*", "Venezuela venezolano Venecia", "es", ["Venezuela", "venezolano"]),
        ("aa -bb", "aa bb", "en", ["aa"]),
        ("title:aa bb", "aa bb", "en", ["bb"]),
        ('"aa bb" "bb cc"', "aa bb cc", "en", ["aa bb cc"]),
        ("й", "и\u0306 й", "ru", ["и\u0306", "й"]),
    ],
)
def test_hits_are_where_the_index_has_them(query, text, language, hits):
    assert [text[begin:end] for begin, end in spans(parse(query), text, language)] == hits


def test_what_is_looked_for_in_titles_is_marked_there():
    assert spans(parse("title:aa"), "Aa bb", "en", title=True) == [(0, 2)]
