"""Outcomes: what a status or an error means for a page."""

import socket
import ssl
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from scrapy import exceptions
from scrapy.http import Response

from crawler.discovery import discover
from crawler.fetching.outcome import (
    LARGEST_ARTICLE,
    MOST_TAGS,
    BadAnswer,
    NotNow,
    Outcome,
    RobotsForbidden,
    RobotsUnreadable,
    max_age,
    of_error,
    of_response,
    of_size,
    of_status,
    of_unreadable,
    retry_after,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = b"<html><p>text</p></html>"


@pytest.mark.parametrize(
    ("status", "body", "state", "again"),
    [
        (404, PAGE, "gone", False),
        (410, b"", "gone", False),
        (401, PAGE, "blocked", True),
        (403, PAGE, "blocked", True),
        (202, b"", "blocked", True),
        (200, b" \n", "blocked", True),
        (429, b"", "queued", True),
        (500, PAGE, "queued", True),
        (503, PAGE, "queued", True),
        (408, PAGE, "queued", True),
        (418, PAGE, "failed", False),
    ],
)
def test_a_status_decides_the_state_and_whether_we_ask_again(status, body, state, again):
    outcome = of_status(status, body, None)
    assert (outcome.state, outcome.retry is not None, outcome.status) == (state, again, status)
    assert str(status) in outcome.reason


def test_a_page_with_a_body_has_to_be_read():
    assert of_status(200, PAGE, None) is None


def test_a_host_that_asks_us_to_wait_is_left_alone_as_a_whole():
    for status in (429, 503):
        outcome = of_status(status, b"", timedelta(minutes=7))
        assert outcome.pause_host and outcome.retry == timedelta(minutes=7)
    assert not of_status(503, b"", None).pause_host


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        ("Sun, 01 Mar 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Sun, 01 Mar 2026 11:00:00 GMT", timedelta()),
        ("99999999999999999999", None),
        ("604800", timedelta(hours=24)),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_more_than_a_day(value, wait):
    assert retry_after(value, NOW) == wait


@given(st.text())
def test_retry_after_never_raises(value):
    wait = retry_after(value, NOW)
    assert wait is None or timedelta() <= wait <= timedelta(hours=24)


def test_no_connection_may_be_our_own_network_and_is_tried_again():
    for error in (
        exceptions.CannotResolveHostError("x"),
        exceptions.DownloadConnectionRefusedError("x"),
        exceptions.DownloadTimeoutError("x"),
        OSError("no route to host"),
    ):
        outcome = of_error(error, "https://news.example/a", {})
        assert outcome.unreachable and outcome.state == "queued" and outcome.retry
        assert outcome.reason


def test_an_address_that_the_guard_refused_says_so_and_is_not_tried_again():
    refused = {"inside.example": "10.0.0.1 is in a private or reserved network"}
    outcome = of_error(exceptions.CannotResolveHostError("x"), "http://inside.example/", refused)
    assert outcome == Outcome("failed", "10.0.0.1 is in a private or reserved network")


def test_robots_decides_for_a_week_when_read_and_for_an_hour_when_not():
    forbidden = of_error(RobotsForbidden("robots.txt does not allow it"), "https://news.example/a", {})
    assert (forbidden.state, forbidden.retry) == ("blocked", timedelta(days=7))
    unreadable = of_error(RobotsUnreadable("robots.txt could not be read (503)"), "https://news.example/a", {})
    assert (unreadable.state, unreadable.retry) == ("queued", timedelta(hours=1))
    offline = RobotsUnreadable("robots.txt", exceptions.CannotResolveHostError("x"))
    assert of_error(offline, "https://news.example/a", {}).unreachable


def test_a_challenge_is_a_block_and_not_a_server_error():
    body = b"<html><head><title>Just a moment...</title></head><script src='/cdn-cgi/challenge-platform/x.js'></script>"
    assert of_status(503, body, None).state == "blocked"
    with pytest.raises(ValueError) as said:
        discover(body, "https://a.example/feed/")
    ended = of_unreadable(str(said.value), 200)
    assert ended.state == "blocked" and ended.retry is not None


def test_a_web_page_in_place_of_a_feed_is_no_block():
    with pytest.raises(ValueError) as said:
        discover(b"<html><title>Shop</title><p>Welcome</p></html>", "https://a.example/feed/", kind="feed")
    assert of_unreadable(str(said.value), 200).state == "not_article"


def test_a_robots_txt_that_cannot_be_read_rests_the_host_as_long_as_it_asks():
    ended = of_error(RobotsUnreadable("503", wait=timedelta(hours=3)), "https://a.example/x", {})
    assert (ended.state, ended.retry, ended.pause_host) == ("queued", timedelta(hours=3), True)


def test_not_now_is_later_and_says_nothing_against_the_host():
    ended = of_error(NotNow("resting", timedelta(minutes=7)), "https://a.example/x", {})
    assert (ended.state, ended.retry, ended.pause_host, ended.unreachable) == (
        "queued",
        timedelta(minutes=7),
        False,
        False,
    )


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=600", 600),
        ("public, Max-Age = 3600, must-revalidate", 3600),
        ("s-maxage=900", None),
        ("no-cache, max-age=600", None),
        ("max-age=soon", None),
        ("", None),
        (None, None),
    ],
)
def test_how_long_a_response_stays_fresh(header, seconds):
    assert max_age(header) == seconds


