"""Agencies are credited where texts credit them, and only there."""

from __future__ import annotations

import pytest

from pipelines.metadata.agency import credited_agency

BODY = "The harbour was closed on Tuesday, the coast guard said, and nobody knows for how long."


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("PORT AMITY (Reuters) - The harbour was closed.", "Reuters"),
        ("PORT AMITY, July 3 (Xinhua) -- The harbour was closed.", "Xinhua"),
        ("Caracas, 3 jul (EFE).- El puerto fue cerrado el martes.", "EFE"),
        ("La Habana, 3 jul (Prensa Latina) El puerto fue cerrado.", "Prensa Latina"),
        ("МОСКВА, 3 июля. /ТАСС/. Гавань закрыли во вторник.", "TASS"),
        ("МОСКВА, 3 июл — РИА Новости. Гавань закрыли во вторник.", "RIA Novosti"),
        ("NEW PORT (AP) — The harbour was closed.", "AP"),
        ("São Paulo (Folhapress) - O porto foi fechado.", "Folhapress"),
        ("Reuters – The harbour was closed.", "Reuters"),
    ],
)
def test_datelines_credit_an_agency(line: str, agency: str):
    assert credited_agency([line, BODY]) == agency


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("Source: Reuters", "Reuters"),
        ("Fuente: EFE", "EFE"),
        ("Con información de AFP", "AFP"),
        ("Источник: ТАСС", "TASS"),
        ("Com informações da Agência Brasil", "Agência Brasil"),
        ("Translation: Prensa Latina", "Prensa Latina"),
        ("AFP/Reuters", "AFP"),
    ],
)
def test_credit_lines_below_the_text_credit_an_agency(line: str, agency: str):
    assert credited_agency([BODY, BODY, line]) == agency


def test_an_author_field_credits_an_agency():
    assert credited_agency([BODY], ["Associated Press"]) == "AP"


@pytest.mark.parametrize(
    "line",
    [
        "The minister told Reuters that the harbour was closed.",
        "Reuters reported on Tuesday that the harbour was closed.",
        "Es efectivo (efe a la vista) que el puerto sigue cerrado.",
        "A map (ap) of the harbour shows where the ship lay.",
    ],
)
def test_an_agency_that_is_only_mentioned_is_not_credited(line: str):
    assert credited_agency([line, BODY, BODY]) is None


def test_a_text_without_lines_credits_nobody():
    assert credited_agency([]) is None
