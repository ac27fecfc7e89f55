"""What only Shopify could have sent is believed, and nothing else: official vectors, forged tokens, fuzzed queries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shopify_app import ShopifyApp

from plugin import clock
from plugin.shopify import verify
from plugin.shopify.verify import Claims, NotFromShopify, ProxyRequest, TokenKind, WebhookHeaders

SECRET = "current-secret-of-at-least-32-bytes"
OLD_SECRET = "previous-secret-of-at-least-32-bytes"
FOREIGN_SECRET = "another-apps-secret-of-32-bytes-or-so"
CLIENT_ID = "0123456789abcdef0123456789abcdef"
SHOP = "brew.myshopify.com"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEYS = [SECRET.encode(), OLD_SECRET.encode()]


# --- Webhooks ---------------------------------------------------------------------------------------------------------


def signed(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_shopifys_own_webhook_vector_verifies() -> None:  # V4
    body, header = b'{"foo": "bar"}', "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="

    assert verify.verify_webhook(body, header, [b"test_secret_key"])
    assert verify.verify_webhook(body, header.encode(), [b"test_secret_key"])
    assert not verify.verify_webhook(body, header, [b"another_secret"])


def test_webhooks_signed_with_the_previous_secret_verify_while_it_is_kept() -> None:
    header = signed(b"{}", OLD_SECRET)

    assert verify.verify_webhook(b"{}", header, KEYS)
    assert not verify.verify_webhook(b"{}", header, KEYS[:1])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        signed(b"{}")[:-1],
        signed(b"{}") + "=",
        signed(b"{}") + "\n",
        " " + signed(b"{}"),
        signed(b"{}").lower(),
        signed(b"{} "),
        signed(b"{}", FOREIGN_SECRET),
        hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest(),
        "é" * 44,
        "\udcff",
        signed(b"{}").encode()[:-4] + b"\xff\xfe==",
        b"\x00" * 44,
    ],
)
def test_wrong_missing_truncated_and_non_ascii_signatures_are_refused_without_raising(
    header: str | bytes | None,
) -> None:
    assert verify.verify_webhook(b"{}", header, KEYS) is False


def test_an_empty_secret_verifies_nothing() -> None:
    header = base64.b64encode(hmac.new(b"", b"{}", hashlib.sha256).digest())

    assert not verify.verify_webhook(b"{}", header, [b""])
    assert not verify.verify_webhook(b"{}", header, [])


@given(st.binary(min_size=1, max_size=300), st.data())
def test_one_changed_bit_is_noticed(body: bytes, data: st.DataObject) -> None:
    header = signed(body)
    at = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[at // 8] ^= 1 << at % 8

    assert verify.verify_webhook(body, header, KEYS)
    assert not verify.verify_webhook(bytes(changed), header, KEYS)


def test_both_header_families_are_read_in_any_case_and_the_newer_one_wins() -> None:
    old = {"X-Shopify-Topic": "orders/paid", "x-shopify-shop-domain": SHOP, "X-SHOPIFY-WEBHOOK-ID": "w1"}
    new = {"shopify-topic": "orders/create", "shopify-event-id": "e2"}
    expected = WebhookHeaders(topic="orders/create", shop=SHOP, webhook_id="w1", event_id="e2")

    assert verify.webhook_headers([*old.items(), *new.items()]) == expected
    assert verify.webhook_headers([*new.items(), *old.items()]) == expected
    as_bytes = [(name.lower().encode(), value.encode()) for name, value in [*old.items(), *new.items()]]
    assert verify.webhook_headers(as_bytes) == expected


def test_triggered_at_is_read_to_the_microsecond_and_nonsense_is_none() -> None:
    read = [
        verify.webhook_headers([("X-Shopify-Triggered-At", text)]).triggered_at
        for text in (
            "2026-11-22T13:00:00.123456789+01:00",
            "2026-11-22T12:00:00Z",
            "2026-11-22T12:00:00",
            "soon",
            "9" * 99,
        )
    ]

    assert read == [NOW.replace(microsecond=123456), NOW, None, None, None]


@pytest.mark.parametrize(
    "shop", ["evil.com", "brew.myshopify.com.evil.com", "a b", "", "brew.myshopify.com/x", "é.myshopify.com"]
)
def test_a_shop_header_that_is_no_shop_reads_as_empty(shop: str) -> None:
    assert verify.webhook_headers([("X-Shopify-Shop-Domain", shop)]).shop == ""


@given(st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=300))))
@example([(b"x-shopify-topic", b"\xff\x00"), (b"shopify-triggered-at", b"0001-01-01T00:00:00+23:59")])
def test_no_header_can_break_the_reader(headers: list[tuple[bytes, bytes]]) -> None:
    read = verify.webhook_headers(headers)

    assert all(text.isascii() and text.isprintable() for text in (read.topic, read.webhook_id, read.signature))


# --- App proxy --------------------------------------------------------------------------------------------------------

OWN_NAMES = frozenset({"reward", "amount_off"})


def proxy_query(secret: str = SECRET, at: datetime = NOW, **changes: str | None) -> str:
    """A query as Shopify would send it; None removes a parameter."""
    params = {
        "shop": SHOP,
        "path_prefix": "/apps/loyalty",
        "timestamp": str(int(at.timestamp())),
        "logged_in_customer_id": "7001",
    }
    kept = {name: value for name, value in {**params, **changes}.items() if value is not None}
    return urlencode(kept) + "&signature=" + verify.app_proxy_signature(kept, secret.encode())


def proxied(query: str | bytes, now: datetime = NOW) -> ProxyRequest:
    return verify.verify_app_proxy(query, KEYS, now, names=OWN_NAMES)


def test_shopifys_own_app_proxy_vectors_sign_alike() -> None:  # V5, V6
    params: dict[str, str | list[str]] = {
        "extra": ["1", "2"],
        "shop": "shop-name.myshopify.com",
        "path_prefix": "/apps/awesome_reviews",
        "timestamp": "1317327555",
    }

    older = verify.app_proxy_signature(params, b"hush")
    newer = verify.app_proxy_signature(params | {"logged_in_customer_id": "1"}, b"hush")

    assert older == "a9718877bea71c2484f91608a7eaea1532bdf71f5c56825065fa4ccabe549ef3"
    assert newer == "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"


def test_shopifys_own_oauth_vectors_sign_alike() -> None:  # V1, V2: the same HMAC over "&"-joined pairs
    first = "code=a94a110d86d2452eb3e2af4cfb8a3828&shop=some-shop.myshopify.com&timestamp=1337178173"
    second = 'ids=["2", "1"]&shop=some-shop.myshopify.com'

    signatures = [
        verify.app_proxy_signature({text.split("=", 1)[0]: text.split("=", 1)[1]}, b"hush") for text in (first, second)
    ]

    assert signatures == [
        "2cb1a277650a659f1b11e92a4a64275b128e037f2c3390e3c8fd2d8721dac9e2",
        "b93b9f82996f6f8bf9f1b7bbddec284c8fabacdc4e12dc80550b4705f3003b1e",
    ]


def test_a_signed_in_shopper_and_a_visitor_are_read() -> None:
    assert proxied(proxy_query(reward="five off")) == ProxyRequest(SHOP, 7001, {"reward": "five off"})
    assert proxied(proxy_query(logged_in_customer_id="").encode()) == ProxyRequest(SHOP, None, {})
    assert proxied(proxy_query(logged_in_customer_id=None, secret=OLD_SECRET)) == ProxyRequest(SHOP, None, {})


@pytest.mark.parametrize(
    "query",
    [
        "",
        "signature=",
        proxy_query() + "x",
        proxy_query(FOREIGN_SECRET),
        proxy_query().replace("7001", "7002"),
        proxy_query(timestamp=None),
        proxy_query(timestamp=""),
        proxy_query(timestamp="not-a-number"),
        proxy_query(timestamp="Infinity"),
        proxy_query(timestamp="-Infinity"),
        proxy_query(timestamp="123.45"),
        proxy_query(timestamp="1e9"),
        proxy_query(timestamp="\u0663" * 10),
        proxy_query(at=NOW - timedelta(seconds=91)),
        proxy_query(at=NOW + timedelta(seconds=91)),
        proxy_query(shop=None),
        proxy_query(shop="evil.com"),
        proxy_query(shop="brew.myshopify.com.evil.com"),
        proxy_query(shop="Brew.myshopify.com"),
        proxy_query(logged_in_customer_id="7001x"),
        proxy_query(logged_in_customer_id="-7"),
        proxy_query(logged_in_customer_id="0"),
        proxy_query(logged_in_customer_id=str(2**63)),
        proxy_query(logged_in_customer_id="9" * 21),
        proxy_query(logged_in_customer_id="\u0667\u0660\u0660\u0661"),
        proxy_query(surprise="1"),
        proxy_query(reward="a=b"),
        proxy_query(reward="a&b"),
        proxy_query(reward="a\x00b"),
        proxy_query(reward="a\nb"),
        proxy_query(reward="x" * 129),
        proxy_query() + "&reward=%zz",
        proxy_query() + "&reward=%ff",
        proxy_query() + "&" + "reward=1&" * 2000,
        "logged_in_customer_id=999&" + proxy_query(),
        proxy_query() + "&logged_in_customer_id=999",
        proxy_query() + "&signature=" + "0" * 64,
        proxy_query() + "&shop=other.myshopify.com",
        proxy_query() + "&",
        proxy_query() + "é",
    ],
)
def test_a_query_that_is_forged_stale_repeated_or_ambiguous_is_refused(query: str) -> None:
    with pytest.raises(NotFromShopify):
        proxied(query)


def test_one_signature_cannot_be_read_as_another_customer() -> None:
    """A visitor's signed string `reward=xlogged_in_customer_id=999...` equals that of a query with the id as a parameter."""
    timestamp = str(int(NOW.timestamp()))
    spliced = {
        "amount_off": "1logged_in_customer_id=999path_prefix=/apps/loyalty",
        "shop": SHOP,
        "timestamp": timestamp,
    }
    honest = {
        "amount_off": "1",
        "logged_in_customer_id": "999",
        "path_prefix": "/apps/loyalty",
        "shop": SHOP,
        "timestamp": timestamp,
    }
    signature = verify.app_proxy_signature(spliced, KEYS[0])

    assert signature == verify.app_proxy_signature(honest, KEYS[0])
    with pytest.raises(NotFromShopify):
        proxied(urlencode(spliced) + "&signature=" + signature)


