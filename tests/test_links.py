"""Section pages in the layouts of real outlets, all invented: every article is found, and nothing around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.links import MOST_LINKS, article_links
from crawler.items import Found

SITE = "https://tepuy.example"

# A Spanish newspaper theme of WordPress: mega menu, weather bar, cards, most read, tag cloud, footer.
SPANISH = """<!DOCTYPE html><html lang="es"><head><meta charset="utf-8"><title>Mundo - La Ribera</title>
<link rel="stylesheet" href="/wp-content/themes/x/style.css"></head><body class="archive category">
<header class="site-header"><a href="/"><img src="/logo.png" alt="La Ribera, el diario de la costa"></a>
<ul class="menu"><li class="menu-item"><a href="/mundo/">Mundo</a></li>
<li class="menu-item"><a href="/america-latina/">América Latina</a></li>
<li class="menu-item"><a href="/ciencia-y-tecnologia/">Ciencia y Tecnología</a></li>
<li class="menu-item"><a href="/2024/07/01/especial-puerto/">Especial: todo sobre el puerto de aguas profundas</a>
</li>
<li class="menu-item"><a href="/autor/ana-perez/">Ana Pérez</a></li></ul></header>
<div class="fecha"><a href="/clima/">Puerto Claro 31 °C</a></div>
<main><article><a href="https://www.laribera.example/2024/07/01/acuerdo-petrolero/"><img src="a.jpg" alt=""></a>
<h2><a href="https://www.laribera.example/2024/07/01/acuerdo-petrolero/?utm_source=portada">Puerto Claro firma un
acuerdo petrolero con Norlandia</a></h2><a href="/categoria/economia/">Economía</a>
<a class="more" href="/2024/07/01/acuerdo-petrolero/#more">Leer más</a>
<a href="/2024/07/01/acuerdo-petrolero/#comments">3 comentarios</a></article>
<article><h3><a href="/mundo/cancilleres-conversan/">Cancilleres conversan en la isla</a></h3></article>
<article><h3><a href="/?p=4711">Nueva ruta marítima entre los dos puertos</a></h3></article>
<div class="card"><a href="/nota/99812"><span>Video</span><h4>Pescadores piden respuestas tras el derrame</h4>
<p>Un largo texto que acompaña a la nota y que no es su título</p></a></div></main>
<aside><h3>Más leídas</h3><ol><li><a href="/2024/06/30/inflacion-julio/">Así cerró la inflación de junio en la
costa</a></li></ol>
<div class="tagcloud"><a href="/tag/petroleo/">petróleo</a>
<a href="/etiqueta/puerto-claro/">Puerto Claro hoy en imágenes</a></div>
</aside><nav class="pagination"><a href="/mundo/page/2/">2</a>
<a href="/mundo/page/3/">Siguiente página de noticias »</a></nav>
<footer><a href="/quienes-somos/">Quiénes somos</a><a href="/politica-de-privacidad/">Política de privacidad y
datos</a>
<a href="/terminos-y-condiciones/">Términos y condiciones de uso</a><a href="/contacto/">Contacto</a>
<a href="/suscripciones/oferta-especial-de-julio/">Suscríbete con la oferta especial de julio</a>
<a href="https://twitter.com/laribera/status/1234567890">Síguenos en la red social del pájaro</a>
<a href="mailto:redaccion@laribera.example">Escriba a la redacción de este diario</a><a href="/feed/">RSS</a>
<a href="/wp-content/uploads/2024/07/informe-anual-2024.pdf">Informe anual de la empresa editora</a></footer></body>
</html>"""

# A Russian agency on Bitrix, in windows-1251: relative links, ids in the path, rubrics, a ribbon of times.
RUSSIAN = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251">
<title>В мире</title></head><body><div id="nav"><a href="/">Главная</a><a href="/world/">В мире</a>
<a href="/rubric/politics/">Политика и общество сегодня</a><a href="/about/">О нас</a>
<a href="/contacts/">Контакты</a>
<a href="/en/">English version of the site</a></div>
<div class="lenta"><div><span>14:05</span> <a href="/world/20240701/zaliv-88123.html">В Заливе открыли новый порт</a>
</div>
<div><span>13:50</span> <a href="/world/20240701/peregovory-88120.html?from=main"><b>Переговоры</b> о поставках зерна
завершились</a></div><div><a href="../economy/88119/">Цены</a></div>
<div><a href="/news/detail.php?ID=88118">Рыбаки просят ответа после разлива нефти</a></div>
<div><a href="/news/detail.php?SECTION_ID=7&amp;PAGEN_1=2">Показать ещё новости раздела «В мире»</a></div>
<div><a href="/world/?page=2">Следующая страница новостей раздела</a></div>
<div><a href="/photo/88110.jpg">Фотография нового порта в Заливе</a></div></div>
<div class="footer"><a href="/politika-konfidencialnosti/">Политика обработки персональных данных</a>
<a href="/reklama/">Реклама</a><a href="/login/?back=/world/20240701/">Войти или зарегистрироваться на сайте</a></div>
</body></html>"""

