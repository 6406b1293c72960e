"""The container: its files are in order, its entry point works, and where that is possible the image is built."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import yaml

import crawler
from tests.conftest import ROOT, needs, rows
from tests.newsroom import ask

FILE = (ROOT / "deploy" / "Containerfile").read_text()
LINES = [line for line in re.sub(r"\\\n\s*", " ", FILE).splitlines() if line and not line.startswith("#")]
INSTRUCTIONS = {"ARG", "FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())


def test_the_containerfile_copies_what_is_there_and_what_is_sent_along():
    assert {line.split()[0] for line in LINES} == INSTRUCTIONS
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [line.split()[1:-1] for line in LINES if line.startswith("COPY ") and "--from" not in line]
    assert {name for names in copied for name in names} == sent
    assert all((ROOT / name).exists() for name in sent)
    assert LINES.index("USER newscrawler") < len(LINES) - 2  # nothing runs as root
    assert "--require-hashes" in FILE


def test_the_services_ask_for_commands_that_there_are_and_for_no_rights():
    assert set(COMPOSE["services"]) == {"crawl", "browse"}
    for service in COMPOSE["services"].values():
        name, *options = service["command"]
        assert name == "watch" or (ROOT / "crawler" / "commands" / f"{name}.py").exists()
        if options[0].startswith("-"):
            said = ask(name, "--help")[1]
            assert [option for option in options if option.startswith("--") and option not in said] == []
        assert service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
        assert not [port for port in service.get("ports", ()) if not port.startswith("127.0.0.1:")]
        assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


@pytest.fixture
def news(tmp_path):
    """The entry point, with ``newscrawler`` of this checkout and an empty folder."""
    program = tmp_path / "bin" / "newscrawler"
    program.parent.mkdir()
    run = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from crawler.main import main; main()"
    program.write_text(f'#!{sys.executable}\nimport sys\nsys.argv[0] = "newscrawler"\n{run}\n')
    program.chmod(0o755)
    home = tmp_path / "news"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEWS_", "SCRAPY_"))}
    environment = {
        **kept, "PATH": f"{program.parent}:{os.environ['PATH']}", "NEWS_HOME": str(home), "EVERY": "3600",
        "NEWS_DATABASE": str(home / "news.db"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip

    def start(*words):
        line = [ROOT / "deploy" / "container.sh", *words]
        return subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start, home


def test_an_empty_folder_becomes_a_working_one(news):
    start, home = news
    assert start("list").communicate(timeout=60) == ("venezuela_russia\n", "")
    assert (home / "scrapy.cfg").is_file()


def test_seeds_of_ones_own_stay_alone_and_the_watch_ends_when_it_is_told_to(news):
    start, home = news
    (home / "seeds").mkdir()
    source = '[[sources]]\nname = "a"\nurl = "http://127.0.0.1:9/feed"\n'
    (home / "seeds" / "rivers.toml").write_text(f'title = "Rivers"\n[terms]\nall = ["*"]\n{source}')
    watch = start("watch", "rivers")
    try:
        for _ in range(1200):
            assert watch.poll() is None
            if (home / "news.db").exists() and ended(home / "news.db"):
                break
            time.sleep(0.05)
        watch.send_signal(signal.SIGTERM)
        said = watch.communicate(timeout=60)[1]
    finally:
        watch.kill()
    assert watch.returncode == 0, said
    assert ended(home / "news.db") == 1
    assert [path.name for path in (home / "seeds").glob("*.toml")] == ["rivers.toml"]


def ended(path):
    if not rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'runs'"):
        return 0
    return rows(path, "SELECT count(*) FROM runs WHERE finished IS NOT NULL")[0][0]


def test_the_image_is_built_and_works():
    """From a Debian that is put together here; downloads 200 MB and takes three minutes."""
    if not os.environ.get("BUILD_IMAGE"):
        pytest.skip("BUILD_IMAGE=1 builds the container image: it downloads 200 MB")
    needs(os.geteuid() == 0, "root, for debootstrap")
    needs(shutil.which("buildah") and shutil.which("debootstrap"), "buildah and debootstrap: apt install both")
    environment = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}

    def call(*line, code=0):
        words = [str(word) for word in line]
        done = subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == code, f"{shlex.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout.strip()

    with tempfile.TemporaryDirectory() as folder:
        debian = Path(folder) / "debian"
        packages = "--include=python3,python3-venv,ca-certificates"
        call("debootstrap", "--variant=minbase", packages, "stable", debian, "http://deb.debian.org/debian")
        container = call("buildah", "from", "scratch")
        call("buildah", "copy", "-q", container, debian, "/")
        call("buildah", "commit", "-q", "--rm", container, "newscrawler-test-base")
    certificates = "/etc/ssl/certs:/etc/ssl/certs:ro"  # also those of a company's proxy
    build = ("buildah", "build", "--network", "host", "--volume", certificates, "-f", "deploy/Containerfile")
    call(*build, "--build-arg", "BASE=localhost/newscrawler-test-base", "-t", "newscrawler-test", ".")
    container = call("buildah", "from", "localhost/newscrawler-test")
    try:
        assert call("buildah", "run", container, "--", "news", "--version") == f"newscrawler {crawler.__version__}"
        assert call("buildah", "run", container, "--", "news", "list") == "venezuela_russia"
        assert "no such database" in call("buildah", "run", container, "--", "news", "health", code=1)
        assert "uid=10001(newscrawler)" in call("buildah", "run", container, "--", "id")
    finally:
        call("buildah", "rm", container)
        call("buildah", "rmi", "-f", "newscrawler-test", "newscrawler-test-base")
