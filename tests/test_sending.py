"""Sending: each story once to an address, failures tried again, and no secret in anything that is said or kept."""

import email
import email.policy
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import html5lib
import pytest
from aiosmtpd.controller import Controller

from crawler import clock
from crawler.alerts.deliveries import Deliveries
from crawler.database import only_sender
from tests.conftest import ROOT
from tests.newsroom import TOPIC, Newsroom

SECRET = "s3cr3t-t0ken"


class Endpoint:
    """A web hook on this machine: what it was told, and whether it accepts it."""

    def __init__(self):
        endpoint = self
        self.messages, self.requests, self.status, self.held = [], [], 200, None

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.requests.append(self.path)
                if endpoint.held:
                    endpoint.held.wait(30)
                if endpoint.status == 200:
                    endpoint.messages.append(body["title"] + "\n" + body["message"])
                self.send_response(endpoint.status)
                if endpoint.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        self.address = f"json://127.0.0.1:{self.server.server_address[1]}/{SECRET}"

    def told(self, what):
        return sum(what in message for message in self.messages)

    def close(self):
        if self.held:
            self.held.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Mailbox:
    """What a mail server on this machine has accepted."""

    def __init__(self):
        self.messages, self.refuse = [], False

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            return "451 not now"
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def told(self, what):
        return sum(what in message.get_body(("html",)).get_content() for message in self.messages)


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path)
    yield room
    room.close()


@pytest.fixture
def endpoint():
    served = Endpoint()
    yield served
    served.close()


@pytest.fixture
def mail():
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server's own
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=0)
    with socket.socket() as free:  # aiosmtpd looks for its own server at the port it was told
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    box.address = f"mailto://127.0.0.1:{controller.port}?to=desk@news.example&from=crawler@news.example&mode=insecure"
    yield box
    controller.stop()


def send(newsroom, *more):
    return newsroom.ask("digest", "--topic", TOPIC, "-a", f"seeds={newsroom.seeds}", "--send", *more)


def test_a_saved_search_chooses_what_is_sent_and_the_rest_is_sent_by_the_next(newsroom, endpoint):
    newsroom.alerts(endpoint.address)
    newsroom.add(1, title="A cable is laid")
    newsroom.add(2, title="Ships")
    assert newsroom.ask("desk", "save", "cables", "cable")[0] == 0
    assert send(newsroom, "--search", "cables")[0] == 0
    assert (endpoint.told("A cable is laid"), endpoint.told("Ships")) == (1, 0)
    assert send(newsroom)[0] == 0
    assert (endpoint.told("A cable is laid"), endpoint.told("Ships")) == (1, 1)
    code, _, err = send(newsroom, "--search", "cabels")
    assert code == 2 and 'did you mean "cables"?' in err


def test_what_is_muted_is_not_sent_until_it_is_shown_again(newsroom, endpoint):
    newsroom.alerts(endpoint.address, rules='[[alerts.rules]]\non = "new story"')
    newsroom.add(1, title="A cable is laid")
    newsroom.add(2, title="Ships")
    assert newsroom.ask("desk", "mute", "words", "cable")[0] == 0
    assert send(newsroom, "--alerts")[0] == send(newsroom)[0] == 0
    assert (endpoint.told("A cable is laid"), endpoint.told("Ships"), endpoint.told("1 muted story left out")) == (
        0,
        1,
        1,
    )
    assert newsroom.ask("desk", "unmute", "words", "cable")[0] == 0
    assert send(newsroom, "--alerts")[0] == 0
    assert (endpoint.told("A cable is laid"), endpoint.told("Ships")) == (1, 1)


def real_command(newsroom, *more, **environment):
    return [
        [sys.executable, "-m", "scrapy", "digest", "--topic", TOPIC, "-a", f"seeds={newsroom.seeds}", "--send", *more],
        {"cwd": ROOT, "env": {**os.environ, "NEWS_DATABASE": str(newsroom.path), **environment}},
    ]


