"""What keeps the project in order is in order itself: hooks, CI, links and commands in the documents."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from tests.conftest import ROOT

FOLDERS = (".", "docs", "docs/tutorials", "seeds", "tests/newsweb", "tests/pages")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
COMMANDS = {path.stem for path in (ROOT / "crawler" / "commands").glob("[a-z]*.py")} | {"list", "version"}
BLOCK = re.compile(r"^```(?:console|sh|cron|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def settings(path: str):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_hooks_before_a_commit_check_what_make_lint_checks():
    lint = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    wanted = re.findall(r"\$\(BIN\)/((?:ruff|mypy)[a-z -]*)", lint[1])
    (repository,) = settings(".pre-commit-config.yaml")["repos"]
    entries = [hook["entry"].removeprefix(".venv/bin/") for hook in repository["hooks"]]
    assert len(wanted) >= 3
    assert not [command for command in wanted if not any(entry.startswith(command.strip()) for entry in entries)]


def test_ci_runs_the_one_script_with_every_python_that_we_support():
    job = settings(".github/workflows/ci.yml")["jobs"]["test"]
    assert job["steps"][-1] == {"run": ".ci/run"}
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert job["strategy"]["matrix"]["python"][0] == oldest


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda path: path.stem
)
def test_issue_forms_have_what_a_forge_needs(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"] and form["description"]
    names = [field["id"] for field in form["body"]]
    assert len(names) == len(set(names))
    assert all(field["attributes"]["label"] for field in form["body"])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(path):
    targets = re.findall(r"\]\((?!https?://|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_documents_exist(path):
    blocks = "\n".join(BLOCK.findall(path.read_text(encoding="utf-8")))
    named = set(re.findall(r"(?:^|bin/|\$ |&& |; )scrapy ([a-z]+)", blocks, re.MULTILINE))
    assert named <= COMMANDS
