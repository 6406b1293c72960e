"""Walls: pages that stand in front of what was asked for: challenges, captchas, consent and login forms.

They are recognised, written down as ``blocked`` with a day to try again, and never worked around.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.http import Response

# How titles, headings and first lines of walls begin: regular expressions, one a line
CHALLENGES = r"""
    just a moment
    attention required
    access (?:to this page has been )?denied
    (?:are you|verify (?:that )?you are|you are not|confirm you are) (?:a )?(?:human|robot|not a robot)
    pardon our interruption
    security check
    checking (?:your browser|if the site connection)
    please (?:enable|turn on) (?:js|javascript|cookies)\b
    ddos[- ]guard
    one more step
    human verification
    request (?:blocked|unsuccessful|rejected)
    bot (?:check|detection|verification)
    you have been blocked
    sorry, you have been blocked
    captcha
    too many requests
    rate limit
    403 forbidden
    429\b
    503 service
    service unavailable
    unusual traffic
    un momento
    un momento…
    acceso denegado
    verifica(?:ción|ndo)? (?:de seguridad|que (?:eres|usted es|no eres))
    habilit[ae] (?:javascript|las cookies)
    activa (?:javascript|las cookies)
    demasiadas solicitudes
    доступ (?:ограничен|запрещ[её]н|заблокирован)
    проверка (?:браузера|безопасности|что вы|подключения)
    подтвердите,? что (?:вы )?(?:не робот|человек)
    вы не робот
    включите (?:javascript|cookies)
    слишком много запросов
    acesso negado
    um momento
    verifi(?:que|cação)\b[^.]{0,30}(?:humano|robô|segurança)
    ative o javascript
    muitas solicitações
    one moment, please
    vercel security
    client challenge
    making sure you're not a bot
    verifying (?:that )?you are (?:a )?human
    (?:the )?requested url was rejected
    comprobando (?:su|tu) navegador
    один момент
    nur einen moment
    un instant\b
    401 unauthorized
"""
CONSENT_FORMS = r"""
    before you continue
    we (?:value|respect|care about) your privacy
    we (?:and our (?:\d+ )?partners )?use cookies
    your privacy (?:choices|matters|is important)
    manage (?:your )?(?:cookies?|consent|privacy)
    cookie (?:consent|settings|policy|preferences)
    privacy (?:settings|center|preferences)
    accept (?:all )?cookies
    consent to (?:continue|cookies)
    (?:acept|gestion)\w* (?:las |todas las )?cookies
    antes de continuar
    valoramos (?:su|tu) privacidad
    (?:su|tu) privacidad (?:es importante|nos importa)
    (?:utilizamos|usamos) cookies
    configuración de (?:cookies|privacidad)
    consentimiento
    мы (?:используем|применяем) (?:файлы )?cookie
    согласие на (?:обработку|использование)
    настройки (?:cookie|конфиденциальности)
    (?:aceitar|gerir|gerenciar) (?:os |todos os )?cookies
    (?:utilizamos|usamos) cookies
    valorizamos a sua privacidade
    zustimmung
    wir (?:und unsere partner )?verwenden cookies
    datenschutzeinstellungen
"""
LOGIN_FORMS = r"""
    (?:sign|log) ?in(?: to (?:your account|continue))?
    login
    create (?:an |your )?account
    register(?: to continue)?
    forgot (?:your )?password\?
    session expired
    inici(?:ar|a|e) sesión
    acceso (?:usuarios|clientes|suscriptores)
    regístrate
    crear (?:una )?cuenta
    entra en tu cuenta
    вход(?: на сайт| в (?:личный кабинет|систему))?
    авторизация
    войти
    войдите
    регистрация
    fazer login
    faça (?:o )?(?:seu )?login
    entrar
    criar conta
    anmelden
    einloggen
