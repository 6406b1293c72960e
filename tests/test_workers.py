"""Worker processes: what kills one takes no other page along, and none outlives the crawl."""

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace

import psutil
import pytest
from scrapy import Request

from crawler.exceptions import Refused
from crawler.frontier.effort import Effort
from crawler.items import Claim, Fetched, Page
from crawler.terms import Terms
from pipelines.extract import extract
from pipelines.reading import Reader, Watched, pool
from pipelines.reading.pool import Pool
from pipelines.reading.worker import SHELTERED_FROM
from pipelines.repeated import ends
from pipelines.workers import Extract
from tests.conftest import ROOT

SENTENCES = (
    "The harbour master of Puerto Cabello counted eleven ships on Tuesday morning.",
    "Three of them carried grain, and two had waited since the storm of last week.",
    "A pilot said that the channel would be dredged again before the rainy season.",
    "The ministry of ports did not say who would pay for it or when work begins.",
    "Fishermen from the eastern pier have asked for a lane of their own since May.",
    "Their spokeswoman showed photographs of nets that a tanker had torn on Sunday.",
)
GOOD = (
    "<html><head><title>Eleven ships wait</title></head><body><article><h1>Eleven ships wait</h1>"
    + "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    + "</article></body></html>"
).encode()
SLOW = b"<html><body>" + b"<table><tr><td>x</td></tr></table>" * 60_000
HUGE = b"<html><body>" + b"<p>a b c</p>" * 800_000


def page(body):
    url = "https://a.example/1"
    return Page(Claim(1, url, "article", "s", "a.example"), Fetched(url, body, "2026-01-01T00:00:00Z"))


SHIPS = Watched("ships", Terms({"ships": ["ship*"], "grain": ["grain"]}), ("en", "es"))
READER = Reader([SHIPS])
SEEN = "(__import__('os').getpid(), [*__import__('sys').modules])"  # a worker's process and what it has loaded


def run(scenario, reader=READER, **options):
    async def with_stage():
        stage = Extract(Pool(reader=reader, **options), Effort())
        try:
            await scenario(stage)
        finally:
            await stage.pool.close()

    asyncio.run(with_stage())


def test_a_worker_reads_what_the_crawling_process_would():
    async def scenario(stage):
        reading = await stage.process_item(page(GOOD))
        article = reading.result
        assert article.text == extract(page(GOOD).fetched).text
        assert all(sentence in article.text for sentence in SENTENCES)
        assert (article.source, article.claim.id, reading.claim.id) == ("s", 1, 1)
        assert [match.terms for match in article.matches] == [{"ships": {"ship*": 2}, "grain": {"grain": 1}}]
        assert (article.language, article.language_from) == ("en", "text")
        assert (reading.site, reading.ends) == ("a.example", tuple(ends(article.text)))

    run(scenario, workers=1)
    run(scenario, workers=0)


def test_a_page_without_text_is_dropped_with_its_state():
    async def scenario(stage):
        with pytest.raises(Refused) as refused:
            await stage.process_item(page(b"<html><body></body></html>"))
        assert refused.value.state == "not_article"

    run(scenario, workers=0)


@pytest.mark.parametrize(
    ("topic", "state", "reason"),
    [
        (Watched("oil", Terms({"oil": ["oil"]}), ()), "irrelevant", "no mention of oil"),
        (SHIPS._replace(languages=("ru",)), "language", "language is en, which no topic it belongs to reads"),
    ],
)
def test_what_is_none_of_ours_comes_back_as_a_refusal_with_its_blocks_unless_it_is_stored(topic, state, reason):
    async def scenario(stage):
        reading = await stage.process_item(page(GOOD))
        assert (reading.result.state, reading.ends != ()) == (state, True)
        assert reason in reading.result.reason
        stored = page(GOOD)
        stored = replace(stored, claim=replace(stored.claim, article_id=5))
        assert (await stage.process_item(stored)).result.text

    run(scenario, Reader([topic]), workers=0)
    run(scenario, Reader([topic]), workers=1)


def test_a_worker_never_loads_scrapy_and_another_takes_its_place_in_time(monkeypatch):
    monkeypatch.setattr(pool, "TASKS", 2)
    seen = []

    async def scenario(stage):
        for _ in range(5):
            seen.append(await stage.pool.ask(eval, SEEN))

    run(scenario, workers=1)
    assert len({process for process, _ in seen}) == 3
    assert not any({"scrapy", "twisted", "sqlite_utils"}.intersection(modules) for _, modules in seen)
    assert all("pipelines.extract" in modules for _, modules in seen)


def test_a_worker_begins_with_all_that_its_nursery_has_loaded():
    loaded = "(__import__('gc').get_freeze_count(), 'pipelines.reading.nursery' in __import__('sys').modules)"

    async def scenario(stage):
        frozen, has_nursery = await stage.pool.ask(eval, loaded)
        assert frozen > 10_000 and has_nursery

    run(scenario, workers=1)


def test_workers_start_when_an_article_is_asked_for_and_not_for_a_feed():
    async def scenario(stage):
        url = "https://a.example/1"
        stage.asked(Request(url))
        stage.asked(Request(url, meta={"claim": Claim(1, url, "feed", "s", "a.example")}))
        assert not workers_of(os.getpid())
        stage.asked(Request(url, meta={"claim": Claim(1, url, "article", "s", "a.example")}))
        await stage.pool._current()
        assert len(workers_of(os.getpid())) == 2

    run(scenario, workers=2)


