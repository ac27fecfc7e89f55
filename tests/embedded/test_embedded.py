"""The embedded servers: shared while somebody uses them, gone when nobody does, and back after any kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from plugin import embedded

HOLDER = """
import json, sys
from pathlib import Path
from plugin import embedded
with embedded.servers(Path(sys.argv[1]), fsync=False) as running:
    print(json.dumps([running.database_url, running.redis_url]), flush=True)
    sys.stdin.read()
"""
PATIENCE_SECONDS = 30.0

StartHolder = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was used once: initdb takes most of a first start."""
    made = tmp_path_factory.mktemp("initialised") / "home"
    with embedded.servers(made, want_redis=False, fsync=False):
        pass
    return made


@pytest.fixture
def home(initialised: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", str(initialised), str(tmp_path)], check=True)  # keeps the owner
    return tmp_path / "home"


@pytest.fixture
def start_holder(home: Path) -> Iterator[StartHolder]:
    """Start another process that uses the servers of `home` until its input ends."""
    started: list[subprocess.Popen[str]] = []

    def start(*prefix: str) -> subprocess.Popen[str]:
        holder = subprocess.Popen(
            [*prefix, sys.executable, "-c", HOLDER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(holder)
        return holder

    yield start
    for holder in started:
        holder.kill()
        holder.communicate()
    until(lambda: not servers_of(home))


def urls_of(holder: subprocess.Popen[str]) -> embedded.Running:
    assert holder.stdout is not None
    return embedded.Running(*json.loads(holder.stdout.readline()))


def leave(holder: subprocess.Popen[str]) -> None:
    assert holder.communicate("", timeout=PATIENCE_SECONDS)[0] == ""
    assert holder.returncode == 0


def ask(database_url: str, question: str) -> object:
    with closing(psycopg.connect(database_url, autocommit=True)) as connection:
        cursor = connection.execute(question)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def ping(redis_url: str) -> bool:
    with closing(redis.Redis.from_url(redis_url)) as connection:
        return bool(connection.ping())


def servers_of(home: Path) -> list[psutil.Process]:
    """Every living process that works in one of the home's data directories."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = process.status() != psutil.STATUS_ZOMBIE and home in Path(process.cwd()).parents
        except psutil.Error:
            continue
        if is_ours:
            found.append(process)
    return found


def accounts_of(home: Path) -> set[int]:
    """The accounts those processes run as; one that has just ended has none."""
    found = set()
    for process in servers_of(home):
        with suppress(psutil.NoSuchProcess):
            found.add(process.uids().effective)
    return found


def keeper_of(home: Path) -> psutil.Process:
    found = [process for process in psutil.process_iter() if is_keeper(process, home)]
    assert len(found) == 1
    return found[0]


def is_keeper(process: psutil.Process, home: Path) -> bool:
    try:
        return embedded.__file__ in process.cmdline() and str(home) in process.cmdline()
    except psutil.Error:
        return False


def postmaster_of(home: Path) -> int:
    return int((home / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])


def until(claim: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.05)


def answers_again(database_url: str, redis_url: str) -> bool:
    try:
        return ask(database_url, "SELECT 1") == 1 and ping(redis_url)
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def test_both_servers_are_real_and_careful_from_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"

    with embedded.servers(home) as running:
        version = int(str(ask(running.database_url, "SHOW server_version_num")))
        settings = {name: ask(running.database_url, f"SHOW {name}") for name in ("fsync", "server_encoding")}
        with closing(redis.Redis.from_url(running.redis_url, decode_responses=True)) as connection:
            kept = connection.config_get("append*")

    assert version >= 150000
    assert settings == {"fsync": "on", "server_encoding": "UTF8"}
    assert kept["appendonly"] == "yes"
    assert servers_of(home) == []


def test_neither_server_listens_on_the_network(home: Path) -> None:
    with embedded.servers(home, fsync=False):
        ours = {process.pid for process in servers_of(home)}
        listening = [
            found for found in psutil.net_connections("inet") if found.pid in ours and found.status == "LISTEN"
        ]

    assert ours
    assert listening == []


def test_what_was_written_is_there_after_a_restart(home: Path) -> None:
    with embedded.servers(home) as running:
        ask(running.database_url, "CREATE TABLE kept AS SELECT 7 AS points")

    with embedded.servers(home) as running:
        points = ask(running.database_url, "SELECT points FROM kept")

    assert points == 7


def test_processes_share_the_servers_and_the_last_one_stops_them(home: Path, start_holder: StartHolder) -> None:
    first = start_holder()
    second = start_holder()
    same = urls_of(first) == (running := urls_of(second))

    leave(first)
    still_answers = answers_again(running.database_url, running.redis_url)
    leave(second)

    assert same
    assert still_answers
    assert servers_of(home) == []


def test_many_processes_at_once_start_one_pair_of_servers(home: Path, start_holder: StartHolder) -> None:
    holders = [start_holder() for _ in range(4)]

    found = {urls_of(holder) for holder in holders}
    keeper = keeper_of(home)

    assert len(found) == 1
    assert keeper.is_running()


def test_servers_of_a_killed_process_are_stopped(home: Path, start_holder: StartHolder) -> None:
    holder = start_holder()
    urls_of(holder)

    holder.kill()

    until(lambda: not servers_of(home))


def test_a_killed_process_group_takes_no_server_along(home: Path, start_holder: StartHolder) -> None:
    starter = start_holder()
    urls_of(starter)
    other = start_holder()
    running = urls_of(other)
    before = postmaster_of(home)

    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait(PATIENCE_SECONDS)
    time.sleep(embedded.KEEPER_PACE_SECONDS * 2)

    assert answers_again(running.database_url, running.redis_url)
    assert postmaster_of(home) == before


@pytest.mark.parametrize("victim", ["postgres", "redis"])
def test_a_killed_server_is_back_at_the_same_place(home: Path, victim: str) -> None:
    with embedded.servers(home) as running:
        ask(running.database_url, "CREATE TABLE kept AS SELECT 7 AS points")
        pid = postmaster_of(home) if victim == "postgres" else int((home / "redis" / "redis.pid").read_text())

        os.kill(pid, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(pid))
        until(lambda: answers_again(running.database_url, running.redis_url))

        points = ask(running.database_url, "SELECT points FROM kept")
    assert points == 7


def test_the_next_start_takes_over_when_keeper_and_holder_were_killed(home: Path, start_holder: StartHolder) -> None:
    holder = start_holder()
    urls_of(holder)
    keeper_of(home).kill()
    holder.kill()
    holder.wait(PATIENCE_SECONDS)
    left_behind = postmaster_of(home)

    with embedded.servers(home) as running:
        adopted = postmaster_of(home)
        answer = answers_again(running.database_url, running.redis_url)

    assert adopted == left_behind
    assert answer
    assert servers_of(home) == []


def test_a_keeper_that_was_killed_leaves_no_servers_behind(home: Path) -> None:
    with embedded.servers(home) as running:
        keeper = keeper_of(home)
        keeper.kill()
        until(lambda: not is_keeper(keeper, home))
        answer = answers_again(running.database_url, running.redis_url)

    assert answer
    assert servers_of(home) == []


def test_everything_killed_at_once_starts_again(home: Path, start_holder: StartHolder) -> None:
    holder = start_holder()
    ask(urls_of(holder).database_url, "CREATE TABLE kept AS SELECT 7 AS points")
    killed = [keeper_of(home), psutil.Process(holder.pid), *servers_of(home)]
    for process in killed:
        process.kill()
    psutil.wait_procs(killed, timeout=PATIENCE_SECONDS)

    with embedded.servers(home) as running:
        points = ask(running.database_url, "SELECT points FROM kept")

    assert points == 7


def test_a_pid_file_that_names_a_stranger_stops_nothing(home: Path) -> None:
    with embedded.servers(home, fsync=False):
        postmaster = (home / "postgres" / "postmaster.pid").read_text(encoding="utf-8")
    stale = postmaster.replace(postmaster.split("\n")[0], str(os.getpid()), 1)
    (home / "postgres" / "postmaster.pid").write_text(stale, encoding="utf-8")
    (home / "redis" / "redis.pid").write_text(f"{os.getpid()}\n", encoding="ascii")

    with embedded.servers(home, fsync=False) as running:
        answer = answers_again(running.database_url, running.redis_url)

    assert answer


def test_an_unreadable_redis_file_is_set_aside(home: Path) -> None:
    with embedded.servers(home, want_postgres=False):
        pass
    for name in ("appendonly.aof", "appendonlydir/appendonly.aof.1.incr.aof"):
        if (home / "redis" / name).exists():
            (home / "redis" / name).write_text("*1\r\nnonsense\r\n" * 3, encoding="ascii")

    with embedded.servers(home, want_postgres=False) as running:
        answer = ping(running.redis_url)

    assert answer
    assert len(list(home.glob("redis.unreadable-*"))) == 1


def test_a_server_asked_for_later_joins_the_running_one(home: Path, start_holder: StartHolder) -> None:
    with embedded.servers(home, want_postgres=False, fsync=False) as only_redis:
        both = urls_of(start_holder())

        assert only_redis.database_url == ""
        assert both.redis_url == only_redis.redis_url
        assert ask(both.database_url, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_moves_the_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30) / "home"

    with embedded.servers(home, fsync=False) as running:
        answer = answers_again(running.database_url, running.redis_url)

    assert answer
    assert "long" not in running.database_url


def test_options_reach_postgres(home: Path) -> None:
    with embedded.servers(home, want_redis=False, fsync=False, postgres_options={"work_mem": "3MB"}) as running:
        found = (ask(running.database_url, "SHOW work_mem"), ask(running.database_url, "SHOW fsync"))

    assert found == ("3MB", "off")


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with (
        pytest.raises(embedded.EmbeddedError, match="postgres does not start"),
        embedded.servers(home, want_redis=False, postgres_options={"shared_buffers": "nonsense"}),
    ):
        pass

    assert "shared_buffers" in (home / "run" / "postgres.log").read_text(encoding="utf-8")


def test_a_deleted_home_takes_its_servers_along(home: Path, start_holder: StartHolder) -> None:
    urls_of(start_holder())

    subprocess.run(["rm", "-rf", str(home)], check=True)

    until(lambda: not servers_of(home))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
def test_roots_servers_run_as_another_account_behind_a_closed_directory(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with embedded.servers(closed / "home", fsync=False) as running:
        answer = answers_again(running.database_url, running.redis_url)
        accounts = accounts_of(closed / "home")

    assert answer
    assert 0 not in accounts
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="every other test here shows it")
def test_a_user_who_is_not_root_needs_nothing_of_root(tmp_path: Path, start_holder: StartHolder) -> None:
    home = tmp_path / "home"
    subprocess.run(["rm", "-rf", str(home)], check=True)
    home.mkdir()
    os.chown(home, 65534, 65534)
    search = "+dac_read_search"  # this Python may lie behind closed directories

    holder = start_holder(
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        f"--inh-caps={search}",
        f"--ambient-caps={search}",
    )
    running = urls_of(holder)

    assert ask(running.database_url, "SELECT 1") == 1
    assert accounts_of(home) == {65534}
