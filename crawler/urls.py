"""Addresses: cleaned for fetching, made comparable, and whose site they belong to.

`clean_url` removes only what no server needs to find the page: its result is what we fetch. Which host serves the
desktop version of ``m.example.com`` is a guess, so hosts are left to `page_key`, which compares and never fetches.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import idna

from crawler.doors import behind

if TYPE_CHECKING:
    from tldextract import TLDExtract

LONGEST, LONGEST_HOST = 2000, 253  # characters of a clean address; of a host
PORTS = {"http": 80, "https": 443}

# Query parameters that only count visitors or keep a session, in lower case. No name with which a site may say which
# page is meant is among them: "id", "p", "sid", "session" stay, and "ref" goes only with a value of SHARED_BY.
TRACKERS = """
fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid ymclid twclid ttclid igshid igsh li_fat_id epik srsltid
mc_cid mc_eid mkt_tok _ga _gl _gac _openstat _hsenc _hsmi __hssc __hstc __hsfp hsctatracking vero_id vero_conv
oly_enc_id oly_anon_id rb_clickid wickedid s_kwcid ef_id guccounter guce_referrer guce_referrer_sig cmpid ncid ocid
smid smtyp xtor fb_action_ids fb_action_types fb_source fb_ref replytocom usqp phpsessid jsessionid cftoken
wt_mc wt_zmc maca dicbo ico ito fb_comment_id mibextid sc_cid s_cid _bhlid bhlid _branch_match_id _branch_referrer
mc_tc ml_subscriber ml_subscriber_hash __readwiselocation unicorn_click_id omnisendid dm_i _kx _ke
"""
TRACKER_FAMILIES = (
    r"(?:utm|mtm|hsa|amp)_\w+",
    r"(?:itm|pk|piwik|matomo|at)_(?:source|medium|campaign|content|kwd|keyword|custom\d|link\w*)",
    r"campaign_(?:id|source|medium|name|content|term)",
    r"aspsessionid\w*",
)
TRACKER = re.compile("|".join((*TRACKERS.split(), *TRACKER_FAMILIES)))
SHARING = frozenset(
    ("ref", "referrer", "referer", "srcref", "from", "source", "src", "partner", "via", "share", "feature", "cmp")
)
SHARED_BY = re.compile(  # values of SHARING that name a feed, a network or an aggregator, never a page
    r"(?:www\.)?(?:rss\d?|feeds?|feedburner|atom|twitter|facebook|fb|telegram|tg|whatsapp|vk|vkontakte|odnoklassniki|"
    r"linkedin|reddit|pinterest|email|newsletter|push|social|google-?news|gnews|googlenews|yandex|yxnews|rambler|smi2|"
    r"flipboard|pocket|msn|amp)(?:\.com|\.ru)?"
)
AMP_PARAMETERS = {"amp": ("", "1", "true"), "isamp": ("1", "true"), "outputtype": ("amp", "valid-amp", "amp-type")}

# Beside what looks like a story, not a section: its name has a digit or a hyphen. Found in linear time.
AMP_TAIL = re.compile(r"(?<=/)(?=[^/]*[\d-])([^/]+)/amp(/?)$", re.IGNORECASE)
AMP_HEAD = re.compile(r"^/amp(?=/(?:[^/]*+/(?!$))*+[^/]*[\d-][^/]*/?$)", re.IGNORECASE)
AMP_FILE = re.compile(r"(?<=[\w-])\.amp(?=\.html?$)|(?<=\.html|[\w-]\.htm)/amp\.html?$|(?<=[\w-])\.amp$", re.IGNORECASE)
SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
CLEAN_ALREADY = re.compile(  # most addresses of sitemaps: nothing to remove, nothing to rewrite, no AMP anywhere
    r"(?!(?i:.*[/.]amp))https?://(?!.{254})[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+/[A-Za-z0-9_~/-]*(?:\.html?)?"
)
JUNK_AT_END = re.compile(r"(?<![\s\"'<>`])[\s\"'<>`]++$")  # of sloppy texts; what is percent-encoded was meant
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
WEB = re.compile(r"(https?):/*", re.IGNORECASE)
AMPERSAND = re.compile("&#(?:0*38|x0*26);", re.IGNORECASE)  # as feeds that escape twice write it
NOT_IN_PATH = re.compile(r"%(?P<code>[0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
NOT_IN_QUERY = re.compile(r"%(?P<code>[0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&()*+,;=:@/?-]")
HOST = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
VARIANT = re.compile(r"(?:www\d?|m|mobile|amp|wap|touch)")

AMP_CACHE = re.compile(
    r"https?://(?:(?:[a-z0-9-]+\.)?cdn\.ampproject\.org/[a-z](?:/[a-z])??|www\.google\.[a-z.]+/amp|www\.bing\.com/amp)"
    r"(?:/s)?/(?P<target>[^/]+\.[^/]+/.*)"
)

# Hosts whose customers are publishers of their own although the public suffix list does not say so.
HOSTERS = ("wordpress.com", "livejournal.com", "substack.com", "medium.com", "tumblr.com", "ucoz.ru", "narod.ru")


@cache
def _suffixes() -> TLDExtract:
    from tldextract import TLDExtract  # with requests, a third of a second: only who reads addresses needs it

    # With the list that the package carries: it never asks the network.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True, extra_suffixes=HOSTERS)


def clean_url(url: str, base: str | None = None) -> str | None:
    """The absolute http(s) address to fetch; None if ``url`` is none or is longer than 2,000 characters.

    ``base`` is the page on which a relative ``url`` stands; both are read as browsers read them (`absolute`). Fragment,
    user and password, default port, parameters that count visitors, sessions, AMP variants in path and query and doors
    (``doors.py``) are gone; host and percent-encoding are written in one way. Parameters keep their
    order. Cleaning twice changes nothing.
    """
    if CLEAN_ALREADY.fullmatch(url) and len(url) <= LONGEST:
        return url
    address = absolute(url, base)
    for _ in range(10):  # what one round uncovers, such as an AMP page behind a door, is for the next
        cleaned = address and _cleaned_once(address)
        if cleaned is None or cleaned == address:
            return cleaned if cleaned and len(cleaned) <= LONGEST else None
        address = cleaned
    return None


def page_key(url: str) -> str:
    """What two addresses of one page have in common, such as ``example.com/story/?id=1``: to compare, not to fetch.

    Scheme, ``www.``, ``m.``, ``amp.`` and the trailing slash do not matter.
    """
    cleaned = clean_url(url)
    if cleaned is None:
        return url
    netloc, _, rest = cleaned.partition("://")[2].partition("/")
    path, mark, query = rest.partition("?")
    path = path.rstrip("/")
    return f"{_place_of(netloc)}/{path}{'/' if path else ''}{mark}{query}"


@lru_cache(maxsize=16_384)
def _place_of(netloc: str) -> str:
    """The site and, if there is one, the port of a clean address."""
    parts = urlsplit(f"//{netloc}")
    return _site(parts.hostname or "") + (f":{parts.port}" if parts.port else "")


def site_of(url: str) -> str:
    """The publisher's host in lower case, without ``www.``, ``m.`` and ``amp.``; "" when ``url`` names none."""
    return _site(_host_of(url))


