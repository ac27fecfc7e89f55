"""The command line: `regulars`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from jobs.world import build
from plugin.db import Database, DatabaseUnavailable
from plugin.db.migrate import UnsafeDatabase, migrate, self_check
from plugin.embedded import EmbeddedError
from plugin.loyalty.errors import OutsideError, Refusal
from plugin.services import api_keys, audit, changelog, reconcile, shops, staff, tokens
from plugin.services.perform import World
from plugin.settings import Settings, SettingsError
from plugin.start import servers

console = Console()


@click.group()
@click.version_option(package_name="regulars")
def main() -> None:
    """Regulars: points, rewards and referrals for a Shopify store, on a ledger that proves itself."""


@contextmanager
def _started() -> Iterator[tuple[Settings, World]]:
    """Settings and World for a command; every foreseeable failure becomes a sentence and exit status 1."""
    try:
        with servers() as settings:
            world = build(settings)
            try:
                yield settings, world
            finally:
                world.database.dispose()
    except SettingsError as error:
        raise click.ClickException("These settings need putting right:\n  " + "\n  ".join(error.problems)) from None
    except UnsafeDatabase as error:
        raise click.ClickException("The database is not safe to use:\n  " + "\n  ".join(error.problems)) from None
    except DatabaseUnavailable as error:
        raise click.ClickException(f"The database does not answer ({error.orig}); see DATABASE_URL.") from None
    except (EmbeddedError, OutsideError, Refusal) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option("--once", is_flag=True, help="Play the main job as a story in the terminal, prove the books, and leave.")
@click.option("--headless", is_flag=True, help="Do not open a browser.")
@click.option("--port", default=0, help="Port of the app; 0 takes a free one (the demo remembers it).")
@click.option("--devstore-port", default=0, help="Port of the dev store, likewise.")
def demo(*, once: bool, headless: bool, port: int, devstore_port: int) -> None:
    """A whole shop on this machine: store, checkout, admin, mail, and a year of orders."""
    from plugin.demo import once as story
    from plugin.demo.stage import StageError

    try:
        if once:
            story.play(console)
            return
        from plugin.demo.run import run

        run(console, is_headless=headless, port=port, store_port=devstore_port)
    except (StageError, story.StoryError, EmbeddedError, OutsideError, Refusal) as error:
        raise click.ClickException(str(error)) from None
    except SettingsError as error:
        raise click.ClickException("\n".join(error.problems)) from None


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database's schema up to date."""
    with _started() as (settings, world):
        migrate(settings.database_admin_url or settings.database_url or "")
        self_check(world.database)
        console.print("The schema is up to date.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--workers", default=1, show_default=True, help="Processes that serve.")
def web(host: str, workers: int) -> None:
    """Serve webhooks, pages and the API on PORT."""
    import uvicorn

    from plugin.admin import assets

    if words := assets.missing():
        raise click.ClickException(words)
    with _started() as (settings, world):
        self_check(world.database)
        world.database.dispose()
        uvicorn.run(
            "plugin.asgi:create",
            factory=True,
            host=host,
            port=settings.port,
            workers=workers,
            access_log=False,
            log_level="warning",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=10,
            timeout_worker_healthcheck=60,  # uvicorn gives a process 5 s to start, and on a busy machine kills it over and over
        )


@main.command()
def worker() -> None:
    """Work off what webhooks and shoppers asked for: three queues and the sweep."""
    from jobs.worker import supervise

    with _started() as (_, world):
        self_check(world.database)
        world.database.dispose()
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        supervise(stopping)


@main.command()
def dev() -> None:
    """Web and worker together, as `shopify app dev` starts it."""
    import subprocess

    with _started():
        children = [subprocess.Popen([sys.executable, "-m", "plugin.cli", name]) for name in ("web", "worker")]
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.wait(0.2) and all(child.poll() is None for child in children):
            pass
        for child in children:
            child.terminate()
        for child in children:
            child.wait(20)
        if not stopping.is_set():
            raise click.ClickException("web or worker ended; see its message above")


@main.command("audit")
@click.option("--shop", "domain", help="One shop's domain; else every shop.")
def audit_command(domain: str | None) -> None:
    """Prove the books: rebuild balances and lots from the entries and compare. Exit status 1 when they do not add up."""
    with _started() as (_, world):
        with world.database.transaction() as session:
            found = (
                [shops.find(session, domain)]
                if domain
                else [shop for shop in shops.every(session) if shop.status != "redacted"]
            )
        table = Table("Shop", "Members", "Entries", "Checks", "Result")
        is_ok = True
        for shop in found:
            result = audit.run(world.database, shop.id, now=world.clock())
            is_ok &= result.is_ok
            words = (
                "the books add up"
                if result.is_ok
                else "; ".join(f"{name}: {len(rows)}" for name, rows in result.findings.items())
            )
            table.add_row(shop.domain, f"{result.members:,}", f"{result.entries:,}", str(len(audit.CHECKS)), words)
        console.print(table)
        if not is_ok:
            sys.exit(1)


@main.command("reconcile")
@click.argument("domain")
def reconcile_command(domain: str) -> None:
    """Read the shop's orders from Shopify since the last time and put right what webhooks missed."""
    with _started() as (_, world):
        shop = _find(world.database, domain)
        result = reconcile.reconcile(
            world.database, shop.id, world.shopify(shop.id, shop.domain), keys=world.keys, clock=world.clock
        )
        console.print(f"{result.orders} orders read, {result.drift} put right.")