# A Brazilian portal: whole cards as links, slugs without dates, a menu of regions, infinite scroll.
PORTUGUESE = """<html lang="pt-BR"><head><base href="https://www.costa.example/noticias/"></head><body>
<div role="navigation"><a href="/noticias/norte-e-nordeste">Norte e Nordeste</a><a href="/ao-vivo">Ao vivo</a></div>
<section><a class="card" href="mundo/porto-reabre-apos-tempestade-e-recebe-navios">
<img alt="Navio no porto" src="p.webp">
<span class="chapeu">Mundo</span><h3>Porto reabre após tempestade e recebe navios</h3><time>há 2 horas</time></a>
<a class="card" href="mundo/chanceler-visita"><h3>Chanceler visita a ilha e promete ajuda</h3></a>
<a class="card" href="/blogs/rui-lima/o-mar-e-nosso.ghtml"><div>O mar é nosso, dizem os pescadores da vila</div></a>
<a href="mundo/chanceler-visita"><img src="q.webp" alt="Chanceler acena"></a></section>
<section><a href="https://videos.costa.example/v/12345678/">Assista: tempestade atinge a costa norte do país</a>
<a href="https://outro.example/noticia/2024/07/01/x">Parceiro: como escolher um bom seguro para barco</a></section>
<a href="javascript:carregarMais()">Carregar mais notícias desta editoria</a>
<a href="#topo">Voltar ao topo da página agora</a>
<footer><a href="/sobre-nos">Sobre nós</a><a href="/fale-conosco">Fale conosco</a>
<a href="/termos-de-uso.html">Termos de uso e política do portal</a></footer></body></html>"""

# An English agency: language paths, codes instead of ids, topics, a live blog, a newsletter form, uppercase tags.
ENGLISH = """<HTML><BODY><NAV><A HREF="/en/topics/sanctions">Everything we know about the new sanctions</A>
<A HREF="/es/">Leer este sitio en español
ahora</A><A HREF="/en/authors/ivan-gromov-121">Ivan Gromov, our correspondent</A></NAV>
<DIV CLASS="river"><H2><A HREF="/en/articles/c2vdnvdg6xxo">Harbour talks resume</A></H2>
<H2><A HREF="/en/world/grain-deal">Grain deal back on the table, ministers say</A></H2>
<P><A HREF="/en/world/141e61e9-8a07-42e4-a527-2f03f45e7ef0">Storm</A></P>
<P><A HREF="/en/2024/jul/01/live-blog">As it happened</A> <A HREF="/en/2024/07/">July 2024</A></P>
<A HREF="/en/newsletters/morning-briefing-of-the-day">Sign up to our morning briefing of the day</A>
<A HREF="/en/privacy-policy">How we handle your personal data</A>
<A HREF="/en/search?q=harbour+talks+resume+today&amp;id=7">Search for harbour talks resume today</A></DIV></BODY>
</HTML>"""


def test_a_spanish_section_gives_its_articles_with_their_headlines_and_nothing_else():
    site = "https://www.laribera.example"
    assert article_links(SPANISH.encode(), f"{site}/mundo/") == [
        Found(f"{site}/2024/07/01/especial-puerto/", title="Especial: todo sobre el puerto de aguas profundas"),
        Found(f"{site}/2024/07/01/acuerdo-petrolero/", title="Puerto Claro firma un acuerdo petrolero con Norlandia"),
        Found(f"{site}/mundo/cancilleres-conversan/", title="Cancilleres conversan en la isla"),
        Found(f"{site}/?p=4711", title="Nueva ruta marítima entre los dos puertos"),
        Found(f"{site}/nota/99812", title="Pescadores piden respuestas tras el derrame"),
        Found(f"{site}/2024/06/30/inflacion-julio/", title="Así cerró la inflación de junio en la costa"),
    ]


def test_a_russian_section_in_windows_1251_gives_its_articles_with_readable_titles():
    site = "https://vestnik.example"
    expected = [
        Found(f"{site}/world/20240701/zaliv-88123.html", title="В Заливе открыли новый порт"),
        Found(f"{site}/world/20240701/peregovory-88120.html", title="Переговоры о поставках зерна завершились"),
        Found(f"{site}/economy/88119/"),
        Found(f"{site}/news/detail.php?ID=88118", title="Рыбаки просят ответа после разлива нефти"),
    ]
    body = RUSSIAN.replace("?from=main", "?from=rss").encode("windows-1251")
    assert article_links(body, f"{site}/world/") == expected
    assert article_links(body, f"{site}/world/", charset="utf-8") == expected
    assert article_links(body.replace(b"charset=windows-1251", b""), f"{site}/world/", "windows-1251") == expected