def _site(host: str) -> str:
    extracted = _suffixes().extract_str(host)
    kept = extracted.subdomain.split(".") if extracted.subdomain else []
    at = 0
    while at < len(kept) and VARIANT.fullmatch(kept[at]) and (extracted.suffix or len(kept) - at > 1):
        at += 1
    return ".".join((*kept[at:], extracted.domain, extracted.suffix)).strip(".") if extracted.subdomain else host


def same_site(a: str, b: str) -> bool:
    """Whether both belong to one registrable domain (``news.example.co.uk``, ``example.co.uk``).

    Addresses without one, such as IP addresses and ``localhost``, need the same host; their ports may differ.
    """
    ours, theirs = _domain_of(a), _domain_of(b)
    return bool(ours) and ours == theirs


@lru_cache(maxsize=16_384)
def publisher(site: str) -> str:
    """Who is behind a host: its registrable domain, or the host itself if it has none."""
    extracted = _suffixes().extract_str(site)
    return f"{extracted.domain}.{extracted.suffix}" if extracted.domain and extracted.suffix else site


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _domain_of(url: str) -> str:
    host = _host_of(url)
    if ":" in host:  # IPv6
        return host
    extracted = _suffixes().extract_str(host)
    if extracted.domain and extracted.suffix:
        return f"{extracted.domain}.{extracted.suffix}"
    parent = extracted.subdomain.rpartition(".")[2]  # ".test" and other ends that no list knows
    return f"{parent}.{extracted.domain}" if parent else extracted.domain