def test_the_signature_is_refused_within_the_window_only_by_its_age() -> None:
    assert proxied(proxy_query(at=NOW - timedelta(seconds=90))).customer_id == 7001
    assert proxied(proxy_query(at=NOW + timedelta(seconds=90))).customer_id == 7001


def test_a_route_cannot_ask_for_names_that_sort_in_two_ways() -> None:
    with pytest.raises(ValueError, match="sort order"):
        verify.verify_app_proxy(proxy_query(), KEYS, NOW, names=frozenset({"a", "a1"}))


def oracle(query: str, now: datetime) -> ProxyRequest | None:
    """What the rules say, written again from the documentation and sharing no code: None is a refusal."""
    if not re.fullmatch(r"[!-~]*", query) or len(query) > 4096 or re.search(r"%(?![0-9a-fA-F]{2})", query):
        return None
    pieces = query.split("&")
    try:
        pairs = [(unquoted(piece.split("=", 1)[0]), unquoted((piece + "=").split("=", 1)[1][:-1])) for piece in pieces]
    except UnicodeDecodeError:
        return None
    names = [name for name, _ in pairs]
    allowed = {"shop", "path_prefix", "timestamp", "logged_in_customer_id", "signature", *OWN_NAMES}
    if len(set(names)) != len(names) or not set(names) <= allowed:
        return None
    if any(re.search(r"[=&\x00-\x1f\x7f]", value) or len(value) > 128 for _, value in pairs):
        return None
    values = dict(pairs)
    message = "".join(sorted(f"{name}={value}" for name, value in pairs if name != "signature"))
    right = {hmac.new(key, message.encode(), hashlib.sha256).hexdigest() for key in KEYS}
    stamp, shop, customer = values.get("timestamp", ""), values.get("shop", ""), values.get("logged_in_customer_id", "")
    if values.get("signature") not in right or not re.fullmatch(r"[0-9]{1,12}", stamp):
        return None
    if abs(int(stamp) - now.timestamp()) > 90 or not re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]\.myshopify\.com", shop):
        return None
    if customer and not (re.fullmatch(r"[0-9]{1,20}", customer) and 0 < int(customer) < 2**63):
        return None
    own = {name: value for name, value in pairs if name in OWN_NAMES}
    return ProxyRequest(shop, int(customer) if customer else None, own)


