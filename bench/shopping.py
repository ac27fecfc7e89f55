"""What shoppers wait for: the panel's data beside a load of webhooks, and the way from a click to the code in the cart.

Requests are sent when they are due, whether or not the ones before were answered; waiting counts from the intended instant.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import httpx

from bench import bodies, books, draining, holding, load, shopfront, stage, table
from bench.run import Run, median
from bench.shopfront import Shopfront, signed
from plugin.loyalty.program import default_program
from plugin.shopify.webhook_facts import read_order

PANEL = "/proxy/panel/home"
RATE = 200
WEBHOOKS_A_SECOND = 300
CONNECTIONS = 32
DELAY_MS = 300
PANEL_MEMBERS = 2_000
PANEL_LIMIT_MS = 30
CLICK_LIMIT_S = 1.0
AT_ONCE = 3
"""Shoppers who click at the same time."""

_shops = count(1)


def measure(run: Run) -> list[table.Row]:
    """The panel's data, then clicks, quiet and while orders drain."""
    return [*_panel(run), *_clicks(run)]


# --- the panel's data ---------------------------------------------------------------------------------------------------


def _panel(run: Run) -> list[table.Row]:
    database = run.stage.database()
    shop = stage.add_shop(database, f"panel-{next(_shops)}.myshopify.com", default_program("USD", is_live=True))
    holding.wealthy(run, shop, PANEL_MEMBERS)
    seen = []
    with stage.own_web(run.stage, workers=2) as (port, _):
        asyncio.run(_asked(port, shop.domain, RATE, 1.0))  # every process has read the program once
        for number in range(run.size.rounds):
            with _webhooks(run, port, shop.domain, run.size.seconds):
                times = asyncio.run(_asked(port, shop.domain, RATE, run.size.seconds))
            seen.append(_percentile(times, 95))
            run.say(f"  round {number + 1}, panel: p50 {_percentile(times, 50):.1f} ms, p95 {seen[-1]:.1f} ms")
    words = f"{RATE}/s of {PANEL_MEMBERS:,} members, beside {WEBHOOKS_A_SECOND} webhooks/s"
    return [table.below("panel data in one request, p95", median(seen), PANEL_LIMIT_MS, unit="ms", against=words)]


@contextmanager
def _webhooks(run: Run, port: int, domain: str, seconds: float) -> Iterator[None]:
    sending = threading.Thread(
        target=load.send,
        args=(port, run.bodies),
        kwargs={"shop": domain, "connections": 16, "seconds": seconds, "rate": WEBHOOKS_A_SECOND},
    )
    sending.start()
    yield
    sending.join()


async def _asked(port: int, domain: str, rate: float, seconds: float) -> list[float]:
    """Milliseconds of every answer, from the instant it was due."""
    times: list[float] = []
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def ask(due: float, number: int) -> None:
        reader, writer = await free.get()
        query = signed(domain, books.FIRST_CUSTOMER + number * 7919 % PANEL_MEMBERS)
        writer.write(
            f"GET {PANEL}?{query} HTTP/1.1\r\nHost: bench\r\nX-Forwarded-For: 192.0.2.{number % 250}\r\n\r\n".encode()
        )
        await _answered(reader)
        times.append((time.perf_counter() - due) * 1000)
        free.put_nowait((reader, writer))

    began = time.perf_counter()
    asking = []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asking.append(asyncio.create_task(ask(due, number)))
    await asyncio.gather(*asking)
    while not free.empty():
        _, writer = free.get_nowait()
        writer.close()
    return times


async def _answered(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the panel's data was refused: {head[:60]!r}")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))


def _percentile(values: list[float], share: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


# --- from the click to the code in the cart -----------------------------------------------------------------------------


def _clicks(run: Run) -> list[table.Row]:
    number = run.size.clicks
    with (
        shopfront.opened(run.stage, customers=2 * number, delay_ms=DELAY_MS) as front,
        stage.own_worker(run.stage, environment=shopfront.environment_of(front.store_port)),
    ):
        calm = _clicked(front, front.customers[:number])
        shop_id = _begin_drain(run)
        beside = _clicked(front, front.customers[number:])
        [(left,)] = run.stage.run_sql(f"SELECT count(*) FROM inbox WHERE shop_id = {shop_id} AND done_at IS NULL")
    orders = run.size.drain_beside
    words = f"{DELAY_MS} ms of Shopify for the code and again for the cart; p50 {median(calm):.2f} s"
    busy = f"while {orders:,} orders drain ({left:,} left at the end); p50 {median(beside):.2f} s"
    return [
        _within("click to code in the cart, p95", calm, words),
        _within("the same beside a drain, p95", beside, busy),
    ]


def _clicked(front: Shopfront, customers: list[int]) -> list[float]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda customer: _click(front, customer), customers))


def _within(measure_name: str, seconds: list[float], against: str) -> table.Row:
    p95 = _percentile(seconds, 95)
    return table.Row(measure_name, f"{p95:.2f} s", against, "", f"at most {CLICK_LIMIT_S:g} s", p95 <= CLICK_LIMIT_S)


def _begin_drain(run: Run) -> int:
    """Another shop's orders, all at once in the inbox, the first of them settled; the shop's id."""
    database = run.stage.database()
    shop = stage.add_shop(database, f"drains-{next(_shops)}.myshopify.com", default_program("USD", is_live=True))
    orders = [read_order(body) for body in bodies.read(run.bodies, limit=run.size.drain_beside)]
    draining.fill_inbox(database, shop.id, orders)
    while not run.stage.run_sql(f"SELECT 1 FROM entries WHERE shop_id = {shop.id} LIMIT 1"):
        time.sleep(0.05)
    return shop.id


def _click(front: Shopfront, customer_id: int) -> float:
    """Seconds from the click on a reward until the code counts in the cart. The page was open before, the cart filled."""
    app = httpx.Client(base_url=f"http://127.0.0.1:{front.web_port}/proxy", timeout=10)
    store = httpx.Client(base_url=f"http://127.0.0.1:{front.store_port}", headers={"Host": front.host}, timeout=10)
    with app, store:
        store.get("/_devstore/act-as", params={"customer": str(customer_id), "next": "/cart.js"})
        store.post("/cart/add.js", json={"id": front.variant, "quantity": 3})
        nonce = app.get(f"/state?{signed(front.shop.domain, customer_id)}").json()["nonce"]
        body = {"reward_id": "amount-off", "request_key": uuid.uuid4().hex, "nonce": nonce}
        began = time.perf_counter()
        answer = app.post(f"/redeem?{signed(front.shop.domain, customer_id)}", json=body).json()
        code = _code(
            answer, lambda: app.get(f"/redemption/{answer['id']}?{signed(front.shop.domain, customer_id)}").json()
        )
        cart = store.post("/cart/update.js", json={"discount": code}).json()
        took = time.perf_counter() - began
    if not any(each["code"] == code and each["applicable"] for each in cart["discount_codes"]):
        raise RuntimeError("the code does not count in the cart: this is no measurement")
    return took


def _code(answer: dict[str, str], again: Callable[[], dict[str, str]]) -> str:
    """The code, asked for again as the panel does while it is being made."""
    for wait in (0.4, 0.6, 0.9, 1.3, 2.0, 3.0, 5.0):
        if answer.get("code"):
            break
        time.sleep(wait)
        answer = again()
    return answer["code"]