def test_a_portuguese_portal_gives_whole_cards_with_the_heading_as_title():
    site = "https://www.costa.example"
    assert article_links(PORTUGUESE.encode(), f"{site}/noticias/mundo") == [
        Found(
            f"{site}/noticias/mundo/porto-reabre-apos-tempestade-e-recebe-navios",
            title="Porto reabre após tempestade e recebe navios",
        ),
        Found(f"{site}/noticias/mundo/chanceler-visita", title="Chanceler visita a ilha e promete ajuda"),
        Found(f"{site}/blogs/rui-lima/o-mar-e-nosso.ghtml", title="O mar é nosso, dizem os pescadores da vila"),
        Found("https://videos.costa.example/v/12345678/", title="Assista: tempestade atinge a costa norte do país"),
    ]


def test_an_english_agency_gives_articles_by_code_by_date_and_by_headline_with_the_language_of_the_path():
    site = "https://agency.example/en"
    assert article_links(ENGLISH.encode(), f"{site}/") == [
        Found(f"{site}/articles/c2vdnvdg6xxo", language="en"),
        Found(f"{site}/world/grain-deal", title="Grain deal back on the table, ministers say", language="en"),
        Found(f"{site}/world/141e61e9-8a07-42e4-a527-2f03f45e7ef0", language="en"),
        Found(f"{site}/2024/jul/01/live-blog", language="en"),
    ]


def test_a_page_never_announces_itself_under_any_spelling():
    body = (
        b'<a href="https://m.a.example/2024/07/story-of-the-day-one/?amp=1">A headline that leads back to this page</a>'
    )
    assert article_links(body, "http://www.a.example/2024/07/story-of-the-day-one") == []


def test_at_most_500_links_of_a_page_are_announced():
    anchors = "".join(f'<a href="/2024/07/story-{n}">Headline</a>' for n in range(2 * MOST_LINKS))
    assert len(article_links(anchors.encode(), "https://a.example/")) == MOST_LINKS


def test_hostile_pages_give_a_list_and_no_error():
    for body in (
        b"<div>" * 100_000 + b'<a href="/2024/07/story">x</a>',
        b'<a href="' * 50_000,
        b'<a href="http://[::1/x">A headline with a broken address in it</a><base href="http://[">',
        b"\0" * 1000 + b"<a href=/2024/07/01/x>A headline after a thousand zeroes</a>",
        b'<a href="/2024/07/01/x" title="' + b"a" * 100_000 + b'"><svg><title>x</title></svg></a>',
        b"",
        b"\xff\xfe\xff",
    ):
        links = article_links(body, "https://a.example/")
        assert all(len(link.title or "") <= 300 for link in links)


@given(st.binary(max_size=300), st.text(max_size=30))
def test_no_bytes_and_no_address_are_an_error(body: bytes, url: str):
    assert isinstance(article_links(b"<html><a href='/2024/07/x-y'>" + body, url), list)


@pytest.mark.parametrize(
    "address",
    [
        "/index.php?id=12345",
        "/default.aspx?idnoticia=77",
        "/main.asp?news_id=9",
        "/portada.jsp?nota=123",
        "/mundo/index.php?option=com_content&view=article&id=31",
        "/home.cfm?story=8",
        "/cgi-bin/index.pl?article=5",
    ],
)
def test_one_program_for_all_articles_is_told_apart_by_the_number_in_the_query(address):
    page = f'<h2><a href="{address}">El puerto de Barinas abre un tramo nuevo</a></h2>'.encode()
    assert [found.url for found in article_links(page, f"{SITE}/mundo/")] == [f"{SITE}{address}"]


@pytest.mark.parametrize("address", ["/index.php", "/index.php?cat_id=7", "/default.aspx?page=2", "/contact.php?id=3"])
def test_what_such_a_program_shows_otherwise_is_no_article(address):
    page = f'<h2><a href="{address}">El puerto de Barinas abre un tramo nuevo</a></h2>'.encode()
    assert article_links(page, f"{SITE}/mundo/") == []


def test_links_are_relative_to_the_first_base_with_an_address_and_that_is_not_cleaned():
    head = f'<base target="_blank"><base href="{SITE}/nota-1/amp"><base href="/otra/">'
    page = f'{head}<a href="12345-nota">El puerto de Barinas abre un tramo nuevo</a>'.encode()
    assert [found.url for found in article_links(page, f"{SITE}/mundo/")] == [f"{SITE}/nota-1/12345-nota"]