"""


def _any(phrases: str) -> re.Pattern[str]:
    """Matches a line that begins with one of ``phrases``; spaces stand for any white space, ' for both kinds."""
    lines = (line.strip() for line in phrases.strip().splitlines())
    written = (line.replace("'", "['’]").replace(" ?", r"\s*").replace(" ", r"\s+") for line in lines)
    return re.compile(rf"^\W*(?:{'|'.join(written)})", re.IGNORECASE)


WALLS = {
    "challenge page": _any(CHALLENGES),
    "consent wall": _any(CONSENT_FORMS),
    "login wall": _any(LOGIN_FORMS),
}
IN_FRONT_OF_LISTS = ("challenge page", "consent wall")  # a home page with a form to log in is a home page
MARKS = {  # who made a challenge, by what stands in its markup
    "Cloudflare": rb"/cdn-cgi/challenge-platform|cf-browser-verification|cf_chl_opt|challenges\.cloudflare\.com",
    "Imperva": rb"_Incapsula_Resource|Incapsula incident",
    "DDoS-Guard": rb"ddos-guard/js-challenge|__ddg",
    "HUMAN": rb"px-captcha|_pxCaptcha",
    "DataDome": rb"captcha-delivery\.com",
    "Yandex": rb"smartcaptcha|/showcaptcha",
    "Sucuri": rb"sucuri_cloudproxy",
    "AWS": rb"token\.awswaf\.com|awsWafCookieDomainList",
    "Akamai": rb"errors\.edgesuite\.net",
    "Qrator": rb"/__qrator/",
    "Anubis": rb"anubis_challenge|techaro\.lol",
    "a captcha": rb"captcha",
}
MARK = re.compile(b"|".join(b"(%s)" % mark for mark in MARKS.values()), re.IGNORECASE)
GOES_ON = re.compile(rb"location\s?(?:=|\.(?:href|reload|replace|assign))")
LONGEST = 1_500  # characters; no wall says more, and what says more is none
MARKED = 800  # characters shown by walls that have nothing but a mark to be known by
SHELL = 200  # characters that a page shows which only sets a cookie and loads itself again
READ = 200_000  # bytes of a page that are looked at
TITLE = re.compile(rb"<title[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
SILENT = re.compile(
    rb"<!--.*?(?:-->|\Z)|<(script|style|noscript|svg|template|head)\b.*?(?:</\1\s{0,9}>|\Z)|<[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)


def wall_at(openings: Iterable[str], kinds: Iterable[str] = WALLS) -> str | None:
    """Which of ``kinds`` of wall a page is whose titles, headings or first lines are ``openings``; None for none."""
    given = list(openings)
    return next((kind for kind in kinds if any(map(WALLS[kind].match, given))), None)


def wall_in(body: bytes, kinds: Iterable[str] = IN_FRONT_OF_LISTS) -> str | None:
    """What kind of wall the HTML page ``body`` is, by its title or its markup; None when it shows more than a wall."""
    head = body[:READ]
    shown = len(b" ".join(SILENT.sub(b" ", head).split()))
    if shown > LONGEST:
        return None
    found = TITLE.search(head)
    title = found[1].decode("utf-8", "replace").strip() if found else ""
    if kind := wall_at([title], kinds):
        return f"{kind}: {title[:80]}"
    if shown <= MARKED and (mark := MARK.search(head)):
        return f"challenge page: {list(MARKS)[(mark.lastindex or 1) - 1]}"
    if shown <= SHELL and b"document.cookie" in head and GOES_ON.search(head):
        return "challenge page: it sets a cookie and loads itself again"
    return None


def admitted(response: Response) -> str | None:
    """The challenge that a response's headers admit to; None without one."""
    for name, values, who in (
        ("cf-mitigated", (b"challenge",), "Cloudflare"),
        ("x-amzn-waf-action", (b"challenge", b"captcha"), "AWS"),
    ):
        if (response.headers.get(name) or b"").lower() in values:
            return f"challenge page: {who}"
    return None
