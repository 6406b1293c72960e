"""What surrounds an article in the extracted text: known by rules and phrases, and by memory of the host.

Only whole lines leave, and only where boilerplate stands: headline, byline and date above the text, lines that
lead elsewhere, and the copyright, newsletter and contact lines below. Position and length protect sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest

from crawler.dates import utc_text
from crawler.words import count_words
from pipelines.page.phrases import PHRASES
from pipelines.page.titles import squash
from pipelines.tails import is_label, without_tail_lists

RELATED = re.compile(rf"^[\W\d]{{0,4}}(?:{'|'.join(PHRASES['related'])})", re.I)
POINTER = re.compile(rf"^[\W\d]{{0,4}}(?:{'|'.join(PHRASES['pointer'])})", re.I)
PROMOTION = re.compile(rf"^[\W\d]{{0,4}}(?:{'|'.join(PHRASES['promotion'])})", re.I)
CLICK_HERE = re.compile(rf"\b(?:{'|'.join(PHRASES['click_here'])})\W*$", re.I)
CLOSING = re.compile(rf"^[^\w©(]{{0,4}}(?:{'|'.join(PHRASES['closing'])})", re.I)
PAYWALL = re.compile(rf"^\W{{0,4}}(?:{'|'.join(PHRASES['paywall'])})", re.I)
CONTRIBUTED = re.compile(rf"\b(?:{'|'.join(PHRASES['contributed'])})[^.]{{0,40}}\.?$", re.I)
LEGAL = re.compile(rf"^\W{{0,4}}(?:©|\(c\)|(?:{'|'.join(PHRASES['legal'])}))", re.I)
HEAD_MARK = re.compile(rf"^\W{{0,3}}(?:{'|'.join(PHRASES['heading_marks'])})", re.I)
HEAD_LABELS = re.compile(rf"\b(?:{'|'.join(PHRASES['heading_marks'])})", re.I)
BYLINE = re.compile(rf"^\W{{0,3}}(?:{'|'.join(PHRASES['byline'])})[\s:：]+[^\W\d_]", re.I)
ALONE = re.compile(rf"^\W{{0,20}}(?:{'|'.join(PHRASES['alone'])})\W*$", re.I)
SIGNATURE = re.compile(
    r"^[(\[*–—-]\s*[\w./\s,-]{1,40}[)\]*]?$|^[a-zа-яё]{1,5}(?:/[a-zа-яё]{1,5}){1,6}$|^[A-ZÄÖÜ]{2,6}\s*[(/][\w\s/,.-]{1,60}\)?$|^[\W_]+$"
)
PHOTO_CREDIT = re.compile(rf"[—–/|(\[.-]\s*(?:{'|'.join(PHRASES['photo'])})\s*[:©/]\s*[^.!?]{{2,60}}[)\].]?$", re.I)
SIGNED = re.compile(  # two to four words with capitals
    r"^[^\w«\"]{0,3}(?:[A-ZÀ-ÖØ-ÝА-ЯЁ][^\W\d_]*+\.?(?:['’-][^\W\d_]++)?\s++)(?:(?:de|da|do|dos|del|la|e|y|van|von)\s+)?"
    r"(?:[A-ZÀ-ÖØ-ÝА-ЯЁ][^\W\d_]*+\.?(?:['’-][^\W\d_]++)?\s*+){1,3}$"
)
BIOGRAPHY = re.compile(
    r"^\W{0,3}[^\W\d_]++(?:[\s.'’-]++[^\W\d_]++){1,5}\s*+(?:[,(—–-]\s*+)?"
    r"(?:es|é|is|was|are|fue|foi|trabaj|trabalh|cubre|cobre|escrib|escrev|covers|writes|has been|works|periodist"
    r"|jornalist|repórter|corresponsal|correspondent|журналист|корреспондент|обозреватель|автор|пишет|работает)",
    re.I,
)
WEATHER = re.compile(r"\d\s?°")
BAR = re.compile(r"(?<!\s)\s+[|•·]\s+")
SENTENCE_END = re.compile(r"[.!?…。！？؟۔।][\"'»”’)\]」』]*$")
LABEL_END = tuple(":：…>»|")
LABEL_WORDS = 6  # of a heading that is a label
RELATED_LENGTH = 250  # characters; a longer line is a paragraph whatever its first words
CLOSING_LENGTH = 450
HEAD_WORDS = 12  # a longer line above the text is its first paragraph
DATE_LETTERS = 4  # beside its labels, of a line of dates: "10h02"
HEAD_LINES = 8
PROMPT_LINES = 5
BELOW_LEGAL = 0.25  # of the text's characters that may stand below a copyright line as part of the page's foot
SENTENCE_WORDS = 4  # fewer are no sentence whatever their end
TAIL_WORDS = 9  # a longer line that ends like a sentence is the text's last paragraph
LINKED_SHARE = 0.5  # of the text; a page that is links for the most part keeps them
MOST_COMPARED = 500  # lines of a text that are compared with one another
LONG_ENOUGH = 50  # letters and digits of a line that is not said twice
TEASED_SHARE = 0.8  # of the lines that are in cards; above it cards are what the text is about
BOXED_SHARE = 0.3  # of the text's characters


@dataclass(frozen=True)
class Surroundings:
    """What the page tells about its boilerplate; all texts are squashed (``titles.squash``)."""

    titles: frozenset[str] = frozenset()  # wordings of the headline
    names: frozenset[str] = frozenset()  # authors and the site
    linked: frozenset[str] = frozenset()  # blocks that are nothing but links
    captions: frozenset[str] = frozenset()
    teasers: frozenset[str] = frozenset()  # cards that announce other pages
    subtitles: frozenset[str] = frozenset()  # second headlines
    boxes: frozenset[str] = frozenset()  # blocks in boxes that are named as something else
    linking: frozenset[str] = frozenset()  # blocks with a link of some length, or next to one
    headings: frozenset[str] = frozenset()  # headings that lead nowhere


def without_frame(lines: list[str], around: Surroundings) -> list[str]:
    """The lines of the article alone; none when everything was frame."""
    kept = _without_boxes(_without_links(_without_repetitions(lines), around.linked), around.boxes)
    kept = [line for line in kept if squash(line) not in around.captions]
    kept = _without_head(kept, around)
    kept = _without_head(kept, around)
    headings = frozenset(place for place, line in enumerate(kept) if squash(line) in around.headings)
    kept = without_tail_lists(kept, headings)
    kept = [line for line in kept if not _is_mark(line)]
    kept = [line for line in _without_foot(kept) if not leads_elsewhere(line, around)]
    return _without_tail(kept, around)


def _is_mark(line: str) -> bool:
    """Whether a line is a button, a label or the credit of a picture, wherever it stands."""
    return bool(ALONE.match(line) or (len(line) < RELATED_LENGTH and PHOTO_CREDIT.search(line)))


def leads_elsewhere(line: str, around: Surroundings) -> bool:
    """Whether a line only points to another page: by a link, or as a label or fragment behind a label.

    A sentence that begins like a label is speech ("Mirá: yo no vine", "Leia o contrato").
    """
    if len(line) >= RELATED_LENGTH:
        return False
    if PROMOTION.match(line) or CLICK_HERE.search(line):
        return True
    linked = squash(line) in around.linking
    if label := RELATED.match(line):
        rest = line[label.end() :].lstrip()
        return linked or label[0].rstrip()[-1:] in LABEL_END or rest[:1] in LABEL_END or not SENTENCE_END.search(line)
    if POINTER.match(line):
        short = count_words(line) <= LABEL_WORDS and not SENTENCE_END.search(line)
        return linked or (short and squash(line) in around.headings)
    return False


def linked_share(lines: list[str], linked: frozenset[str]) -> float:
    """Share of the lines' characters in lines that are nothing but links."""
    return sum(len(line) for line in lines if squash(line) in linked) / max(1, sum(map(len, lines)))