def test_every_story_is_delivered_once_to_each_address_over_five_runs_with_a_failure(
    newsroom, endpoint, mail, monkeypatch
):
    newsroom.alerts("${HOOK}", mail.address)
    monkeypatch.setenv("HOOK", endpoint.address)
    headlines = [f"Headline {number} of the day" for number in range(5)]
    said = ""
    for number, headline in enumerate(headlines):
        newsroom.add(number, hours=2, title=headline)
        endpoint.status = 500 if number == 2 else 200
        mail.refuse = number == 3
        if number == 2:  # a process of its own, as cron starts it
            arguments, options = real_command(newsroom, "-L", "DEBUG")
            result = subprocess.run(arguments, **options, capture_output=True, text=True, timeout=120, check=False)
            code, out, err = result.returncode, result.stdout, result.stderr
        else:
            code, out, err = send(newsroom, "-L", "DEBUG")
        said += out + err
        assert code == (1 if number in (2, 3) else 0), err
    assert [endpoint.told(headline) for headline in headlines] == [1] * 5
    assert [mail.told(headline) for headline in headlines] == [1] * 5
    assert [line for line in said.splitlines() if line.startswith("scrapy: ")] == [
        "scrapy: alerts.urls[1] (json://...): not sent, the server answered 500: the next --send tries again",
        "scrapy: alerts.urls[2] (mailto://...): not sent, it was not reached or did not accept the message:"
        " the next --send tries again",
    ]
    kept = newsroom.path.read_bytes() + newsroom.path.with_name("news.db-wal").read_bytes()
    assert SECRET not in said and SECRET.encode() not in kept and b"desk@news.example" not in kept


def test_a_mail_is_html_with_a_text_beside_it(newsroom, mail):
    newsroom.alerts(mail.address)
    newsroom.add(1, title="Порт <b>закрыт</b>", language="ru")
    assert send(newsroom) == (0, "", "")
    (message,) = mail.messages
    assert message["Subject"] == "Harbours & <rivers>: 1 story"
    page = message.get_body(("html",)).get_content()
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.strip())
    assert "".join(tree.find(".//h2").itertext()) == "Порт <b>закрыт</b>"
    assert "Порт <b>закрыт</b>" in message.get_body(("plain",)).get_content()


def test_an_address_that_fails_does_not_keep_the_others_from_theirs(newsroom, endpoint):
    newsroom.alerts("json://127.0.0.1:1/x", "${UNSET_ADDRESS}", "nonsense://password", endpoint.address)
    newsroom.add(1, title="Headline")
    code, out, err = send(newsroom)
    assert (code, out, endpoint.told("Headline")) == (2, "", 1)
    lines = err.splitlines()
    assert len(lines) == 3 and "password" not in err
    assert "alerts.urls[1] (json://...): not sent, it was not reached" in lines[0]
    assert "environment variable UNSET_ADDRESS is not set: export UNSET_ADDRESS=... first" in lines[1]
    assert "alerts.urls[3]: no address that Apprise knows" in lines[2]


def test_nothing_is_asked_but_the_address_itself(newsroom, endpoint):
    newsroom.alerts(endpoint.address)
    newsroom.add(1)
    endpoint.status = 302
    code, _, err = send(newsroom)
    assert code == 1 and "the server answered 302" in err
    assert endpoint.requests == [f"/{SECRET}"]


def test_a_story_that_joined_another_is_not_told_again(newsroom, endpoint):
    newsroom.alerts(endpoint.address)
    one, two = newsroom.add(1, title="One"), newsroom.add(2, title="Two")
    send(newsroom)
    kept, gone = newsroom.story_of(one), newsroom.story_of(two)
    third = newsroom.add(3, hours=3, title="Three")
    newsroom.db.conn.execute("UPDATE articles SET story_id = ? WHERE story_id IN (?, ?)", (99, kept, gone))
    newsroom.db.conn.execute("UPDATE articles SET story_id = 99 WHERE id = ?", (third,))
    send(newsroom)
    assert len(endpoint.messages) == 1


def test_stories_beyond_the_limit_come_with_the_next_message(newsroom, endpoint):
    newsroom.alerts(endpoint.address)
    for number in range(3):
        newsroom.add(number, title=f"Headline {number}")
    send(newsroom, "--limit", "2")
    assert "1 more story since then" in endpoint.messages[0]
    send(newsroom, "--limit", "2")
    assert [endpoint.told(f"Headline {number}") for number in range(3)] == [1, 1, 1]
    assert len(endpoint.messages) == 2


def test_what_was_being_sent_when_the_program_was_killed_is_reported_and_not_sent_again(newsroom, endpoint):
    newsroom.alerts(endpoint.address)
    newsroom.add(1, title="Headline")
    endpoint.held = threading.Event()
    arguments, options = real_command(newsroom)
    process = subprocess.Popen(arguments, **options)
    while not endpoint.requests and process.poll() is None:
        time.sleep(0.01)
    code, out, err = send(newsroom)
    assert (code, out) == (0, "") and "another digest is being sent from it; nothing to do" in err
    process.send_signal(signal.SIGKILL)
    process.wait()
    endpoint.held.set()
    code, _, err = send(newsroom)
    assert code == 0 and "1 event may have been sent or not when the program was killed: not sent again" in err
    assert send(newsroom) == (0, "", "")
    assert len(endpoint.requests) == 1


