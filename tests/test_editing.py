"""Claims about crawler/seeds/editing.py: a seeds file is changed as text, and says nothing else afterwards."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.seeds import SeedsError, read_topic
from crawler.seeds.editing import CannotEdit, added, changed, read, save, written

TOPIC = '''\
# Harbours: what is loaded where.
title = "Harbours"

[terms]          # one group
all = ["*"]

# The quays come first.
[[sources]]
name = "The Quay"        # known since May
url = "https://quay.example/feed"   # its # feed
# moved twice

[[ sources ]]  # and the piers
  name = 'The Pier'
  url = "https://pier.example/feed"
  note = """
[[sources]]
name = "none"
"""

# Who is told.
[alerts]
urls = ["${CHAT}"]
'''
BLOCK = '# found by hand\n[[sources]]\nname = "The Mole"\nurl = "https://mole.example/"\n'


def test_a_source_is_put_behind_the_last_one_and_before_what_follows():
    assert added(TOPIC, [BLOCK]) == TOPIC.replace('name = "none"\n"""\n', f'name = "none"\n"""\n\n{BLOCK}')
    assert tomllib.loads(added(TOPIC, [BLOCK, BLOCK]))["sources"][3]["name"] == "The Mole"


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_line_ends_stay_as_they_are_and_a_missing_one_is_put_in(end):
    text = TOPIC.partition("\n# moved twice")[0].replace("\n", end or "\n") + end
    longer = added(text, [BLOCK])
    assert longer.startswith(text) and tomllib.loads(longer)["sources"][1]["name"] == "The Mole"
    assert longer.count("\r\n") == (longer.count("\n") if end == "\r\n" else 0)


@pytest.mark.parametrize(
    "text", ["", 'title = "Harbours"\n', 'sources = [{name = "The Quay", url = "https://quay.example/"}]\n']
)
def test_what_has_no_block_of_sources_is_not_touched(text):
    with pytest.raises(CannotEdit):
        added(text, [BLOCK])


def test_a_value_is_changed_where_it_stands_and_its_comment_stays():
    text = changed(TOPIC, 1, url="https://quay.example/#new", enabled=False)
    assert 'url = "https://quay.example/#new"   # its # feed\nenabled = false\n# moved twice\n' in text
    assert changed(changed(TOPIC, 1, enabled=True), 1, enabled=None) == TOPIC


def test_a_value_of_several_lines_is_changed_as_a_whole():
    text = changed(TOPIC, 2, note="none", urls=["https://a.example/", "https://b.example/"])
    assert 'note = "none"\nurls = ["https://a.example/", "https://b.example/"]\n\n# Who is told.' in text


def test_what_a_change_by_lines_would_break_is_refused():
    table = '[[sources]]\nname = "The Quay"\nurl = "https://quay.example/"\n[sources.given]\nurl = "x"\n'
    assert tomllib.loads(changed(table, 1, url="y"))["sources"][0] == {
        "name": "The Quay",
        "url": "y",
        "given": {"url": "x"},
    }
    with pytest.raises(CannotEdit):
        changed('sources = [{name = "The Quay"}]\n', 1, name="The Pier")
    with pytest.raises(CannotEdit):
        changed('[[sources]]\nname = "The Quay"\ngiven.url = "x"\n', 1, given="y")


texts = st.text(st.characters(exclude_categories=("Cs",)))
values = st.one_of(texts, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.lists(texts), st.dates())


@given(st.one_of(values, st.dictionaries(texts, values)))
def test_what_is_written_is_read_again(value):
    assert tomllib.loads(f"it = {written(value)}") == {"it": value}


@given(st.dictionaries(st.sampled_from(["name", "url", "note", "urls", "x y"]), values), st.sampled_from([1, 2]))
def test_a_change_changes_what_it_names_and_nothing_else(change, number):
    wanted = tomllib.loads(TOPIC)
    wanted["sources"][number - 1].update(change)
    assert tomllib.loads(changed(TOPIC, number, **change)) == wanted


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    real, path = tmp_path / "kept" / "harbours.toml", tmp_path / "harbours.toml"
    real.parent.mkdir()
    real.write_bytes(b"\xef\xbb\xbf" + TOPIC.encode())
    real.chmod(0o640)
    path.symlink_to(real)
    save(path, added(read(path), [BLOCK]))
    assert [source.name for source in read_topic(path).sources] == ["The Quay", "The Pier", "The Mole"]
    assert path.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes().startswith(b"\xef\xbb\xbf# Harbours")
    with pytest.raises(SeedsError, match="The Mole"):
        save(path, added(read(path), [BLOCK]))
    assert read_topic(path).sources[-1].name == "The Mole"
    assert [item.name for item in real.parent.iterdir()] == ["harbours.toml"]