def unquoted(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode()


NAMES = st.sampled_from(
    ["shop", "path_prefix", "timestamp", "logged_in_customer_id", "signature", "reward", "amount_off", "x"]
)
VALUES = st.one_of(
    st.sampled_from(
        [SHOP, "7001", "", str(int(NOW.timestamp())), str(int(NOW.timestamp()) - 91), "a=b", "evil.com", "é", "a b"]
    ),
    st.text(max_size=12),
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Queries near the right one: mostly signed rightly, sometimes with pieces repeated, cut, mangled or added."""
    params = {
        "shop": SHOP,
        "timestamp": str(int(NOW.timestamp())),
        "logged_in_customer_id": "7001",
        "path_prefix": "/apps/x",
    }
    params |= draw(st.dictionaries(NAMES.filter(lambda name: name != "signature"), VALUES, max_size=3))
    for name in draw(st.sets(st.sampled_from(sorted(params)), max_size=1)):
        del params[name]
    signature = verify.app_proxy_signature(params, draw(st.sampled_from([*KEYS, FOREIGN_SECRET.encode()])))
    pairs = [*params.items(), ("signature", signature), *draw(st.lists(st.tuples(NAMES, VALUES), max_size=1))]
    pairs = draw(st.permutations(pairs))
    query = "&".join(
        f"{quote(name)}={quote(value, safe=draw(st.sampled_from(['', '=/', '/'])))}" for name, value in pairs
    )
    return draw(
        st.sampled_from([query, query, query, query + "&", query[:-1], query.replace("%", "%%", 1), query + "&reward"])
    )


@given(queries())
def test_the_proxy_parser_agrees_with_an_independent_oracle(query: str) -> None:
    expected = oracle(query, NOW)

    try:
        read = proxied(query)
    except NotFromShopify:
        read = None

    assert read == expected


@given(st.binary(max_size=200))
def test_no_query_can_break_the_parser(query: bytes) -> None:
    with pytest.raises(NotFromShopify):
        proxied(query)


# --- Session tokens ---------------------------------------------------------------------------------------------------

STAFF_KINDS: tuple[TokenKind, ...] = ("admin", "pos")
BUYER_KINDS: tuple[TokenKind, ...] = ("checkout", "customer_account")
KINDS: tuple[TokenKind, ...] = STAFF_KINDS + BUYER_KINDS


def wall() -> datetime:
    """Tokens are also shown to Shopify's own verifier, which looks at the wall clock."""
    return clock.now().replace(microsecond=0)


def seconds() -> int:
    return int(wall().timestamp())


def payload(kind: TokenKind, **changes: Any) -> dict[str, Any]:
    """The claims Shopify puts into a token of this kind; None removes one."""
    issued = int(wall().timestamp())
    times = {"iat": issued, "nbf": issued, "jti": "f8912129-1af6-4cad-9ca3-76b0f7621087", "aud": CLIENT_ID}
    if kind in STAFF_KINDS:
        who = {
            "iss": f"https://{SHOP}/admin",
            "dest": f"https://{SHOP}",
            "sub": "42",
            "sid": "aaea182f2732d44c23057c0fea584021",
        }
        claims: dict[str, Any] = times | who | {"exp": issued + 60}
    else:
        claims = times | {"dest": SHOP, "sub": "gid://shopify/Customer/7001", "exp": issued + 300}
        if kind == "checkout":
            claims["iss"] = f"https://{SHOP}/checkouts"
    return {name: value for name, value in (claims | changes).items() if value is not None}


def token(
    claims: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256", headers: dict[str, Any] | None = None
) -> str:
    return jwt.encode(claims, secret, algorithm=algorithm, headers=headers)


def verified(text: str, kind: TokenKind, now: datetime | None = None) -> Claims:
    return verify.verify_token(
        text, kind, client_id=CLIENT_ID, client_secret=SECRET, old_client_secret=OLD_SECRET, now=now or wall()
    )


def is_accepted(text: str, kind: TokenKind, now: datetime | None = None) -> bool:
    try:
        verified(text, kind, now)
    except NotFromShopify:
        return False
    return True


def test_who_is_asking_is_read_from_each_kind() -> None:
    staff = verified(token(payload("admin")), "admin")
    buyer = verified(token(payload("checkout")), "checkout")
    guest = verified(token(payload("customer_account", sub=None)), "customer_account")

    assert (staff.shop, staff.staff_id, staff.customer_id) == (SHOP, 42, None)
    assert (buyer.shop, buyer.staff_id, buyer.customer_id) == (SHOP, None, 7001)
    assert (guest.shop, guest.staff_id, guest.customer_id) == (SHOP, None, None)


@pytest.mark.parametrize("shown_as", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_opens_only_the_surface_it_was_made_for(kind: TokenKind, shown_as: TokenKind) -> None:
    """POS and admin tokens are the same staff token at Shopify; a customer account's carries nothing a checkout's must have."""
    same_kind = (kind in STAFF_KINDS) == (shown_as in STAFF_KINDS) and (kind, shown_as) != (
        "checkout",
        "customer_account",
    )

    assert is_accepted(token(payload(kind)), shown_as) == same_kind


FORGERIES: dict[str, Any] = {
    "another secret": lambda kind: token(payload(kind), FOREIGN_SECRET),
    "no signature (alg none)": lambda kind: jwt.encode(payload(kind), "", algorithm="none"),
    "HS384": lambda kind: resigned(payload(kind), {"alg": "HS384", "typ": "JWT"}, hashlib.sha384),
    "HS512": lambda kind: resigned(payload(kind), {"alg": "HS512", "typ": "JWT"}, hashlib.sha512),
    "alg said to be RS256": lambda kind: resigned(payload(kind), {"alg": "RS256", "typ": "JWT"}),
    "critical header": lambda kind: resigned(payload(kind), {"alg": "HS256", "typ": "JWT", "crit": ["x"], "x": 1}),
    "payload swapped": lambda kind: swapped(token(payload(kind)), payload(kind, sub="43")),
    "another app": lambda kind: token(payload(kind, aud="f" * 32)),
    "audience list": lambda kind: token(payload(kind, aud=[CLIENT_ID])),
    "no audience": lambda kind: token(payload(kind, aud=None)),
    "no exp": lambda kind: token(payload(kind, exp=None)),
    "no nbf": lambda kind: token(payload(kind, nbf=None)),
    "no iat": lambda kind: token(payload(kind, iat=None)),
    "no jti": lambda kind: token(payload(kind, jti=None)),
    "exp as text": lambda kind: token(payload(kind, exp=str(seconds() + 60))),
    "exp as true": lambda kind: token(payload(kind, exp=True)),
    "lives a year": lambda kind: token(payload(kind, exp=seconds() + 31_536_000)),
    "expired": lambda kind: token(payload(kind, iat=1, nbf=1, exp=seconds() - 11)),
    "older than its cap": lambda kind: token(payload(kind, iat=seconds() - 320, exp=seconds() + 300)),
    "not yet valid": lambda kind: token(payload(kind, nbf=seconds() + 30)),
    "issued in the future": lambda kind: token(payload(kind, iat=seconds() + 30)),
    "no dest": lambda kind: token(payload(kind, dest=None)),
    "dest evil.com": lambda kind: token(payload(kind, dest="https://evil.com")),
    "dest with a path": lambda kind: token(payload(kind, dest=f"https://{SHOP}/x")),
    "dest with upper case": lambda kind: token(payload(kind, dest="https://Brew.myshopify.com")),
    "dest with a suffix": lambda kind: token(payload(kind, dest=f"https://{SHOP}.evil.com")),
    "dest as a list": lambda kind: token(payload(kind, dest=[SHOP])),
    "issuer of another shop": lambda kind: token(payload(kind, iss="https://other.myshopify.com/admin")),
    "issuer as a number": lambda kind: resigned(payload(kind, iss=7), {"alg": "HS256", "typ": "JWT"}),
    "sub as a list": lambda kind: token(payload(kind, sub=["42"])),
    "sub of another resource": lambda kind: token(payload(kind, sub="gid://shopify/Order/1")),
    "sub beyond 63 bits": lambda kind: token(payload(kind, sub=f"gid://shopify/Customer/{2**63}")),
    "sub empty": lambda kind: token(payload(kind, sub="")),
    "Bearer in front": lambda kind: "Bearer " + token(payload(kind)),
    "two parts": lambda kind: token(payload(kind)).rsplit(".", 1)[0],
    "empty": lambda _: "",
    "not ASCII": lambda kind: token(payload(kind)) + "é",
    "very long": lambda kind: token(payload(kind, junk="x" * 5000)),
    "not JSON inside": lambda _: "e30.e30.e30",
}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def resigned(claims: dict[str, Any], header: dict[str, Any], digest: Any = hashlib.sha256) -> str:
    """A token with any header and claims, signed rightly with HMAC under `digest`."""
    text = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{text}.{b64(hmac.new(SECRET.encode(), text.encode(), digest).digest())}"


def swapped(text: str, claims: dict[str, Any]) -> str:
    header, _, signature = text.split(".")
    return f"{header}.{b64(json.dumps(claims).encode())}.{signature}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing(forgery: str, kind: TokenKind) -> None:
    forged = FORGERIES[forgery](kind)

    accepted_as = [shown_as for shown_as in KINDS if is_accepted(forged, shown_as)]

    assert accepted_as == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_our_own_checks_need_nobodys_help_to_refuse_a_forgery(
    forgery: str, kind: TokenKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_check_with_shopifyapp", lambda *_: None)

    accepted_as = [shown_as for shown_as in KINDS if is_accepted(FORGERIES[forgery](kind), shown_as)]

    assert accepted_as == []


@pytest.mark.parametrize("missing", ["iss", "dest", "sub", "sid"])
def test_a_staff_token_needs_every_claim_that_makes_it_one(missing: str) -> None:
    assert not is_accepted(token(payload("admin", **{missing: None})), "admin")


@pytest.mark.parametrize(
    "claims",
    [
        {"sid": "aaea182f2732d44c23057c0fea584021"},
        {"iss": f"https://{SHOP}/admin"},
        {"iss": f"https://{SHOP}/admin/"},
        {"iss": "https://other.myshopify.com/checkouts"},
        {"iss": "http://brew.myshopify.com/checkouts"},
        {"sub": "7001"},
    ],
)
def test_a_buyers_token_with_anything_of_staff_or_another_shop_is_refused(claims: dict[str, Any]) -> None:
    assert not is_accepted(token(payload("checkout", **claims)), "checkout")


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_of_the_previous_secret_are_accepted_while_it_is_kept(kind: TokenKind) -> None:
    text = token(payload(kind), OLD_SECRET)

    assert is_accepted(text, kind)
    with pytest.raises(NotFromShopify):
        verify.verify_token(text, kind, client_id=CLIENT_ID, client_secret=SECRET, old_client_secret=None, now=wall())


def test_ten_seconds_of_clock_difference_are_forgiven_and_not_twelve() -> None:
    now = wall()
    text = token(payload("admin"))

    assert is_accepted(text, "admin", now + timedelta(seconds=68))
    assert not is_accepted(text, "admin", now + timedelta(seconds=72))
    assert is_accepted(text, "admin", now - timedelta(seconds=8))
    assert not is_accepted(text, "admin", now - timedelta(seconds=12))


def test_shopifys_own_verifier_must_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever shopifyapp learns to refuse, we refuse: here it is made to know another audience than ours."""
    text = token(payload("admin"))
    monkeypatch.setattr(verify, "ShopifyApp", lambda _, secret, old: ShopifyApp("another-app", secret, old))

    assert not is_accepted(text, "admin")


@given(st.text(max_size=200))
def test_no_text_can_break_the_token_verifier(text: str) -> None:
    assert not any(is_accepted(text, kind) for kind in KINDS)


# --- Domains and framing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("domain", ["my-shop.myshopify.com", "brew.myshopify.com", "0ab.myshopify.com"])
def test_a_full_shop_domain_is_accepted_as_it_is(domain: str) -> None:
    assert verify.shop_domain(domain) == domain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "my-shop",
        "http://my-shop.myshopify.com",
        "https://my-shop.myshopify.com/",
        "My-Shop.myshopify.com",
        " my-shop.myshopify.com",
        "my-shop.myshopify.com\n",
        "myshop.com",
        "myshopify.com",
        ".myshopify.com",
        "shopify.com",
        "two words",
        "store.myshopify.com.evil.com",
        "/foo/bar",
        "/foo.myshopify.io.evil.ru",
        "%0a123.myshopify.io ",
        "foo.bar.myshopify.com",
        "foo.bar.myshopify.io",
        "attacker.com/.myshopify.com",
        "shop.myshopify.com@evil.com",
        "evil@shop.myshopify.com",
        "test-shop.notmyshopify.com",
        "notshopify.com",
        "-invalid.myshopify.com",
        "shop_1.myshopify.com",
        "shöp.myshopify.com",
        "shop.myshopify.com:443",
        "a" * 64 + ".myshopify.com",
        "a.myshopify.com",
        "shop-.myshopify.com",
    ],
)
def test_everything_else_is_no_shop(text: str) -> None:
    """The last two pass our own pattern: it is ShopifyAPI that knows them to be no shops."""
    with pytest.raises(NotFromShopify):
        verify.shop_domain(text)


@given(st.text(alphabet="abz09-._/@:%\n ", max_size=30))
def test_a_domain_that_is_accepted_is_a_bare_host_of_one_label(text: str) -> None:
    try:
        domain = verify.shop_domain(text + ".myshopify.com")
    except NotFromShopify:
        return

    assert re.fullmatch(r"[a-z0-9-]+\.myshopify\.com", domain)


def test_only_this_shops_admin_may_frame_a_page() -> None:
    assert verify.frame_ancestors(SHOP) == f"frame-ancestors https://{SHOP} https://admin.shopify.com"
    assert verify.frame_ancestors(None) == "frame-ancestors 'none'"
    assert verify.frame_ancestors(SHOP, also=["http://admin.localhost:9999"]).endswith(" http://admin.localhost:9999")
    with pytest.raises(NotFromShopify):
        verify.frame_ancestors("evil.com https://x")