def asks_for_payment(lines: list[str], linked: frozenset[str] = frozenset()) -> bool:
    """Whether the last lines say that the rest is for subscribers; above a linked one they speak of that page."""
    last = lines[-PROMPT_LINES:]
    return any(
        len(line) < RELATED_LENGTH and PAYWALL.match(line) and squash(after) not in linked
        for line, after in zip_longest(last, last[1:], fillvalue="")
    )


def closes(line: str, linked: bool = False) -> bool:
    """Whether a line below an article is about the site: copyright, newsletter, networks, contact.

    One word alone does not make an unlinked sentence such a line ("Комментарии чиновников не убедили докеров.").
    """
    if len(line) >= CLOSING_LENGTH:
        return False
    if PAYWALL.match(line) or CONTRIBUTED.search(line):
        return True
    closing = CLOSING.match(line)
    if closing is None:
        return False
    sentence = SENTENCE_END.search(line) and count_words(line) > SENTENCE_WORDS
    return linked or not sentence or count_words(closing[0]) != 1 or not closing[0][-1:].isalpha()


def signature(lines: list[str]) -> str | None:
    """The last line when it is nothing but a name below a text that has ended; else None. Names in a list are none."""
    if len(lines) < 3 or not SIGNED.match(lines[-1]) or not SENTENCE_END.search(lines[-2]):
        return None
    return None if SIGNED.match(lines[-2].rstrip(".")) or lines[-3].endswith(":") else lines[-1]


def _without_repetitions(lines: list[str]) -> list[str]:
    """Each long line once: pages hold a text for phones and for desktops, and a sentence of it again as a quotation."""
    seen: set[str] = set()
    plains = list(map(squash, lines))
    longer = plains if len(lines) < MOST_COMPARED else []
    kept = []
    for line, plain in zip(lines, plains, strict=True):
        short = len(plain) < LONG_ENOUGH
        if short or not (plain in seen or any(plain in other and plain != other for other in longer)):
            kept.append(line)
        seen.add(plain)
    return kept