@pytest.mark.parametrize("status", [202, 401, 403, 405, 429, 503])
def test_a_challenge_is_named_whatever_the_status_says(status):
    body = b"<html><title>Attention Required!</title><script src='/cdn-cgi/challenge-platform/x.js'></script></html>"
    ended = of_status(status, body, timedelta(hours=3))
    assert (ended.state, ended.retry) == ("blocked", timedelta(hours=3))
    assert ended.reason == f"challenge page: Attention Required! ({status})"


@pytest.mark.parametrize("headers", [{"cf-mitigated": "challenge"}, {"X-Amzn-Waf-Action": "captcha"}])
def test_a_challenge_that_the_headers_admit_is_believed_even_at_200(headers):
    ended = of_response(Response("https://a.example/", headers=headers, body=PAGE))
    assert ended.state == "blocked" and "challenge page" in ended.reason and ended.retry
    assert of_response(Response("https://a.example/", body=PAGE)) is None


@pytest.mark.parametrize("location", ["file:///etc/passwd", "data:text/html,x", " JavaScript:alert(1)", "ftp://a/b"])
def test_a_redirect_out_of_the_web_ends_there(location):
    ended = of_response(Response("https://a.example/", 302, {"Location": location}))
    assert (ended.state, ended.retry) == ("failed", None) and "neither http nor https" in ended.reason


def test_a_page_larger_than_any_article_is_not_read():
    assert of_size(PAGE) is None
    assert of_size(b"<p>" * MOST_TAGS) is None
    assert f"{MOST_TAGS + 1:,} tags" in of_size(b"<p>" * (MOST_TAGS + 1)).reason
    ended = of_size(b"a" * (LARGEST_ARTICLE + 1))
    assert ended.state == "not_article" and "5.0 MB" in ended.reason


def test_a_bad_answer_comes_again_unless_it_would_be_the_same():
    again = of_error(BadAnswer("broken gzip"), "https://a.example/", {})
    assert (again.state, again.reason, again.unreachable) == ("queued", "broken gzip", False) and again.retry
    assert of_error(BadAnswer("packed 40 times", final=True), "https://a.example/", {}).retry is None


def test_a_robots_txt_beyond_a_bound_never_fails_the_page_for_good():
    ended = of_error(RobotsUnreadable("x", BadAnswer("packed 9 times", final=True)), "https://a.example/a", {})
    assert (ended.state, ended.pause_host) == ("queued", True)
    assert ended.reason == "robots.txt could not be read: packed 9 times" and ended.retry


@pytest.fixture
def without_trust(tmp_path):
    """A TLS server whose certificate nobody has signed but itself, and what is not TLS at all: their ports."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "news.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    own = tmp_path / "own.pem"
    own.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)

    def untrusted(connection):
        with suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()

    def plain(connection):
        connection.recv(999)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    def hanging_up(connection):
        connection.recv(999)

    with ExitStack() as stack:
        ports = []
        for answer in (untrusted, plain, hanging_up):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            ports.append(server.getsockname()[1])

            def serve(server=server, answer=answer):
                with server.accept()[0] as connection:
                    answer(connection)

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)
        yield ports


def test_a_connection_that_is_not_safe_says_in_words_what_is_wrong_with_it(scrapy, without_trust):
    said = [
        "the certificate of 127.0.0.1 is not valid: expired, self-signed, or our clock is wrong",
        "no secure connection to 127.0.0.1: wrong version number",
        "127.0.0.1 broke off the connection",
    ]
    allowed = ("-s", "ALLOWED_PRIVATE_NETWORKS=127.0.0.0/8", "-s", "ROBOTSTXT_OBEY=0")
    for port, reason in zip(without_trust, said, strict=True):
        result = scrapy("try", "venezuela_russia", f"https://127.0.0.1:{port}/", *allowed)
        assert result.stdout == f"fetch      {reason}\noutcome    queued, to be tried again\n"
