"""The package as users install it: built, checked, installed in a fresh environment, used in a working folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest
import scrapy as any_dependency

import crawler
from tests.conftest import ROOT, command, same


def call(*line: object, folder: Path, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """The result of a command line that has to end with ``code``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEWS_", "PYTHON", "SCRAPY_"))}
    line = [str(word) for word in line]
    result = subprocess.run(
        line, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == code, result.stdout + result.stderr
    return result


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with wheel and sdist, built from a copy of what git tracks."""
    source = tmp_path_factory.mktemp("source")
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0"):
        if name and (ROOT / name).is_file() and not name.startswith(("tests/", "docs/images/", "benchmarks/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    call(sys.executable, "-m", "build", "--no-isolation", folder=source)
    return source / "dist"


@pytest.fixture(scope="module")
def newscrawler(built, tmp_path_factory):
    """The console command of an environment that has the wheel, our dependencies, and no checkout in sight."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(str(Path(any_dependency.__file__).parent.parent))  # spares a download
    (wheel,) = built.glob("*.whl")
    python = home / "bin" / "python"
    call(
        sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, folder=home
    )
    return home / "bin" / "newscrawler"


def test_wheel_and_sdist_are_what_an_index_accepts(built):
    call(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir(), folder=built)
    (sdist,) = built.glob("*.tar.gz")
    assert sdist.name == f"newscrawler-{crawler.__version__}.tar.gz"
    with tarfile.open(sdist) as files:
        names = {Path(*Path(name).parts[1:]).as_posix() for name in files.getnames()}
    tracked = subprocess.check_output(["git", "ls-files", "crawler", "pipelines", "seeds"], cwd=ROOT, text=True).split()
    assert set(tracked) <= names


def test_an_installed_crawl_stores_what_a_checkout_stores(newscrawler, crawled, tmp_path):
    web, _, checkout = crawled
    call(newscrawler, "init", "news", "--topic", "venezuela_russia", folder=tmp_path)
    folder = tmp_path / "news"
    assert (folder / "seeds" / "venezuela_russia.toml").read_bytes() == (
        ROOT / "seeds" / "venezuela_russia.toml"
    ).read_bytes()
    web.seeds(folder / "seeds" / "venezuela_russia.toml")
    call(newscrawler, *command(web, folder, "news.db")[3:], folder=folder)
    assert same(folder / "news.db") == same(checkout)

    found = call(newscrawler, "articles", "--limit", "3", folder=tmp_path, NEWS_HOME=str(folder)).stdout
    assert len(found.splitlines()) == 4


def test_it_says_where_it_works_and_how_to_begin(newscrawler, tmp_path):
    assert call(newscrawler, "--version", folder=tmp_path).stdout == f"newscrawler {crawler.__version__}\n"
    assert "newscrawler init FOLDER" in call(newscrawler, folder=tmp_path).stdout
    outside = call(newscrawler, "articles", folder=tmp_path, code=2).stderr
    assert outside.startswith("newscrawler: this is no working folder: make one with") and outside.count("\n") == 1
    assert "did you mean articles?" in call(newscrawler, "artcles", folder=tmp_path, code=2).stderr
    missing = call(newscrawler, "articles", folder=tmp_path, code=2, NEWS_HOME=str(tmp_path / "gone")).stderr
    assert "gone: has no scrapy.cfg" in missing

    call(newscrawler, "init", folder=tmp_path)
    again = call(newscrawler, "init", folder=tmp_path, code=2).stderr
    assert "has a scrapy.cfg already" in again
    assert 'begin one with "newscrawler newtopic' in call(newscrawler, "crawl", "x", folder=tmp_path, code=2).stderr
    assert "newscrawler articles [" in call(newscrawler, "articles", "--help", folder=tmp_path).stdout


def test_what_the_environment_sets_comes_before_the_file_of_the_folder(newscrawler, tmp_path):
    call(newscrawler, "init", folder=tmp_path)
    settings = tmp_path / "news_settings.py"
    settings.write_text(settings.read_text().replace('# CONTACT = "you@', 'CONTACT = "me@'))

    def contact(**environment):
        return call(newscrawler, "settings", "--get", "CONTACT", folder=tmp_path, **environment).stdout.strip()

    assert contact() == "me@example.org"
    assert contact(NEWS_CONTACT="desk@example.org") == "desk@example.org"