def _without_links(lines: list[str], linked: frozenset[str]) -> list[str]:
    """Without lines that are links, and without the short label ("More on this:") above them."""
    is_link = [squash(line) in linked for line in lines]
    if linked_share(lines, linked) > LINKED_SHARE:
        return lines
    kept = []
    for place, line in enumerate(lines):
        label = len(line) < 60 and line.endswith(":") and place + 1 < len(lines) and is_link[place + 1]
        if not is_link[place] and not label:
            kept.append(line)
    return kept


def _without_boxes(lines: list[str], boxes: frozenset[str]) -> list[str]:
    """Without what stands in boxes, unless that is much of the text: then the names mean something else."""
    inside = [squash(line) in boxes for line in lines]
    if sum(len(line) for line, out in zip(lines, inside, strict=True) if out) > BOXED_SHARE * sum(map(len, lines)):
        return lines
    return [line for line, out in zip(lines, inside, strict=True) if not out]


def _without_head(lines: list[str], around: Surroundings) -> list[str]:
    start = 0
    for place, line in enumerate(lines[:HEAD_LINES]):
        if _is_title(line, around.titles) or _is_head(line, around.names) or squash(line) in around.subtitles:
            start = place + 1
        elif count_words(line) >= HEAD_WORDS or SENTENCE_END.search(line):
            break
    return lines[start:]


def _is_title(line: str, titles: frozenset[str]) -> bool:
    plain = squash(line)
    if not plain or plain in titles:
        return bool(plain)
    return len(plain) > 20 and not SENTENCE_END.search(line) and any(title.startswith(plain) for title in titles)


def _is_head(line: str, names: frozenset[str]) -> bool:
    """Whether a short line above the text is a byline, a date or a button."""
    if count_words(line) > HEAD_WORDS or (SENTENCE_END.search(line) and not utc_text(line)):
        return False
    if _is_name(line, names):
        return True
    if _is_date_line(line) or HEAD_MARK.match(line) or BYLINE.match(line) or len(squash(line)) < 3:
        return True
    return any(utc_text(part) or WEATHER.search(part) for part in BAR.split(line.strip("- |•")))


def _is_date_line(line: str) -> bool:
    """Whether a line is nothing but dates and times with their labels."""
    rest = HEAD_LABELS.sub("", line)
    return any(map(str.isdigit, rest)) and sum(map(str.isalpha, rest)) <= DATE_LETTERS


def _is_name(line: str, names: frozenset[str]) -> bool:
    """Whether a line is an author or the site, perhaps with a place or role."""
    plain = squash(line)
    return plain in names or (count_words(line) < 9 and any(len(name) > 4 and name in plain for name in names))


def _without_tail(lines: list[str], around: Surroundings) -> list[str]:
    """Without the lines after the last paragraph from the first one on that is no part of it."""
    if sum(squash(line) in around.teasers for line in lines) > TEASED_SHARE * len(lines):
        around = replace(around, teasers=frozenset())  # a text of recommended things
    end = len(lines)
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        if _is_foot(line, around) and not _is_item(lines, place):
            end = place
        elif count_words(line) > TAIL_WORDS or SENTENCE_END.search(line):
            break
    while end and lines[end - 1].endswith(":") and end < len(lines):  # the label of what was cut
        end -= 1
    return lines[:end]


def _is_foot(line: str, around: Surroundings) -> bool:
    """Whether a line below a text is no part of it."""
    if squash(line) in around.teasers or closes(line, squash(line) in around.linking):
        return True
    if _is_biography(line, around.names) or SIGNATURE.match(line) or is_label(line):
        return True
    if SENTENCE_END.search(line) or count_words(line) > TAIL_WORDS:
        return False
    return _is_name(line, around.names) or utc_text(line) is not None or bool(BYLINE.match(line))


def _is_item(lines: list[str], place: int) -> bool:
    """Whether a line stands in a list of at least two."""
    beside = (*lines[max(0, place - 1) : place], *lines[place + 1 : place + 2])
    return lines[place].startswith("- ") and any(line.startswith("- ") for line in beside)


def _is_biography(line: str, names: frozenset[str]) -> bool:
    """Whether a line below a text says who its author is."""
    plain = squash(line)
    return (
        len(line) < CLOSING_LENGTH
        and bool(BIOGRAPHY.match(line))
        and any(len(name) > 5 and plain.startswith(name) for name in names)
    )


def _without_foot(lines: list[str]) -> list[str]:
    """Without copyright lines, and without the page's foot below the first of them when little follows."""
    legal = [len(line) < RELATED_LENGTH and bool(LEGAL.match(line)) for line in lines]
    total = sum(map(len, lines))
    for place in range(len(lines)):
        if legal[place] and sum(map(len, lines[place + 1 :])) < BELOW_LEGAL * total:
            lines = lines[:place]
            break
    return [line for line, out in zip(lines, legal, strict=False) if not out]
