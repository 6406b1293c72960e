"""What is done to foreign bytes takes time in proportion to them, whatever they are made of."""

import re
import time

import pytest

from tests.growing import WORSE, TooLong, at_most, attacks, growth, method, patterns

EXPRESSIONS = sorted(patterns().items(), key=lambda each: (each[1][0], str(each[0].pattern)))
MODULES = sorted({where.rpartition("." if ":" not in where else ":")[0] for _, (where, _) in EXPRESSIONS})


def worst(pattern, asked):
    """How the work of ``pattern`` grows with the input that is hardest for it, and that input in small."""
    found = (1.0, "")
    for way in sorted(asked):
        ask = method(pattern, way)
        for attack in attacks(pattern):

            def work(size, attack=attack, ask=ask):
                given = attack(size)
                return lambda: ask(given)

            found = max(found, (growth(work), f"{way}: {attack(3)!r:.80}"))
            if found[0] > WORSE:
                return found
    return found


@pytest.mark.parametrize("module", MODULES)
def test_no_expression_needs_more_than_time_in_proportion_to_its_input(module):
    own = [each for each in EXPRESSIONS if re.fullmatch(rf"{re.escape(module)}[.:]\w+", each[1][0])]
    assert own
    found = {where: worst(pattern, asked) for pattern, (where, asked) in own}
    assert {where: what for where, what in found.items() if what[0] > WORSE} == {}


@pytest.mark.parametrize(
    "written",
    [
        rb"<title\b[^>]*>",
        r"\s+x",
        r"\S+@\S+\.\w+",
        r"(\w+\s?)*$",
        r"[(][^)]*[)]",
        r"a\s*,?\s*$",
        rb"<[^>]*>",
    ],
)
def test_what_needs_more_is_noticed(written):
    pattern = re.compile(written)
    assert worst(pattern, {"search"})[0] > WORSE


def test_every_module_is_looked_at_and_what_functions_write_out_as_well():
    places = [where for _, (where, _) in EXPRESSIONS]
    assert len(places) > 240
    assert {"crawler.fetching.walls.WALLS", "pipelines.language.SCRIPTS", "pipelines.boilerplate.CLOSING"} <= {*places}
    assert any(where.startswith("crawler.fetching.outcome:") for where in places)


def test_what_takes_too_long_is_not_waited_for():
    with pytest.raises(TooLong), at_most(0.05):
        re.match(r"(?:\w|\w\w)*$", "x" * 60 + "!")
    began = time.thread_time()
    with at_most(5):
        pass
    assert time.thread_time() - began < 5
