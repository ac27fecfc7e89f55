"""What the demo shop sells: coffee by origin, tea, the things to brew them with, and homeware.

The catalogue is data without behaviour of a shop: the demo fills a world with it, and the storefront asks it for the
picture of a product by handle. Prices are in US dollars; `price_in` gives a plausible shelf price in another currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from devstore.storefront.art import Picture

ROASTER = "Halden Roasters"
TEA_HOUSE = "North Leaf"
POTTERY = "Kiln Street"
TOOLS = "Slow Tools"
PANTRY = "Larder & Co"


@dataclass(frozen=True)
class CatalogueVariant:
    """One size of a product: `price` in US dollars, `grams` for shipping."""

    title: str
    price: Decimal
    sku: str
    grams: int


@dataclass(frozen=True)
class CatalogueProduct:
    """One product of the shop; `collections` are collection handles, the first variant is the default one."""

    handle: str
    title: str
    product_type: str
    vendor: str
    tags: tuple[str, ...]
    collections: tuple[str, ...]
    tagline: str
    description: str
    variants: tuple[CatalogueVariant, ...]
    art: Picture
    is_gift_card: bool = False
    is_subscription: bool = False

    @property
    def price(self) -> Decimal:
        """Price of the default variant in US dollars."""
        return self.variants[0].price


@dataclass(frozen=True)
class CatalogueCollection:
    """One shelf of the shop."""

    handle: str
    title: str
    description: str


COLLECTIONS = (
    CatalogueCollection(
        "coffee", "Coffee", "Single origins and two house blends, roasted in small batches every Tuesday."
    ),
    CatalogueCollection("tea", "Tea", "Whole leaf from gardens we know by name, packed in tins that close properly."),
    CatalogueCollection("brewing", "Brewing", "Quiet, sturdy tools that make a good cup easier."),
    CatalogueCollection("homeware", "Homeware", "Cups, boards and linen for the table they end up on."),
    CatalogueCollection("gifts", "Gifts", "Wrapped and ready, for people who are hard to shop for."),
)

# What a US dollar costs on a shelf elsewhere, and the step shelf prices are rounded to.
_SHELF: Mapping[str, tuple[Decimal, Decimal]] = MappingProxyType(
    {
        "USD": (Decimal(1), Decimal("0.01")),
        "EUR": (Decimal("0.95"), Decimal("0.50")),
        "GBP": (Decimal("0.82"), Decimal("0.50")),
        "CAD": (Decimal("1.35"), Decimal("0.50")),
        "JPY": (Decimal(150), Decimal(10)),
    }
)


def price_in(currency: str, dollars: Decimal) -> Decimal:
    """Return the shelf price in `currency` (ISO code) for a price in US dollars; raises KeyError for one we do not price."""
    rate, step = _SHELF[currency]
    return (dollars * rate / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def product(handle: str) -> CatalogueProduct | None:
    """Return the catalogue's product of that handle, or None when the shop sells something of its own."""
    return _BY_HANDLE.get(handle)


def _coffee(
    handle: str, title: str, price: str, *, tags: tuple[str, ...], tagline: str, description: str, art: Picture
) -> CatalogueProduct:
    small = Decimal(price)
    sizes = (
        CatalogueVariant("250 g", small, f"C-{handle[:4].upper()}-250", 270),
        CatalogueVariant("1 kg", (small * Decimal("3.6")).quantize(Decimal(1)), f"C-{handle[:4].upper()}-1K", 1040),
    )
    return CatalogueProduct(handle, title, "Coffee", ROASTER, tags, ("coffee",), tagline, description, sizes, art)


def _tea(
    handle: str, title: str, price: str, *, tags: tuple[str, ...], tagline: str, description: str, art: Picture
) -> CatalogueProduct:
    sizes = (CatalogueVariant("100 g tin", Decimal(price), f"T-{handle[:4].upper()}-100", 190),)
    return CatalogueProduct(handle, title, "Tea", TEA_HOUSE, tags, ("tea",), tagline, description, sizes, art)


def _thing(
    handle: str,
    title: str,
    price: str,
    *,
    kind: str,
    vendor: str,
    shelves: tuple[str, ...],
    tagline: str,
    description: str,
    art: Picture,
    grams: int = 400,
    tags: tuple[str, ...] = (),
) -> CatalogueProduct:
    only = (CatalogueVariant("Default Title", Decimal(price), f"H-{handle[:6].upper()}", grams),)
    return CatalogueProduct(handle, title, kind, vendor, tags, shelves, tagline, description, only, art)


