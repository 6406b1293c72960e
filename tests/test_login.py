"""The web page for more than one machine: nobody sees anything of it without the password."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import ssl
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from crawler.browse.login import SHORTEST, WRONG, Login, _inside
from tests.browser import start
from tests.newsroom import Newsroom

PATHS = (
    *("/", "/topic/harbours", "/story/1", "/article/1", "/search?q=quay", "/sources", "/trends", "/nothing"),
    *("/news", "/news/articles", "/news/articles.json", "/news/articles/1", "/news.csv?sql=select+1", "/news.db"),
    *(
        "/-/static/app.css",
        "/-/static-plugins/crawler.browse/news.css",
        "/-/plugins",
        "/-/databases.json",
        "/-/allow-debug",
    ),
    *("/login", "/logout", "//", "/%6cogin", "/login/", "/mcp", "/favicon.ico", "/-/logout", "/-/auth-token?token=x"),
)
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "none"}


class Visitor:
    """Asks the server, and follows nothing."""

    def __init__(self, address, context=None):
        self.parts = urlsplit(address)
        self.context = context

    def ask(self, path, method="GET", body=None, host=None, **headers):
        name = {"Host": host or self.parts.netloc}
        named = name | {key.replace("_", "-"): value for key, value in headers.items()}
        secure = {"context": self.context} if self.context else {}
        kind = http.client.HTTPSConnection if self.context else http.client.HTTPConnection
        connection = kind(self.parts.hostname, self.parts.port, timeout=60, **secure)
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def send(self, path, host=None, origin=None, **fields):
        """Send a form as a browser does from the page itself."""
        origin = origin or f"{self.parts.scheme}://{host or self.parts.netloc}"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(path, "POST", urlencode(fields), host, Origin=origin, **form, **BROWSER)

    def enter(self, password, host=None):
        status, headers, _ = self.send("/login", host, password=password, next="/sources?x=1")
        assert (status, headers["Location"]) == (303, "/sources?x=1")
        return headers["Set-Cookie"]


@contextmanager
def serving(database, *options, context=None):
    running = start(database, *options)
    try:
        yield Visitor(running.address, context)
    finally:
        running.kill()


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    made = Newsroom(tmp_path_factory.mktemp("login"))
    made.add(1)
    made.close()
    return made


@pytest.fixture(scope="module")
def visitor(room):
    with serving(room.path, "--host", "127.0.0.2", "-s", "BROWSE_HOSTS=news.example,other.example") as found:
        yield found


@pytest.fixture(scope="module")
def token(room, visitor):
    return room.path.with_name("news.db.secret").read_text().strip()


def test_the_secret_is_its_owners_alone(room, token):
    assert room.path.with_name("news.db.secret").stat().st_mode & 0o777 == 0o600
    assert len(token) >= 32


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_answered_without_the_password(visitor, path):
    forged = ("news_login=9999999999.", f"news_login=9999999999.{'0' * 64}", "news_login=x", "ds_actor=x")
    for more in ({}, BROWSER, {"Authorization": "Bearer wrong"}, *({"Cookie": cookie} for cookie in forged)):
        for method in ("GET", "HEAD", "OPTIONS"):
            status, headers, body = visitor.ask(path, method, **more)
            assert status == 401, (method, more)
            assert "Harbours" not in body and "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert (headers["WWW-Authenticate"] == "Bearer") is ("Accept" not in more or method == "OPTIONS")
    for method in ("POST", "PUT", "DELETE"):
        assert visitor.ask(path, method)[0] in (401, 403)
        assert visitor.ask(path, method, Origin="http://127.0.0.2")[0] == 403


@pytest.fixture
def second(room, token):
    """Another server: the first one knows that we get passwords wrong."""
    with serving(room.path, "--host", "127.0.0.2") as found:
        yield found


def test_who_logs_in_sees_everything_until_logging_out(second, token):
    status, _, body = second.ask("/article/1?a=%22%3E", **BROWSER)
    assert status == 401 and 'value="/article/1?a=%22%3E"' in body and 'type="password"' in body
    cookie = second.enter(token)
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; ")) and "Secure" not in cookie
    crumb = {"Cookie": cookie.partition(";")[0]}
    for path in ("/", "/article/1", "/news/articles.json", "/-/static/app.css"):
        assert second.ask(path, **crumb)[0] == 200, path
    assert second.ask("/", Cookie=crumb["Cookie"][:-1] + "x")[0] == 401
    assert "Log out" in second.ask("/", **crumb)[2]
    assert second.ask("/", Authorization=f"Bearer {token}")[0] == 200
    status, headers, _ = second.ask("/logout", "POST", Origin=f"http://{second.parts.netloc}", **crumb)
    assert status == 303 and "Max-Age=0" in headers["Set-Cookie"]


def test_another_site_can_neither_log_in_nor_use_the_cookie(second, token):
    for origin in ("https://evil.example", "null", "http://127.0.0.2", f"http://127.0.0.3:{second.parts.port}"):
        assert second.send("/login", origin=origin, password=token)[0] == 403, origin
    assert second.ask("/login", "POST", urlencode({"password": token}))[0] == 403  # and none without its Origin
    crumb = second.enter(token).partition(";")[0]
    assert second.ask("/logout", "POST", Cookie=crumb, Origin="https://evil.example")[0] == 403
    assert second.ask("/", Cookie=crumb, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == 403
    rebound = second.ask("/", Cookie=crumb, host=f"evil.example:{second.parts.port}")
    assert rebound[0] == 421 and "BROWSE_HOSTS" in rebound[2]


def test_the_page_answers_to_the_names_it_was_given(visitor, token):
    port = visitor.parts.port
    for host in ("news.example", "NEWS.example:443", f"other.example:{port}", f"127.0.0.2:{port}", "localhost"):
        assert visitor.ask("/", host=host)[0] == 401, host
    for host in ("news.example.evil", "evil.example", "127.0.0.3", "", "news.example:80:80"):
        assert visitor.ask("/", host=host or " ")[0] == 421, host
    # A proxy that ends TLS says so, and the cookie keeps to https.
    body = urlencode({"password": token})
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-Proto": "https"}
    origin = {"Origin": "https://news.example"}
    status, headers, _ = visitor.ask(
        "/login", "POST", body, "news.example", **form, **origin, X_Forwarded_For="9.9.9.9"
    )
    assert status == 303 and "; Secure" in headers["Set-Cookie"]


def test_a_password_is_not_to_be_guessed(second, token):
    for _ in range(WRONG):
        status, _, body = second.send("/login", password="guess", next='"><script>alert(1)</script>')
        assert status == 401 and "That is not the password." in body and "<script" not in body
    assert second.send("/login", password=token)[0] == 429
    assert second.ask("/", Authorization=f"Bearer {token}")[0] == 401
    assert second.send("/login", password="x" * 100_000)[0] == 429


def test_a_password_file_and_https(room, tmp_path):
    password, (certificate, key) = tmp_path / "password", certified(tmp_path)
    password.write_text("correct horse battery\nsecond line\n")
    options = ("--host", "127.0.0.2", "--password-file", str(password))
    context = ssl.create_default_context(cafile=str(certificate))
    with serving(room.path, *options, "--certificate", str(certificate), "--key", str(key), context=context) as found:
        assert found.parts.scheme == "https"
        cookie = found.enter("correct horse battery")
        assert "; Secure" in cookie
        crumb = cookie.partition(";")[0]
        assert found.ask("/", Cookie=crumb)[0] == 200
    with serving(room.path, *options) as again:  # the secret and the password are the same
        assert again.ask("/", Cookie=crumb)[0] == 200
    password.write_text("another horse battery\n")
    with serving(room.path, *options) as changed:
        assert changed.ask("/", Cookie=crumb)[0] == 401


def certified(folder):
    """Files with a certificate for 127.0.0.2 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "newsroom")])
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=9))
    for extension in (
        x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]),
        x509.BasicConstraints(ca=True, path_length=0),
    ):
        builder = builder.add_extension(extension, critical=False)
    pem = serialization.Encoding.PEM
    (folder / "own.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    return folder / "own.pem", folder / "key.pem"


def test_what_would_not_be_safe_is_refused_in_one_line(scrapy, tmp_path):
    room = Newsroom(tmp_path)
    room.close()
    short, open_secret = tmp_path / "short", tmp_path / "news.db.secret"
    short.write_text("x" * (SHORTEST - 1))
    open_secret.write_text("y" * 40)
    open_secret.chmod(0o644)
    for said, options in {
        "plain http": ("--host", "0.0.0.0"),
        "no such address": ("--host", "nowhere.invalid"),
        "no address of this machine": ("--host", "192.0.2.1"),
        "others can read it": ("--host", "127.0.0.2"),
        "belong together": ("--host", "127.0.0.2", "--key", "key.pem"),
        "BROWSE_HOSTS": ("-s", "BROWSE_HOSTS=https://news.example/"),
    }.items():
        result = scrapy("browse", "--port", "0", *options)
        assert (result.returncode, result.stderr.count("\n")) == (2, 1), result.stderr
        assert said in result.stderr
    open_secret.unlink()
    result = scrapy("browse", "--port", "0", "--password-file", str(short))
    assert result.returncode == 2 and f"{SHORTEST} characters" in result.stderr
    missing = ("--certificate", "none.pem", "--key", "none.pem")
    result = scrapy("browse", "--port", "0", "--host", "127.0.0.2", *missing)
    assert result.returncode == 2 and "--certificate" in result.stderr and result.stderr.count("\n") == 1


def test_a_cookie_ends():
    login = Login("correct horse battery", "secret")
    for lives, good in (("9999999999", True), ("1", False), ("", False)):
        cookie = f"a=b; news_login={lives}.{login._mac(lives)}"
        if lives:
            assert login.admits({"cookie": cookie}, "") is good
    assert not login.admits({"cookie": "news_login=é.é"}, "")


@pytest.mark.parametrize("address", ["//evil.example", "/\\evil.example", "https://evil.example", "/\n", "", "/ü", "x"])
def test_a_login_leads_to_no_other_site(address):
    assert _inside(address) == "/"