def test_an_address_is_kept_as_a_hash_and_two_addresses_do_not_share_their_memory(newsroom):
    connection = newsroom.db.conn
    first, second = (Deliveries(connection, TOPIC, f"json://{name}.example/{SECRET}") for name in "ab")
    assert first.address != second.address and SECRET not in first.address and len(first.address) == 32
    assert first.address == Deliveries(connection, TOPIC, f"json://a.example/{SECRET}").address


def test_an_article_that_comes_after_one_that_was_told_and_removed_is_told(newsroom, endpoint):
    newsroom.alerts(endpoint.address)
    number = newsroom.add(1, title="Alpha")
    send(newsroom)
    newsroom.db.conn.execute("BEGIN IMMEDIATE")
    newsroom.archive.remove(number)
    newsroom.db.conn.execute("COMMIT")
    assert newsroom.add(2, title="Beta") > number
    send(newsroom)
    assert (endpoint.told("Alpha"), endpoint.told("Beta")) == (1, 1)


def test_long_digests_are_several_messages_for_services_with_little_room(newsroom):
    from crawler.alerts import messages
    from crawler.digest import contents
    from crawler.digest.entry import Digest

    for number in range(6):
        newsroom.add(number, title=f"Headline {number}")
    since = clock.text(clock.now() - timedelta(days=1))
    entries = [contents.completed(newsroom.db.conn, e) for e in contents.entries(newsroom.db.conn, TOPIC, since)]
    items = messages.untold(Deliveries(newsroom.db.conn, TOPIC, "x"), entries, [], only_alerts=False)
    packed = list(messages.pack(Digest(TOPIC, "T", since, since), items, "text", 800))
    assert len(packed) > 1 and all(len(message.body) <= 800 for message in packed)
    assert [sum(f"Headline {n}" in message.body for message in packed) for n in range(6)] == [1] * 6
    assert sum(len(message.events) for message in packed) == 6
    (tiny, *_) = messages.pack(Digest(TOPIC, "T", since, since), items, "text", 20)
    assert len(tiny.body) == 20 and tiny.body.endswith("…")


@pytest.mark.parametrize(
    ("address", "form", "room"),
    [
        ("mailto://user:pass@mail.example?to=a@b.example", "html", None),
        ("mailto://user:pass@mail.example?to=a@b.example&format=text", "text", None),
        ("json://hook.example", "text", None),
        ("json://hook.example?format=html", "html", None),
        ("json://hook.example?format=markdown", "markdown", None),
        ("tgram://123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr/12345", "text", 4096 - 64),
        ("discord://1234567890/abcdefghij", "text", 2000 - 64),
    ],
)
def test_a_service_gets_the_form_and_the_length_that_it_can_show(address, form, room):
    from crawler.alerts.sender import Sender

    sender = Sender("alerts.urls[1]", address)
    assert (sender.form, sender.room) == (form, room)
    assert sender.shown == f"alerts.urls[1] ({address.partition(':')[0]}://...)"


@pytest.mark.parametrize("form", ["md", "html"])
def test_format_decides_the_form_for_every_address(newsroom, endpoint, form):
    newsroom.alerts(endpoint.address)
    newsroom.add(1, title="Fish & *chips*")
    assert send(newsroom, "--format", form) == (0, "", "")
    assert (r"Fish \& \*chips\*" if form == "md" else "Fish &amp; *chips*</a>") in endpoint.messages[0]


def test_the_addresses_that_the_docs_name_are_understood():
    page = (ROOT / "docs" / "sharing.md").read_text(encoding="utf-8")
    addresses = re.findall(r"^\| [^|]+ \| `([a-z]+://[^`]+)` \|", page, re.MULTILINE)
    assert len(addresses) == 6
    from crawler.alerts.sender import Sender

    understood = [Sender("alerts.urls[1]", address).service.service_name for address in addresses]
    assert understood == ["Slack", "Slack", "Telegram", "Matrix", "E-Mail", "E-Mail"]


@pytest.mark.parametrize(
    ("more", "said"), [((), "no addresses to send to: add [alerts]"), (("--alerts",), "no rules for alerts: add [[")]
)
def test_without_addresses_or_rules_one_line_says_how_to_name_them(newsroom, more, said):
    if more:
        newsroom.alerts("json://127.0.0.1:1")
    code, out, err = send(newsroom, *more)
    assert (code, out) == (2, "") and len(err.splitlines()) == 1 and said in err


def test_without_a_database_nothing_is_made(tmp_path, newsroom):
    newsroom.alerts("json://127.0.0.1:1")
    newsroom.path = tmp_path / "none.db"
    code, _, err = send(newsroom)
    assert code == 1 and "no such database" in err
    assert not newsroom.path.exists()


def test_the_lock_goes_with_its_holder(newsroom):
    with only_sender(newsroom.path):
        pass
    with only_sender(newsroom.path):
        pass