PRODUCTS = (
    _coffee(
        "yirgacheffe-kochere",
        "Yirgacheffe Kochere",
        "19.00",
        tags=("single-origin", "light-roast", "ethiopia", "best-seller"),
        tagline="Jasmine, lemon, honey",
        description="From 640 smallholders around Kochere in southern Ethiopia. Washed, dried on raised beds, and roasted light: floral at first, then honey as it cools.",
        art=Picture("bag", "#f3e3cf", "#d98a4b", "#5b7f63", "Kochere", "ETHIOPIA · 250 g", "sun"),
    ),
    _coffee(
        "huila-el-mirador",
        "Huila El Mirador",
        "18.00",
        tags=("single-origin", "medium-roast", "colombia"),
        tagline="Red apple, caramel, cocoa",
        description="Elkin Guzmán grows this on the slopes above Pitalito in Huila, Colombia. Round, sweet and easy to like from the first pot.",
        art=Picture("bag", "#e4eadf", "#5f7f6a", "#e9b44c", "El Mirador", "COLOMBIA · 250 g", "mountains"),
    ),
    _coffee(
        "nyeri-gatomboya",
        "Nyeri Gatomboya",
        "22.00",
        tags=("single-origin", "light-roast", "kenya"),
        tagline="Blackcurrant, grapefruit",
        description="A washing station in Nyeri, Kenya, known for coffee that tastes of blackcurrant. It does. Best as filter, a little cooler than you think.",
        art=Picture("bag", "#f3dde0", "#8c3b4a", "#e9a6a6", "Gatomboya", "KENYA · 250 g", "cherry"),
    ),
    _coffee(
        "antigua-volcan",
        "Antigua Volcán",
        "17.50",
        tags=("single-origin", "medium-roast", "guatemala"),
        tagline="Milk chocolate, orange",
        description="Grown in volcanic soil between Agua and Acatenango in Guatemala. Full body, gentle orange, the coffee we drink ourselves at six in the morning.",
        art=Picture("bag", "#e9e2da", "#6b4f43", "#e07a4f", "Antigua", "GUATEMALA · 250 g", "volcano"),
    ),
    _coffee(
        "sidamo-natural",
        "Sidama Natural",
        "21.00",
        tags=("single-origin", "light-roast", "ethiopia", "natural"),
        tagline="Strawberry, rose, cream",
        description="Whole cherries dried in the sun for three weeks in Sidama, Ethiopia. Jammy and wild, and very good over ice.",
        art=Picture("bag", "#fae3dd", "#d4655e", "#f4b9a7", "Sidama", "ETHIOPIA · 250 g", "flower"),
    ),
    _coffee(
        "sumatra-gayo",
        "Sumatra Gayo",
        "18.50",
        tags=("single-origin", "dark-roast", "indonesia"),
        tagline="Cedar, dark sugar, spice",
        description="Wet-hulled in the Gayo highlands of Aceh, Indonesia. Heavy, low in acidity and happy with milk.",
        art=Picture("bag", "#dfe6e3", "#2f5d56", "#c9a227", "Gayo", "SUMATRA · 250 g", "terraces"),
    ),
    _coffee(
        "house-espresso",
        "Night Shift Espresso",
        "16.50",
        tags=("blend", "dark-roast", "espresso", "best-seller"),
        tagline="Dark chocolate, hazelnut",
        description="Our house espresso: Brazil for body, Guatemala for sweetness. Forgiving in any machine and loud enough for milk.",
        art=Picture("bag", "#dde1ea", "#333f5c", "#d9b65a", "Night Shift", "ESPRESSO · 250 g", "moon"),
    ),
    _coffee(
        "slow-decaf",
        "Slow Sunday Decaf",
        "17.00",
        tags=("decaf", "medium-roast", "mexico"),
        tagline="Toffee, walnut, no regrets",
        description="Mountain-water decaf from Chiapas, Mexico. Tastes like coffee, sleeps like tea.",
        art=Picture("bag", "#e6edf2", "#7a9bb0", "#f2d7a6", "Slow Sunday", "DECAF · 250 g", "waves"),
    ),
    _tea(
        "darjeeling-first-flush",
        "Darjeeling First Flush",
        "24.00",
        tags=("black", "india", "best-seller"),
        tagline="Spring grass, muscatel",
        description="The first two leaves of the year from Tumsong, Darjeeling, picked in the last week of March. Brew it short.",
        art=Picture("tin", "#e8eddc", "#6f8f57", "#d9a441", "Darjeeling", "FIRST FLUSH · 100 g", "mountains"),
    ),
    _tea(
        "uji-sencha",
        "Uji Sencha",
        "21.00",
        tags=("green", "japan"),
        tagline="Sea air, sweet corn",
        description="Steamed green tea from Wazuka near Kyoto. Bright at 70 °C, bitter at 90: now you know.",
        art=Picture("tin", "#dcebe3", "#2f7d62", "#b8d8a8", "Sencha", "UJI, JAPAN · 100 g", "terraces"),
    ),
    _tea(
        "iron-goddess-oolong",
        "Iron Goddess Oolong",
        "27.00",
        tags=("oolong", "china"),
        tagline="Orchid, toasted rice",
        description="Tieguanyin from Anxi, rolled tight and roasted over charcoal. Good for seven infusions and a long afternoon.",
        art=Picture("tin", "#efe6da", "#8a6a4f", "#d98a4b", "Iron Goddess", "ANXI OOLONG · 100 g", "flower"),
    ),
    _tea(
        "breakfast-no-1",
        "Breakfast No. 1",
        "14.00",
        tags=("black", "blend", "best-seller"),
        tagline="Malt, copper, toast",
        description="Assam, Kenya and a little Ceylon. Strong, quick and made for milk.",
        art=Picture("tin", "#f5e1d5", "#b5523b", "#f2c078", "Breakfast", "No. 1 · 100 g", "sun"),
    ),
    _tea(
        "earl-grey-bergamot",
        "Earl Grey Bergamot",
        "15.50",
        tags=("black", "flavoured"),
        tagline="Calabrian bergamot",
        description="Ceylon with oil pressed from real bergamot. Nothing blue in it except the tin.",
        art=Picture("tin", "#e0e6f0", "#4b6390", "#f0b94d", "Earl Grey", "BERGAMOT · 100 g", "citrus"),
    ),
    _tea(
        "garden-mint",
        "Garden Mint",
        "12.00",
        tags=("herbal", "caffeine-free"),
        tagline="Peppermint, nothing else",
        description="One ingredient, cut coarse so it stays out of your teeth.",
        art=Picture("tin", "#def0e8", "#3d9278", "#9fd8b4", "Garden Mint", "HERBAL · 100 g", "leaf"),
    ),
    _thing(
        "ceremonial-matcha-set",
        "Matcha Set",
        "58.00",
        kind="Tea",
        vendor=TEA_HOUSE,
        shelves=("tea", "gifts"),
        tags=("green", "japan", "set"),
        tagline="Bowl, whisk and 30 g of matcha",
        description="A hand-thrown bowl, a bamboo whisk and stone-ground matcha from Nishio: everything for the ten calmest minutes of the day.",
        art=Picture("matcha", "#e6eede", "#5b534b", "#7fae4f"),
        grams=720,
    ),
    _thing(
        "cone-dripper",
        "Cone Dripper & Server",
        "46.00",
        kind="Brewer",
        vendor=TOOLS,
        shelves=("brewing",),
        tags=("filter", "best-seller"),
        tagline="Stoneware cone, 600 ml server",
        description="A ribbed stoneware cone that holds its heat, on a glass server with a beech collar.",
        art=Picture("dripper", "#e6ded4", "#f2e8d8", "#a8703f"),
        grams=980,
    ),
    _thing(
        "gooseneck-kettle",
        "Gooseneck Kettle",
        "89.00",
        kind="Kettle",
        vendor=TOOLS,
        shelves=("brewing",),
        tags=("electric", "best-seller"),
        tagline="0.9 l, holds its temperature",
        description="Pours as slowly as you like and keeps the water at the degree you set. Brushed steel, walnut handle.",
        art=Picture("kettle", "#dfe7e6", "#34474a", "#b07a4a"),
        grams=1350,
    ),
    _thing(
        "french-press",
        "French Press",
        "39.00",
        kind="Brewer",
        vendor=TOOLS,
        shelves=("brewing",),
        tags=("immersion",),
        tagline="Borosilicate, four cups",
        description="Double mesh, a lid that stays on and a frame you can lift with one sleepy hand.",
        art=Picture("press", "#ece3dc", "#6d5a50", "#b98657"),
        grams=860,
    ),
    _thing(
        "hand-grinder",
        "Hand Grinder",
        "74.00",
        kind="Grinder",
        vendor=TOOLS,
        shelves=("brewing",),
        tags=("grinder",),
        tagline="Steel burrs, 30 g",
        description="Forty turns to a cup. Conical steel burrs, a stepped dial and a handle that folds into a drawer.",
        art=Picture("grinder", "#e3e5e0", "#3d4a45", "#a8703f", "Slow Tools"),
        grams=610,
    ),
    _thing(
        "moka-pot",
        "Moka Pot",
        "34.00",
        kind="Brewer",
        vendor=TOOLS,
        shelves=("brewing",),
        tags=("stovetop",),
        tagline="Three cups, gas or induction",
        description="The small loud one for the stove. Steel, so it also works on induction.",
        art=Picture("moka", "#ebe3ea", "#b9bcc0", "#3b3433"),
        grams=540,
    ),
    _thing(
        "pocket-scale",
        "Brew Scale",
        "48.00",
        kind="Accessory",
        vendor=TOOLS,
        shelves=("brewing",),
        tags=("scale",),
        tagline="To the tenth of a gram",
        description="Weighs the beans and times the pour. Rechargeable; wipes clean.",
        art=Picture("scale", "#e5e7ea", "#3a4045", "#c58b5a"),
        grams=420,
    ),
    _thing(
        "paper-filters",
        "Paper Filters",
        "6.50",
        kind="Accessory",
        vendor=TOOLS,
        shelves=("brewing",),
        tags=("consumable",),
        tagline="100 sheets, size 02",
        description="Oxygen-bleached, so the coffee is all you taste.",
        art=Picture("filters", "#efe7dc", "#7a8b74", "#b98657", "Filters", "100 SHEETS · 02"),
        grams=160,
    ),
    _thing(
        "ember-mug",
        "Ember Mug",
        "24.00",
        kind="Mug",
        vendor=POTTERY,
        shelves=("homeware",),
        tags=("stoneware", "best-seller"),
        tagline="Stoneware, 350 ml",
        description="Thrown in Stoke, dipped twice. The glaze breaks a little differently on every one.",
        art=Picture("mug", "#f4e2d6", "#c26d4f", "#f5e8d6"),
        grams=430,
    ),
    _thing(
        "tide-mug",
        "Tide Mug",
        "24.00",
        kind="Mug",
        vendor=POTTERY,
        shelves=("homeware",),
        tags=("stoneware",),
        tagline="Stoneware, 350 ml",
        description="The same mug on a colder day. Dishwasher safe, though it likes to be washed by hand.",
        art=Picture("mug", "#dfe9ec", "#4d7c8a", "#e7dfd1"),
        grams=430,
    ),
    _thing(
        "espresso-cups",
        "Espresso Cups, Pair",
        "29.00",
        kind="Mug",
        vendor=POTTERY,
        shelves=("homeware", "gifts"),
        tags=("porcelain", "set"),
        tagline="Porcelain, 80 ml",
        description="Two small cups with saucers, one sand, one moss. Thick enough to keep a ristretto warm.",
        art=Picture("espresso_cups", "#ece5d8", "#c9a77c", "#6f8068"),
        grams=520,
    ),
    _thing(
        "round-teapot",
        "Round Teapot",
        "62.00",
        kind="Teapot",
        vendor=POTTERY,
        shelves=("homeware", "tea"),
        tags=("stoneware",),
        tagline="Stoneware, 900 ml",
        description="A pot with a proper spout that does not drip. Basket strainer included.",
        art=Picture("teapot", "#e6e4ee", "#6a6796", "#e8dfd0"),
        grams=1120,
    ),
    _thing(
        "commuter-tumbler",
        "Commuter Tumbler",
        "32.00",
        kind="Tumbler",
        vendor=TOOLS,
        shelves=("homeware",),
        tags=("travel",),
        tagline="Steel, 360 ml, no leaks",
        description="Hot for four hours, upside down in a bag for all of them. We tried.",
        art=Picture("tumbler", "#e0ebe6", "#3f6f63", "#c26d4f", "to go"),
        grams=310,
    ),
    _thing(
        "bean-canister",
        "Bean Canister",
        "38.00",
        kind="Storage",
        vendor=POTTERY,
        shelves=("homeware", "brewing"),
        tags=("storage",),
        tagline="Holds 500 g, airtight",
        description="Ceramic with a beech lid and a silicone seal. Keeps beans in the dark, where they are happiest.",
        art=Picture("canister", "#efe2d0", "#f3ece0", "#a8794f", "beans"),
        grams=900,
    ),
    _thing(
        "linen-towel",
        "Linen Tea Towel",
        "18.00",
        kind="Linen",
        vendor=POTTERY,
        shelves=("homeware",),
        tags=("linen",),
        tagline="Washed linen, 50 × 70 cm",
        description="Gets softer every week and dries a French press without leaving fluff behind.",
        art=Picture("towel", "#e4e9ec", "#f5f0e6", "#4b6390", motif="leaf"),
        grams=150,
    ),
    _thing(
        "olive-board",
        "Olive Wood Board",
        "44.00",
        kind="Board",
        vendor=POTTERY,
        shelves=("homeware", "gifts"),
        tags=("wood",),
        tagline="For bread and for looking at",
        description="Cut from one plank, oiled by hand. Each has its own grain.",
        art=Picture("board", "#e9ece0", "#c79a62", "#7f9a63"),
        grams=780,
    ),
    _thing(
        "cardamom-candle",
        "Cardamom Candle",
        "26.00",
        kind="Candle",
        vendor=PANTRY,
        shelves=("homeware", "gifts"),
        tags=("candle",),
        tagline="Cardamom, fig, smoke",
        description="Rapeseed wax, forty hours. Smells like the kitchen of someone who bakes.",
        art=Picture("candle", "#efe0d9", "#9a5b4f", "#7a8b5c", "Cardamom", "40 HOURS", "leaf"),
        grams=480,
    ),
    _thing(
        "forest-honey",
        "Forest Honey",
        "13.50",
        kind="Pantry",
        vendor=PANTRY,
        shelves=("gifts",),
        tags=("pantry",),
        tagline="Dark, from lime and oak",
        description="From one beekeeper with forty hives and no plans to grow.",
        art=Picture("jar", "#f6e8c9", "#d98f2b", "#7a4a2c", "Forest Honey", "350 g", "flower"),
        grams=620,
    ),
    _thing(
        "single-origin-chocolate",
        "Tanzania 72% Chocolate",
        "8.50",
        kind="Pantry",
        vendor=PANTRY,
        shelves=("gifts",),
        tags=("pantry",),
        tagline="Two ingredients, 70 g",
        description="Cocoa from Kokoa Kamili and raw sugar. Snaps properly.",
        art=Picture("chocolate", "#e7dfe6", "#5c4a7d", "#f0b94d", "Tanzania 72%", "70 g", "cherry"),
        grams=90,
    ),
    _thing(
        "oat-biscuits",
        "Oat & Cardamom Biscuits",
        "9.00",
        kind="Pantry",
        vendor=PANTRY,
        shelves=("gifts",),
        tags=("pantry",),
        tagline="For dunking, 240 g",
        description="Baked twice so they survive the dunk.",
        art=Picture("biscuits", "#dfeae8", "#3f7a7d", "#f0c987", "Oat & Cardamom", "FOR DUNKING"),
        grams=330,
    ),
    _thing(
        "tasting-box",
        "Four Origins Tasting Box",
        "42.00",
        kind="Gift",
        vendor=ROASTER,
        shelves=("gifts", "coffee"),
        tags=("set", "best-seller"),
        tagline="Four coffees, 100 g each",
        description="Kochere, El Mirador, Gatomboya and Gayo with a card that says what to look for.",
        art=Picture("gift_box", "#f0e2dc", "#4f6b5b", "#d9a441", "enjoy"),
        grams=560,
    ),
    CatalogueProduct(
        "coffee-subscription",
        "Coffee Subscription",
        "Subscription",
        ROASTER,
        ("subscription", "filter"),
        ("coffee", "gifts"),
        "A different origin every month",
        "One bag a month, roasted the day before it leaves. Pause or stop whenever you like.",
        (
            CatalogueVariant("1 bag a month", Decimal("18.00"), "S-COFFEE-1", 270),
            CatalogueVariant("2 bags a month", Decimal("34.00"), "S-COFFEE-2", 540),
        ),
        Picture("subscription", "#e9e3d6", "#c19a6b", "#c26d4f"),
        is_subscription=True,
    ),
    CatalogueProduct(
        "gift-card",
        "Gift Card",
        "Gift card",
        ROASTER,
        ("gift-card",),
        ("gifts",),
        "Arrives by e-mail",
        "For the days when you do not know which origin they would choose.",
        (
            CatalogueVariant("25", Decimal("25.00"), "G-25", 0),
            CatalogueVariant("50", Decimal("50.00"), "G-50", 0),
            CatalogueVariant("100", Decimal("100.00"), "G-100", 0),
        ),
        Picture("gift_card", "#dfe8e0", "#2f5d56", "#e9b44c", "a good cup", "", "leaf"),
        is_gift_card=True,
    ),
)

_BY_HANDLE: Mapping[str, CatalogueProduct] = MappingProxyType({item.handle: item for item in PRODUCTS})
