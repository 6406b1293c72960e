"""Group commit: what is acknowledged is on disk, and one error ends nothing but itself."""

import asyncio
import sqlite3

import pytest

from crawler.database.commits import GroupCommit, NotWritten


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "test.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (n INTEGER UNIQUE)")
    connection.commit()
    connection.close()
    return path


def writer(path, **options):
    return GroupCommit(sqlite3.connect(path, isolation_level=None), **options)


def insert(commits, n):
    def work():
        commits.connection.execute("INSERT INTO t VALUES (?)", (n,))
        return n

    return work


def stored(path):
    connection = sqlite3.connect(path)
    try:
        return [n for (n,) in connection.execute("SELECT n FROM t ORDER BY n")]
    finally:
        connection.close()


def test_a_result_comes_after_its_commit(path):
    async def scenario():
        commits = writer(path, delay=0.01)
        assert await commits.run(insert(commits, 1)) == 1
        assert stored(path) == [1]
        commits.connection.close()

    asyncio.run(scenario())


def test_a_full_batch_is_one_transaction(path):
    async def scenario():
        commits = writer(path, size=10, delay=60)
        begun = []
        commits.connection.set_trace_callback(lambda sql: begun.append(sql) if sql.startswith("BEGIN") else None)
        await asyncio.gather(*(commits.run(insert(commits, n)) for n in range(20)))
        assert begun == ["BEGIN IMMEDIATE"] * 2
        commits.connection.close()

    asyncio.run(scenario())
    assert stored(path) == list(range(20))


def test_the_last_one_does_not_wait_for_company_that_cannot_come(path):
    async def scenario():
        commits = writer(path, delay=3600, expected=lambda: 2)
        await asyncio.gather(commits.run(insert(commits, 1)), commits.run(insert(commits, 2)))
        commits.connection.close()

    asyncio.run(asyncio.wait_for(scenario(), 30))
    assert stored(path) == [1, 2]


def test_an_error_is_undone_alone_and_told_to_who_asked(path):
    async def scenario():
        commits = writer(path, delay=0.01)

        def half():
            commits.connection.execute("INSERT INTO t VALUES (7)")
            raise KeyError("half way")

        results = await asyncio.gather(
            *(commits.run(work) for work in (insert(commits, 1), half, insert(commits, 1), insert(commits, 2))),
            return_exceptions=True,
        )
        assert results[0] == 1
        assert isinstance(results[1], KeyError)
        assert isinstance(results[2], sqlite3.IntegrityError)
        assert results[3] == 2
        commits.connection.close()

    asyncio.run(scenario())
    assert stored(path) == [1, 2]


def test_work_that_nobody_waits_for_goes_with_the_next_commit(path):
    async def scenario():
        commits = writer(path, delay=0.01)
        commits.later(insert(commits, 1))
        await commits.run(insert(commits, 2))
        commits.connection.close()

    asyncio.run(scenario())
    assert stored(path) == [1, 2]


def test_a_database_that_cannot_be_written_fails_all_that_wait_and_says_so_once(path):
    async def scenario():
        told = []
        commits = writer(path, delay=0.01, on_broken=told.append)
        commits.connection.execute("PRAGMA query_only = 1")
        results = await asyncio.gather(
            commits.run(insert(commits, 1)), commits.run(insert(commits, 2)), return_exceptions=True
        )
        assert all(isinstance(result, NotWritten) for result in results)
        with pytest.raises(NotWritten):
            await commits.run(insert(commits, 3))
        assert len(told) == 1
        commits.connection.close()

    asyncio.run(scenario())
    assert stored(path) == []