def test_a_page_that_takes_too_long_fails_alone():
    async def scenario(stage):
        await stage.process_item(page(GOOD))  # the worker is warm: the limit is for the page, not for the start
        stage.pool.time_limit = 0.3
        slow = asyncio.ensure_future(stage.process_item(page(SLOW)))
        with pytest.raises(Refused, match=r"extraction exceeded 0\.3 s") as refused:
            await slow
        assert refused.value.state == "failed"
        stage.pool.time_limit = 30
        assert (await stage.process_item(page(GOOD))).result.text

    run(scenario, workers=1)


def test_a_page_that_takes_too_much_memory_fails_alone():
    async def scenario(stage):
        with pytest.raises(Refused, match="extraction exceeded 400 MiB"):
            await stage.process_item(page(HUGE))
        assert (await stage.process_item(page(GOOD))).result.text

    run(scenario, workers=1, time_limit=60)


def test_a_worker_that_is_killed_fails_its_page_and_is_replaced():
    async def scenario(stage):
        await stage.process_item(page(GOOD))
        slow = asyncio.ensure_future(stage.process_item(page(SLOW)))
        await asyncio.sleep(0.2)
        for worker in workers_of(os.getpid()):
            worker.kill()
        with pytest.raises(Refused, match="extraction crashed"):
            await slow
        assert (await stage.process_item(page(GOOD))).result.text

    run(scenario, workers=1, time_limit=60)


def test_workers_that_die_between_two_pages_fail_none():
    async def scenario(stage):
        pages = [asyncio.ensure_future(stage.process_item(page(GOOD))) for _ in range(6)]
        assert all(reading.result.text for reading in await asyncio.gather(*pages))
        for worker in workers_of(os.getpid()):
            worker.kill()
        pages = [asyncio.ensure_future(stage.process_item(page(GOOD))) for _ in range(6)]
        assert all(reading.result.text for reading in await asyncio.gather(*pages))

    run(scenario, workers=2, time_limit=60)


def test_a_task_that_a_broken_pool_took_is_not_waited_for(monkeypatch):
    """Its threads end as when all its workers are killed; a task that is put behind that is never answered."""
    monkeypatch.setattr(pool, "LOOK", 0.01)

    async def scenario(stage):
        await stage.process_item(page(GOOD))
        broken = stage.pool._pool
        put = broken._context.task_queue.put

        def put_late(task):
            broken._pool_manager.handle_broken_pool(BrokenProcessPool())
            put(None)  # ends the thread that would take the next
            broken._task_scheduler_loop.join()
            put(task)

        monkeypatch.setattr(broken._context.task_queue, "put", put_late)
        with pytest.raises(BrokenProcessPool):
            await pool.answer_of(broken, abs, [-1], timeout=60)
        with pytest.raises(BrokenProcessPool):  # now it says so itself
            await pool.answer_of(broken, abs, [-1], timeout=60)
        assert (await stage.process_item(page(GOOD))).result.text

    run(scenario, workers=1, time_limit=60)


CRAWLER = """
import asyncio
import sys
from pipelines.reading.pool import Pool
from tests.test_workers import GOOD, READER, page

async def main():
    pool = Pool(2, READER)
    while True:
        await asyncio.gather(*(pool.read(page(GOOD)) for _ in range(8)))
        print("ready", flush=True)
        sys.stdin.readline()

if __name__ == "__main__":
    asyncio.run(main())
"""


@contextmanager
def crawler(tmp_path):
    """A process of its own that has read pages, with its nursery and its workers; it reads more for each line."""
    script = tmp_path / "crawler_that_reads.py"
    script.write_text(CRAWLER)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, str(script)], stdin=pipe, stdout=pipe, cwd=ROOT, env=environment) as process:
        assert process.stdout.readline() == b"ready\n"
        workers = [*psutil.Process(process.pid).children(), *workers_of(process.pid)]
        assert len(workers) == 4, "the nursery, its two workers and Python's resource tracker"
        yield process, workers
        process.kill()


@pytest.mark.parametrize("number", SHELTERED_FROM)
def test_what_tells_a_run_to_stop_reaches_neither_worker_nor_nursery(number, tmp_path):
    with crawler(tmp_path) as (process, workers):
        for worker in workers:
            worker.send_signal(number)
        process.stdin.write(b"more\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n"
        assert all(alive(worker) for worker in workers)


def test_neither_worker_nor_nursery_outlives_a_crawler_that_was_killed(tmp_path):
    with crawler(tmp_path) as (_, workers):
        pass
    deadline = time.monotonic() + 20
    while any(alive(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(worker) for worker in workers)


def alive(process):
    """Whether it still runs: one that has ended stays in the list until somebody asks how, which may never be."""
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def workers_of(crawler):
    """The worker processes of ``crawler``: the children of its nursery."""
    return [worker for nursery in forked_by(crawler) for worker in nursery.children()]


def forked_by(crawler):
    """Its nursery: what it started that forks others."""
    children = psutil.Process(crawler).children()
    return [child for child in children if any("multiprocessing.forkserver" in word for word in child.cmdline())]
