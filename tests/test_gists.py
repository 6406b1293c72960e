"""``scrapy translate`` with a service and a program of our own, and where what they made is shown."""

from __future__ import annotations

import json
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser import start
from tests.newsroom import TOPIC, Newsroom

RUSSIAN = "Пожар на причале потушен"
EVIL = "<script>alert(1)</script> Fire on the quay"
PROGRAM = (
    "import sys; t = sys.stdin.read(); print(sys.argv[1], t.partition(chr(10))[0].upper()); print(); print('Para')"
)


class Translator:
    """A service with LibreTranslate's interface; ``status`` and ``says`` decide what it answers."""

    def __init__(self):
        self.asked, self.status, self.says = [], 200, None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((self.path, asked))
                made = (
                    {"translatedText": [EVIL, f"In {asked['target']}: a fire."]} if outer.says is None else outer.says
                )
                body = json.dumps(made).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service():
    made = Translator()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def room(tmp_path):
    """An article in Russian, one in English, one whose language is not known."""
    made = Newsroom(tmp_path)
    made.add(1, language="ru", title=RUSSIAN, text="Огонь погас к утру. Никто не пострадал.\nВторой абзац.")
    made.add(2, title="A new crane")
    made.add(3, language="und", title="???")
    yield made
    made.close()


def gists(room):
    return [tuple(row) for row in room.db.conn.execute("SELECT article_id, language, title, text, maker FROM gists")]


def test_a_foreign_article_is_translated_once_and_anew_when_it_changed(room, service):
    command = ("translate", "-s", f"TRANSLATE=http://{service.address}/?api_key=${{KEY}}", "-s", "LOG_LEVEL=ERROR")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY", "s3cret")
        assert room.ask(*command) == (0, "", "")
        assert room.ask(*command) == (0, "", "")
    texts = [RUSSIAN, "Огонь погас к утру. Никто не пострадал."]
    asked = {"q": texts, "source": "ru", "target": "en", "format": "text", "api_key": "s3cret"}
    assert service.asked == [("/translate", asked)]
    assert gists(room) == [(1, "en", EVIL, "In en: a fire.", f"LibreTranslate at {service.address}")]
    room.db.conn.execute("UPDATE articles SET section = 'x' WHERE id = 1")
    assert len(gists(room)) == 1
    room.db.conn.execute("UPDATE articles SET title = 'Другой' WHERE id = 1")
    assert gists(room) == []
    assert room.ask("translate", "-s", f"TRANSLATE=http://{service.address}/translate")[0] == 0
    assert service.asked[-1][1]["q"][0] == "Другой"
    room.archive.remove(1)
    assert gists(room) == []


def test_a_program_reads_a_text_and_writes_one(room):
    program = f'TRANSLATE={sys.executable} -c "{PROGRAM}" {{source}}-{{target}}'
    assert room.ask("translate", "--topic", TOPIC, "-s", program, "-s", "READER_LANGUAGES=es,en") == (0, "", "")
    assert [(row[1:4]) for row in gists(room)] == [("es", f"ru-es {RUSSIAN.upper()}", "Para")]
    assert room.ask("translate", "--topic", "other", "-s", program) == (0, "", "")


@pytest.mark.parametrize("broken", ["status", "json", "shape"])
def test_a_machine_that_fails_leaves_the_rest_to_the_next_time(room, service, broken):
    for seed in range(4, 9):
        room.add(seed, language="ru", title=f"Номер {seed}")
    service.status = 500 if broken == "status" else 200
    service.says = {"status": {"error": "no model"}, "json": "text", "shape": {"translatedText": ["one"]}}[broken]
    code, out, err = room.ask("translate", "-s", f"TRANSLATE=http://{service.address}")
    assert (code, out, err.count("\n")) == (1, "", 1) and "0 of 6" in err
    assert ("500: no model" if broken == "status" else "translatedText") in err
    assert len(service.asked) == 3 and gists(room) == []


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("TRANSLATE=", 2, "TRANSLATE is not set"),
        ("TRANSLATE='open", 2, "No closing quotation"),
        ("TRANSLATE=http://127.0.0.1:9/?api_key=${NOBODY_SET_THIS}", 2, "NOBODY_SET_THIS"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_line(room, setting, code, said):
    found, _, err = room.ask("translate", "-s", setting)
    assert (found, err.count("\n")) == (code, 1) and said in err


def test_it_is_shown_beside_the_original_marked_and_never_found(room, service):
    room.ask("translate", "-s", f"TRANSLATE=http://{service.address}")
    made = f"Machine translation (LibreTranslate at {service.address})"
    shown = "&lt;script&gt;alert(1)&lt;/script&gt; Fire on the quay"
    running = start(room.path)
    try:
        for path in ("/", f"/story/{room.story_of(1)}", "/article/1"):
            request = urllib.request.Request(running.address + path, headers={"Accept-Language": "en"})
            html = urllib.request.urlopen(request, timeout=60).read().decode()
            assert html.index(RUSSIAN) < html.index(made) < html.index(shown), path
            assert "<script" not in html
        request = urllib.request.Request(f"{running.address}/article/1", headers={"Accept-Language": "ru"})
        assert made not in urllib.request.urlopen(request, timeout=60).read().decode()  # the reader can read it
    finally:
        running.kill()
    for form, escaped in (("md", r"\<script\>"), ("html", shown), ("atom", shown)):
        _, out, _ = room.ask("digest", "--topic", TOPIC, "-a", f"seeds={room.seeds}", "--format", form)
        assert "Machine translation" in out and escaped in out and RUSSIAN in out, form
    assert room.ask("articles", "alert")[1] == room.ask("articles", "Fire", "quay")[1] == ""
