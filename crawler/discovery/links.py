"""What a front page or a section page announces: the links that look like articles of the same site.

An address speaks for itself when it has a date, a number or a headline in it; a shorter one needs a link text that
reads like a headline. Lists (tags, authors, archives), service pages and files are left out. A page too many costs one
request and ends as ``not_article``; an article that is overlooked is lost, so doubtful ones come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.discovery.bodies import base_of, decoded, page_of
from crawler.discovery.feeds import plain
from crawler.items import Found
from crawler.urls import clean_url, page_key, same_site

MOST_ANCHORS = 3000  # read on one page
MOST_LINKS = 500  # announced by one page
MOST_PARTS = 100  # elements inside one link that are looked at

# Parts of a path below which there are lists or forms, never articles.
LISTS = frozenset(
    """
    tag tags tagged etiqueta etiquetas tema temas topic topics topico topicos hashtag label labels category categories
    categoria categorias kategoria kategorii rubric rubrics rubrika rubriki author authors autor autora autores byline
    columnista columnistas profile profiles user users usuario usuarios search buscar busca busqueda poisk login signin
    sign-in logout register registro registration account cuenta mi-cuenta subscribe subscription subscriptions
    suscripcion suscripciones suscribete assinatura assinaturas assine podpiska newsletter newsletters boletin boletines
    wp-admin wp-login wp-content wp-json wp-login.php cdn-cgi cart carrito shop tienda loja oembed comments
    """.split()  # noqa: SIM905
)
# Pages about the outlet itself, by the last part of their path.
SERVICE = frozenset(
    """
    about about-us aboutus acerca acerca-de quienes-somos nosotros sobre sobre-nos sobre-nosotros quem-somos o-nas
    o-proekte o-kompanii o-redakcii contact contacts contact-us contactus contacto contactos contactanos contactenos
    contato contatos fale-conosco kontakty kontakti redaccion redacao redakcia redakciya redaktsiya privacy
    privacy-policy privacy-notice politica-de-privacidad politica-de-privacidade politicas-de-privacidad
    politica-privacidad politica-de-cookies politica-de-tratamiento-de-datos cookies cookie-policy konfidencialnost
    politika-konfidencialnosti politika-obrabotki-personalnyh-dannyh polzovatelskoe-soglashenie terms terms-of-use
    terms-of-service terms-and-conditions terminos terminos-y-condiciones terminos-de-uso condiciones-de-uso aviso-legal
    nota-legal termos termos-de-uso termos-e-condicoes pravila pravila-ispolzovaniya usloviya-ispolzovaniya legal
    legal-notice disclaimer advertise advertise-with-us advertising publicidad anunciate anuncie anuncie-conosco
    publicidade reklama reklamodatelyam help ayuda ajuda faq sitemap mapa-del-sitio mapa-do-site karta-sajta
    karta-sayta careers jobs vacancies vakansii trabaja-con-nosotros trabalhe-conosco empleo empleos masthead
    our-team staff team equipo ethics codigo-de-etica codigo-etico principios-editoriales editorial-policy
    editorial-standards corrections donate donar dona donaciones apoyanos support-us home index inicio portada default
    main feed feeds rss atom archive archives archivo archivos arhiv archiv hemeroteca
    """.split()  # noqa: SIM905
)
# Of these, the programs that show an article as well when its number is in the query: index.php?id=7.
FRONT = frozenset(("home", "index", "inicio", "portada", "default", "main", "principal"))
FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|pdf|docx?|xlsx?|pptx?|odt|epub|zip|rar|gz|7z|mp[34]|m4[av]|ogg|wav|"
    r"webm|avi|mov|m3u8?|xml|rss|atom|json|css|js|apk|exe|ics)$",
    re.IGNORECASE,
)
ENDING = re.compile(r"\.(?:html?|shtml|xhtml|php\d?|aspx?|jspx?|cfml?|cgi|pl|do|ece|amp)$", re.IGNORECASE)
LANGUAGE = re.compile(r"(?:[a-z]{2}(?:[-_][a-z]{2})?|eng|rus|esp|por|spa)", re.IGNORECASE)
SPOKEN = {"en": "en", "es": "es", "ru": "ru", "pt": "pt", "fr": "fr", "uk": "uk", "eng": "en", "rus": "ru", "esp": "es"}

DATE = re.compile(r"/(?:19|20)\d\d[/_-]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?:[/_-]?\d{1,2})?(?=[/_-])", re.IGNORECASE)
DATE_ONLY = re.compile(r"(?:/(?:19|20)\d\d)?(?:/(?:0?[1-9]|1[0-2]))?(?:/\d{1,2})?/?|/(?:19|20)\d\d-\d\d(?:-\d\d)?/?")
PAGINATION = re.compile(r"/(?:page|pagina|paged|p|seite|str|stranica)[/_-]?\d{1,5}/?$", re.IGNORECASE)
PAGINATION_QUERY = re.compile(r"(?:^|&)(?:page|paged|pagina|start|offset|pagen_\d)=", re.IGNORECASE)
NUMBER = re.compile(r"\d{5,}|[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{24}")
CODE = re.compile(r"(?=(?:.*\d){2})(?=.*[a-zA-Z])[a-zA-Z0-9]{8,}")  # c2vdnvdg6xxt, DGXZQOUB148MY
KEYED = re.compile(  # ?id=7, ?idnoticia=7, ?news_id=7 and WordPress's ?p=123, but not ?cat_id=7
    r"(?:^|&)(?!cat|sec|rub|tag|aut|user|page)"
    r"(?:(?:\w{0,12}id|idx|id\w{1,9}|nota|noticia|news|article|artigo|articulo|art|story|item|cod|codigo|num|newsno)=\d+"
    r"|[pn]=\d{3,})",
    re.IGNORECASE,
)
STORY = frozenset(
    ("noticia", "noticias", "news", "story", "stories", "article", "articles", "articulo", "artigo", "nota")
)

MENUS = frozenset(
    """
    nav navbar navigation menu main-menu sub-menu submenu dropdown-menu menu-item breadcrumb breadcrumbs migas footer
    site-footer page-footer social share sharing compartir tags tag-list tagcloud languages lang-switcher cookie-notice
    """.split()  # noqa: SIM905
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
SILENT = frozenset(("script", "style", "noscript", "svg", "template"))


@dataclass
class Seen:
    """All links of a page to one address, taken together."""

    title: str = ""
    in_heading: bool = False
    only_in_menus: bool = True

    def add(self, text: str, in_heading: bool, in_menu: bool) -> None:
        if (in_heading, len(text)) > (self.in_heading, len(self.title)) and text:
            self.title = text
        self.in_heading |= in_heading
        self.only_in_menus &= in_menu


def article_links(body: bytes, url: str, charset: str | None = None) -> list[Found]:
    """The articles of the same site that the HTML page at ``url`` links to, in the page's order, at most 500.

    ``charset`` is that of the HTTP header. The link text is the title, unless it is too short to be one.
    """
    page = page_of(decoded(body, charset))
    return [] if page is None else links_on(page, url)


def links_on(page: HtmlElement, url: str) -> list[Found]:
    """`article_links` of a page that is parsed already."""
    base = base_of(page, url)
    links: dict[str, Seen] = {}
    for anchor in islice(page.iter("a"), MOST_ANCHORS):
        address = clean_url(anchor.get("href") or "", base) if anchor.get("href") else None
        if address and same_site(address, url):
            in_menu, in_heading = _place(anchor)
            links.setdefault(address, Seen()).add(_words_of(anchor), in_heading, in_menu)
    own = page_key(url)
    articles = (
        Found(address, title=seen.title if _reads_like_a_headline(seen.title) else None, language=_language(address))
        for address, seen in links.items()
        if page_key(address) != own and _is_article(address, seen)
    )
    return list(islice(articles, MOST_LINKS))


def _place(anchor: HtmlElement) -> tuple[bool, bool]:
    """Whether a link stands in a menu or footer, and whether it is in a heading."""
    in_menu = in_heading = False
    for element in (anchor, *anchor.iterancestors()):
        if element.tag in ("body", "main", "article"):
            break
        in_heading |= element.tag in HEADINGS
        marks = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
        in_menu |= element.tag in ("nav", "footer") or element.get("role") in ("navigation", "contentinfo", "menu")
        in_menu |= not MENUS.isdisjoint(marks)
    return in_menu, in_heading or any(element.tag in HEADINGS for element in _inside(anchor))


def _words_of(anchor: HtmlElement) -> str:
    """The link's text: its heading when it wraps a whole card, else all of it, else the picture's."""
    heading = next((element for element in _inside(anchor) if element.tag in HEADINGS), anchor)
    text = plain(" ".join(_texts(heading)), 1000) or ""
    if not text or len(text) > 300:
        text = plain(anchor.get("title") or anchor.get("aria-label") or "") or text
    if not text:
        text = next(filter(None, (plain(part.get("alt") or "") for part in _inside(anchor) if part.tag == "img")), "")
    return text[:300]


def _texts(element: HtmlElement) -> Iterator[str]:
    for part in islice(element.iter(), MOST_PARTS):
        if part.tag not in SILENT and part.text:
            yield part.text
        if part is not element and part.tail:
            yield part.tail


def _inside(anchor: HtmlElement) -> Iterator[HtmlElement]:
    """The first elements inside a link: broken pages nest a thousand links, with everything else inside the last."""
    return islice(anchor.iterdescendants(), MOST_PARTS)


def _reads_like_a_headline(text: str) -> bool:
    if any(ord(letter) > 0x2E80 for letter in text):  # Chinese, Japanese, Korean: few spaces, few letters
        return len(text) >= 10
    return len(text) >= 20 and len(text.split()) >= 4


def _is_article(address: str, seen: Seen) -> bool:
    parts = urlsplit(address)
    segments = [segment for segment in parts.path.lower().split("/") if segment]
    if segments and LANGUAGE.fullmatch(segments[0]):
        segments = segments[1:]
    if not segments and not KEYED.search(parts.query):
        return False
    name = ENDING.sub("", segments[-1]) if segments else ""
    service = name in SERVICE and not (name in FRONT and KEYED.search(parts.query))
    if service or not LISTS.isdisjoint(segments) or FILE.search(parts.path):
        return False
    if (segments and DATE_ONLY.fullmatch("/" + "/".join(segments))) or PAGINATION.search(parts.path):
        return False
    if PAGINATION_QUERY.search(parts.query) and not KEYED.search(parts.query):
        return False
    headline = _reads_like_a_headline(seen.title)
    if _names_a_story(parts.path, parts.query, segments, name):
        return headline or not seen.only_in_menus
    if seen.only_in_menus:
        return False
    words = len(re.findall(r"[^\W_]+", name))
    if words >= 2 or any(letter.isdigit() for letter in name):
        return headline or (seen.in_heading and len(seen.title.split()) >= 3)
    return headline and len(seen.title.split()) >= 6 and len(segments) >= 2


def _names_a_story(path: str, query: str, segments: list[str], name: str) -> bool:
    """Whether the address alone says that it is one story: a date, a number, a code or a headline in it."""
    if DATE.search(path) or KEYED.search(query) or any(map(NUMBER.search, segments)):
        return True
    if CODE.fullmatch(name) or len(re.findall(r"[^\W_]+", _readable(name))) >= 5:
        return True
    return len(segments) >= 2 and segments[-2] in STORY and any(letter.isdigit() for letter in name)


def _readable(name: str) -> str:
    return re.sub(r"(?:%[0-9a-f]{2})+", "x", name)


def _language(address: str) -> str | None:
    """The language that a path such as ``/es/mundo/nota`` names."""
    return SPOKEN.get(urlsplit(address).path.lower().split("/")[1])
