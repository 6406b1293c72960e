"""What the gate costs a page: ``python -m benchmarks.gate FOLDER``.

FOLDER has pages as they came, packed by gzip or not, itself or in ``pages``. Each is judged by
seeds/venezuela_russia.toml. Beside it in the same process stands what no gate could do without: RE2's search for the
first group that is missing, and the check that a page is UTF-8. Milliseconds of CPU, the best of five rounds.
"""

from __future__ import annotations

import argparse
import codecs
import gzip
import time
from collections.abc import Callable
from pathlib import Path

from crawler.items import Fetched
from crawler.seeds import read_topic
from crawler.terms import parse_term
from pipelines.gate import Gate
from pipelines.spellings import finder

TOPIC = Path(__file__).parent.parent / "seeds" / "venezuela_russia.toml"
ROUNDS = 5


def is_utf8(body: bytes) -> bool:
    try:
        codecs.utf_8_decode(body, "strict", True)
    except UnicodeDecodeError:
        return False
    return True


def milliseconds(work: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """CPU a page, the best of all rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for body in bodies:
            work(body)
        rounds.append(time.process_time() - began)
    return min(rounds) / len(bodies) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    files = sorted((folder / "pages" if (folder / "pages").is_dir() else folder).glob("*.html*"))
    bodies = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files]
    topic = read_topic(TOPIC)
    finders = [find for terms in topic.terms.groups.values() if (find := finder(map(parse_term, terms)))]
    gate = Gate([topic])

    def gap(body: bytes) -> str | None:
        return gate.gap(Fetched("https://outlet.example/1", body, "2026-01-01T00:00:00Z"))

    dropped = sum(gap(body) is not None for body in bodies)
    print(f"{len(bodies)} pages of {sum(map(len, bodies)) / len(bodies) / 1000:.0f} kB, {dropped} turned away")
    ours = milliseconds(gap, bodies)
    search = milliseconds(lambda body: all(find.longest.search(body) for find in finders), bodies)
    check = milliseconds(is_utf8, bodies)
    print(f"gate {ours:.2f} ms; RE2 {search:.2f} and UTF-8 {check:.2f}: {ours / (search + check):.2f} times both")


if __name__ == "__main__":
    main()