@main.command("rehearse")
@click.argument("domain")
@click.option(
    "--draft",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the program to try; else the draft that was saved.",
)
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 730), help="How far back.")
def rehearse_command(domain: str, draft: Path | None, days: int) -> None:
    """Try a program on the orders of the last days, beside the one that is live. Nothing is changed."""
    from plugin.rehearsal_report import UnreadableDraft, read_draft, rehearse_shown, tables

    try:
        program = read_draft(draft) if draft is not None else None
    except UnreadableDraft as error:
        raise click.ClickException(str(error)) from None
    with _started() as (_, world):
        found = rehearse_shown(console, world, _find(world.database, domain), program, days=days)
        for table in tables(found):
            console.print(table)


@main.command()
@click.argument("domain")
def doctor(domain: str) -> None:
    """Check token, scopes, address, app proxy, webhooks, data access and clock of one shop."""
    from plugin.doctor import examine

    with _started() as (settings, world):
        shop = _find(world.database, domain)
        table = Table("Check", "Result", "What to do", show_lines=True)
        findings = examine(world, settings, shop)
        for finding in findings:
            table.add_row(finding.name, "ok" if finding.is_ok else "attention", finding.words)
        console.print(table)
        if not all(finding.is_ok for finding in findings):
            sys.exit(1)


@main.command("rotate-keys")
def rotate_keys() -> None:
    """Encrypt every stored token anew with the first of ENCRYPTION_KEYS."""
    with _started() as (_, world):
        with world.database.transaction() as session:
            known = shops.every(session)
        count = 0
        for shop in known:
            with world.database.transaction(shop.id) as session:
                count += tokens.rotate(session, cipher=world.cipher)
        console.print(f"{count} tokens encrypted anew.")


@main.group("shops")
def shops_group() -> None:
    """The shops this Regulars serves."""


@shops_group.command("list")
def shops_list() -> None:
    """Every shop and where it stands."""
    with _started() as (_, world):
        table = Table("Shop", "Status", "Name", "Currency", "Plan")
        with world.database.transaction() as session:
            known = shops.every(session)
        for shop in known:
            if shop.status == "redacted":
                table.add_row(shop.domain, shop.status, "", "", "")
                continue
            with world.database.transaction(shop.id) as session:
                row = shops.details(session)
                table.add_row(shop.domain, shop.status, row.name, row.currency, row.plan)
        console.print(table)


@shops_group.command("add")
@click.argument("domain")
@click.option(
    "--access-token", help="A token of the shop's own app; else one is fetched with the app's client credentials."
)
def shops_add(domain: str, access_token: str | None) -> None:
    """Install one merchant's own app in its shop, with the default program live."""
    from plugin.doctor import add_shop, report

    with _started() as (settings, world):
        shop, info = add_shop(world, domain, access_token=access_token)
        for line in report(settings, shop, info):
            console.print(line, highlight=False)


AUTHOR = "command line"
"""Who stands in the change log for what is done here."""


@main.group("api-keys")
def api_keys_group() -> None:
    """Keys for the REST API."""


@api_keys_group.command("create")
@click.argument("domain")
@click.option("--label", default="made on the command line", show_default=True)
@click.option("--partner", help="The id of a partner in the program: the key opens what is for partners only.")
def api_keys_create(domain: str, label: str, partner: str | None) -> None:
    """Make a key; it is shown once."""
    with _started() as (_, world):
        shop = _find(world.database, domain)
        with world.database.transaction(shop.id) as session:
            key = api_keys.create(session, shop.id, label=label, now=world.clock(), partner=partner)
            made = api_keys.every(session, shop.id)[-1].key_id
            changelog.note(session, by=AUTHOR, deed="key.created", subject=made, now=world.clock())
        click.echo(f"Keep it safe, it is not shown again: {key}")


@api_keys_group.command("list")
@click.argument("domain")
def api_keys_list(domain: str) -> None:
    """The shop's keys by id; the keys themselves are not kept."""
    with _started() as (_, world):
        shop = _find(world.database, domain)
        with world.database.transaction() as session:
            known = api_keys.every(session, shop.id)
        table = Table("Id", "Label", "Made", "Revoked")
        for key in known:
            revoked = "" if key.revoked_at is None else f"{key.revoked_at:%Y-%m-%d %H:%M}"
            table.add_row(key.key_id, key.label, f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
        console.print(table)


@api_keys_group.command("revoke")
@click.argument("domain")
@click.argument("key_id")
def api_keys_revoke(domain: str, key_id: str) -> None:
    """Make a key open nothing any more; KEY_ID as `regulars api-keys list` shows it."""
    with _started() as (_, world):
        shop = _find(world.database, domain)
        with world.database.transaction(shop.id) as session:
            is_revoked = api_keys.revoke(session, shop.id, key_id, world.clock())
            if is_revoked:
                changelog.note(session, by=AUTHOR, deed="key.revoked", subject=key_id, now=world.clock())
        if not is_revoked:
            raise click.ClickException(f"{shop.domain} has no key {key_id} that still opens anything.")
        console.print("The key opens nothing any more.")


@main.command("end-roles")
@click.argument("domain")
def end_roles(domain: str) -> None:
    """Let all of a shop's staff change everything again, for when no owner can be reached."""
    with _started() as (_, world):
        shop = _find(world.database, domain)
        with world.database.transaction(shop.id) as session:
            count = staff.forget_roles(session, by=AUTHOR, now=world.clock())
        console.print("Everybody may change everything now." if count else "Nobody had a role.")


def _find(database: Database, domain: str) -> shops.Shop:
    with database.transaction() as session:
        return shops.find(session, domain)


if __name__ == "__main__":
    main()