def absolute(url: str, base: str | None = None) -> str | None:
    """``url`` as browsers read it (WHATWG URL), seen from ``base``; it may lead out of the web. None if it is none.

    Spaces around it and line breaks inside are left out, a backslash is a slash, ``https:/host/`` is ``https://host/``.
    """
    if len(url) > 2 * LONGEST:
        return None
    text = (
        re.sub(r"[\t\r\n]", "", JUNK_AT_END.sub("", url)).strip("\0 \"'<>`\ufeff\u200b").replace("\u00a0", " ").strip()
    )
    text = AMPERSAND.sub("&", text)
    if base and not SCHEME.match(base):
        base = None
    web = WEB.match(text)
    if web or (base and WEB.match(base) and not SCHEME.match(text)):
        text = _forward(text)
        web = WEB.match(text)
    if web and web[0].endswith("://"):
        return f"{web[1]}://{text[web.end() :].lstrip('/')}"
    if web and (not base or not base.lower().startswith(f"{web[1].lower()}:")):
        return f"{web[1]}://{text[web.end() :]}"
    if web:
        text = text[len(web[1]) + 1 :]  # seen from a page of the same scheme, it is relative
    elif SCHEME.match(text) or not base:
        return text
    try:
        return urljoin(base or "", f"//{text.lstrip('/')}" if text.startswith("//") else text)
    except ValueError:  # brackets that are no IPv6 address
        return None


def _forward(text: str) -> str:
    """``text`` with slashes instead of backslashes before its query and fragment."""
    place = re.split("[?#]", text, maxsplit=1)[0]
    return place.replace("\\", "/") + text[len(place) :]


def _cleaned_once(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme.lower(), parts.port
        host = _host(parts)
        path, query = _escaped(parts.path, NOT_IN_PATH), _escaped(parts.query, NOT_IN_QUERY)
    except ValueError:  # a port that is no number, text that is no Unicode
        return None
    if scheme not in PORTS or host is None:
        return None
    netloc = host if port in (None, PORTS[scheme]) else f"{host}:{port}"
    path = _without_dots(SESSION_IN_PATH.sub("", path) or "/")
    if cached := AMP_CACHE.fullmatch(f"{scheme}://{netloc}{path}"):
        return f"https://{cached['target']}" + (f"?{query}" if query else "")
    if target := behind(host, path, query):
        return target
    path = AMP_FILE.sub("", AMP_HEAD.sub("", AMP_TAIL.sub(r"\1\2", path)))
    query = "&".join(_kept(query, host))
    return JUNK_AT_END.sub("", f"{scheme}://{netloc}{path}" + (f"?{query}" if query else ""))


def _host(parts: SplitResult) -> str | None:
    """The host in ASCII and lower case, IPv6 in brackets; None if it cannot be one."""
    host = unquote(parts.hostname or "").lower().rstrip(".")
    if "[" in parts.netloc:
        try:
            return f"[{ipaddress.IPv6Address(host)}]" if "%" not in host else None
        except ValueError:
            return None
    if not host.isascii():
        host = _in_ascii(host) if len(host) <= LONGEST_HOST else ""
    return host if HOST.fullmatch(host) else None


def _in_ascii(host: str) -> str:
    """An international host in ASCII (IDNA 2008, else 2003, which has the emoji that browsers accept), or ""."""
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        pass
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _escaped(text: str, unsafe: re.Pattern[str]) -> str:
    """``text`` percent-encoded in one way: what is ``unsafe`` as ``%`` and upper case, letters and digits plain."""

    def written(found: re.Match[str]) -> str:
        if code := found["code"]:
            plain = chr(int(code, 16))
            return plain if plain.isascii() and (plain.isalnum() or plain in "-._~") else f"%{code.upper()}"
        return "".join(f"%{byte:02X}" for byte in found[0].encode())  # UnicodeEncodeError, a ValueError: half a pair

    return unsafe.sub(written, text)


def _without_dots(path: str) -> str:
    """``path`` without ``.`` and ``..`` segments (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if segments[-1] in (".", "..") and kept else "")


def _kept(query: str, host: str) -> Iterator[str]:
    """The parameters that may say which page is meant, as they were written."""
    for pair in re.sub(r"(^|&)(?:amp;)+", r"\1", query).split("&"):  # feeds escape addresses twice
        name, _, value = (part.lower() for part in pair.partition("="))
        if not pair or TRACKER.fullmatch(name):
            continue
        if name in SHARING and SHARED_BY.fullmatch(value):
            continue
        if value in AMP_PARAMETERS.get(name, ()):
            continue
        if name == "m" and value == "1" and ".blogspot." in host:  # Blogger's mobile pages
            continue
        yield pair


def by_turns(addresses: Sequence[str]) -> list[str]:
    """``addresses``, the first of each host before the second of any: hosts are asked at the same time."""
    turns: Counter[str] = Counter()
    order = []
    for place, address in enumerate(addresses):
        host = urlsplit(address).hostname or ""
        order.append((turns[host], place))
        turns[host] += 1
    return [addresses[place] for _, place in sorted(order)]
