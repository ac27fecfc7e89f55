"""Every GraphQL document we send, in one place; a test validates each against Shopify's published schema.

Page sizes keep every query under Shopify's 1,000 points even when each object costs one: a page of ten orders shows four lines
and one refund of each, and what an order has beyond that is read on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ORDERS_PER_PAGE: Final = 10
LINES_IN_LIST: Final = 4
REFUNDS_IN_LIST: Final = 1
REFUND_LINES_IN_LIST: Final = 3
ADJUSTMENTS_IN_LIST: Final = 2

LINES_IN_ORDER: Final = 40
REFUNDS_IN_ORDER: Final = 5
REFUND_LINES_IN_ORDER: Final = 10
ADJUSTMENTS_IN_ORDER: Final = 3

LINES_PER_PAGE: Final = 50
REFUND_LINES_PER_PAGE: Final = 100
ADJUSTMENTS_PER_PAGE: Final = 50
REFUND_IDS_MAX: Final = 250

_LINE: Final = """
fragment Line on LineItem {
  id
  quantity
  currentQuantity
  isGiftCard
  requiresShipping
  vendor
  customAttributes { key value }
  product { id }
  variant { id }
  originalUnitPriceSet { shopMoney { amount } }
  discountAllocations {
    allocatedAmountSet { shopMoney { amount } }
    discountApplication { __typename ... on DiscountCodeApplication { code } }
  }
  taxLines { priceSet { shopMoney { amount } } }
}
"""

_REFUND: Final = """
fragment RefundFields on Refund {
  id
  createdAt
  processedAt
  refundLineItems(first: $refundLines, after: $afterRefundLine) {
    nodes {
      quantity
      lineItem { id }
      subtotalSet { shopMoney { amount } }
      totalTaxSet { shopMoney { amount } }
    }
    pageInfo { hasNextPage endCursor }
  }
  orderAdjustments(first: $adjustments) {
    nodes { reason amountSet { shopMoney { amount } } }
    pageInfo { hasNextPage }
  }
}
"""

_ORDER: Final = (
    """
fragment OrderFields on Order {
  id
  name
  test
  processedAt
  updatedAt
  cancelledAt
  displayFinancialStatus
  sourceName
  customerLocale
  currencyCode
  presentmentCurrencyCode
  taxesIncluded
  discountCodes
  customer { id }
  purchasingEntity { __typename }
  customAttributes { key value }
  totalPriceSet { shopMoney { amount } }
  totalShippingPriceSet { shopMoney { amount } }
  totalTipReceivedSet { shopMoney { amount } }
  lineItems(first: $lines) { nodes { ...Line } pageInfo { hasNextPage endCursor } }
  refunds(first: $refunds) { ...RefundFields }
}
"""
    + _LINE
    + _REFUND
)

_SIZES: Final = "$lines: Int!, $refunds: Int!, $refundLines: Int!, $adjustments: Int!, $afterRefundLine: String"

ORDER: Final = f"query OrderById($id: ID!, {_SIZES}) {{ order(id: $id) {{ ...OrderFields }} }}" + _ORDER

ORDERS: Final = (
    f"query OrdersByUpdate($search: String!, $after: String, $orders: Int!, {_SIZES})"
    """ {
  orders(first: $orders, after: $after, query: $search, sortKey: UPDATED_AT) {
    nodes { ...OrderFields }
    pageInfo { hasNextPage endCursor }
  }
}
""" + _ORDER
)

ORDER_LINES: Final = (
    """
query OrderLines($id: ID!, $lines: Int!, $after: String) {
  order(id: $id) { lineItems(first: $lines, after: $after) { nodes { ...Line } pageInfo { hasNextPage endCursor } } }
}
"""
    + _LINE
)

REFUND_IDS: Final = """
query OrderRefundIds($id: ID!, $refunds: Int!) { order(id: $id) { refunds(first: $refunds) { id } } }
"""

REFUND: Final = (
    """
query RefundById($id: ID!, $refundLines: Int!, $adjustments: Int!, $afterRefundLine: String) {
  node(id: $id) { ... on Refund { ...RefundFields } }
}
"""
    + _REFUND
)

BASIC_CREATE: Final = """
mutation RewardCreate($input: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $input) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}
"""

FREE_SHIPPING_CREATE: Final = """
mutation FreeShippingCreate($input: DiscountCodeFreeShippingInput!) {
  discountCodeFreeShippingCreate(freeShippingCodeDiscount: $input) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}
"""

BASIC_UPDATE: Final = """
mutation RewardUpdate($id: ID!, $input: DiscountCodeBasicInput!) {
  discountCodeBasicUpdate(id: $id, basicCodeDiscount: $input) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}
"""

FREE_SHIPPING_UPDATE: Final = """
mutation FreeShippingUpdate($id: ID!, $input: DiscountCodeFreeShippingInput!) {
  discountCodeFreeShippingUpdate(id: $id, freeShippingCodeDiscount: $input) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}
"""

DEACTIVATE: Final = """
mutation RewardDeactivate($id: ID!) {
  discountCodeDeactivate(id: $id) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}
"""

UNIT_PRICE: Final = """
query UnitPrice($id: ID!) {
  product(id: $id) { id variants(first: 100) { nodes { id price } } }
}
"""

CREDIT_GIVE: Final = """
mutation CreditGive($id: ID!, $input: StoreCreditAccountCreditInput!) {
  storeCreditAccountCredit(id: $id, creditInput: $input) {
    storeCreditAccountTransaction { id remainingAmount { amount } }
    userErrors { code field message }
  }
}
"""

CREDIT_TAKE: Final = """
mutation CreditTake($id: ID!, $input: StoreCreditAccountDebitInput!) {
  storeCreditAccountDebit(id: $id, debitInput: $input) {
    storeCreditAccountTransaction { id }
    userErrors { code field message }
  }
}
"""

METAFIELDS_SET: Final = """
mutation StandingsWrite($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) {
    metafields { id }
    userErrors { code field message elementIndex }
  }
}
"""

APP: Final = """
query App {
  currentAppInstallation { app { id } }
}
"""

INSTALLATION: Final = """
query Installation {
  currentAppInstallation { id }
}
"""

CREDITS: Final = """
query Credits($id: ID!, $search: String!) {
  customer(id: $id) {
    id
    storeCreditAccounts(first: 5) {
      nodes {
        id
        balance { amount currencyCode }
        transactions(first: 50, reverse: true, query: $search) {
          nodes {
            __typename
            createdAt
            event
            amount { amount currencyCode }
            ... on StoreCreditAccountCreditTransaction { id expiresAt remainingAmount { amount } }
          }
        }
      }
    }
  }
}
"""

GIFT_CARD_CREATE: Final = """
mutation GiftCardCreate($input: GiftCardCreateInput!) {
  giftCardCreate(input: $input) {
    giftCard { id balance { amount } }
    userErrors { code field message }
  }
}
"""

GIFT_CARD_DEACTIVATE: Final = """
mutation GiftCardDeactivate($id: ID!) {
  giftCardDeactivate(id: $id) {
    giftCard { id }
    userErrors { code field message }
  }
}
"""

GIFT_CARDS: Final = """
query GiftCards($search: String!) {
  giftCards(first: 10, query: $search) { nodes { id note enabled lastCharacters balance { amount } } }
}
"""

TAGS_ADD: Final = """
mutation CustomerTagsAdd($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field message } }
}
"""

TAGS_REMOVE: Final = """
mutation CustomerTagsRemove($id: ID!, $tags: [String!]!) {
  tagsRemove(id: $id, tags: $tags) { node { id } userErrors { field message } }
}
"""

CONSENT_STATE: Final = """
query ConsentState($id: ID!) {
  customer(id: $id) { defaultEmailAddress { marketingState } }
}
"""

CONSENT_GIVE: Final = """
mutation ConsentGive($input: CustomerEmailMarketingConsentUpdateInput!) {
  customerEmailMarketingConsentUpdate(input: $input) { customer { id } userErrors { field message } }
}
"""

SEGMENTS_OF: Final = """
query SegmentsOf($customer: ID!, $segments: [ID!]!) {
  customerSegmentMembership(customerId: $customer, segmentIds: $segments) { memberships { segmentId isMember } }
}
"""

CUSTOMER_BY_EMAIL: Final = """
query CustomerByEmail($email: String!) { customerByIdentifier(identifier: {emailAddress: $email}) { id } }
"""

CUSTOMER_CREATE: Final = """
mutation CustomerCreate($email: String!) {
  customerCreate(input: {email: $email}) { customer { id } userErrors { field message } }
}
"""

DISCOUNT_BY_CODE: Final = """
query RewardByCode($code: String!) {
  codeDiscountNodeByCode(code: $code) {
    id
    codeDiscount {
      __typename
      ... on DiscountCodeBasic { title status }
      ... on DiscountCodeFreeShipping { title status }
    }
  }
}
"""

DISCOUNT_BUYERS: Final = """
query RewardBuyers($id: ID!) {
  discountNode(id: $id) {
    id
    discount {
      __typename
      ... on DiscountCodeBasic { status context { ... on DiscountCustomers { customers { id } } } }
      ... on DiscountCodeFreeShipping { status context { ... on DiscountCustomers { customers { id } } } }
    }
  }
}
"""

SHOP: Final = """
query Shop {
  shop {
    id
    name
    primaryDomain { host }
    currencyCode
    ianaTimezone
    plan { publicDisplayName }
    customerAccountsV2 { customerAccountsVersion }
  }
  currentAppInstallation { accessScopes { handle } }
}
"""

LOCALES: Final = "query Locales { shopLocales(published: true) { locale primary } }"

PEOPLE: Final = """
query People($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    ... on Customer { id firstName lastName defaultEmailAddress { emailAddress marketingState } tags locale }
  }
}
"""

_ADDRESS: Final = "address1 zip country firstName lastName phone"

TRACES: Final = f"""
query Traces($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    __typename
    ... on Customer {{
      id
      numberOfOrders
      firstName
      lastName
      defaultEmailAddress {{ emailAddress }}
      defaultPhoneNumber {{ phoneNumber }}
      defaultAddress {{ {_ADDRESS} }}
      lastOrder {{ clientIp shippingAddress {{ {_ADDRESS} }} }}
    }}
    ... on Order {{
      id
      clientIp
      email
      phone
      shippingAddress {{ {_ADDRESS} }}
      billingAddress {{ {_ADDRESS} }}
    }}
  }}
}}
"""

FIND_PEOPLE: Final = """
query FindPeople($search: String!, $limit: Int!) {
  customers(first: $limit, query: $search) {
    nodes { id firstName lastName defaultEmailAddress { emailAddress } tags locale }
  }
}
"""

TITLES: Final = """
query Titles($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    ... on Product { id title }
    ... on Collection { id title }
    ... on ProductVariant { id displayName }
    ... on Segment { id name }
  }
}
"""

SEGMENTS: Final = """
query Segments($after: String) {
  segments(first: 250, after: $after, sortKey: LAST_EDIT_DATE, reverse: true) {
    nodes { id name }
    pageInfo { hasNextPage endCursor }
  }
}
"""


CATALOGUE: Final = """
query Catalogue($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Product { id tags productType } } }
"""

ORDER_BACKGROUND: Final = """
query OrderBackground($id: ID!, $lines: Int!, $after: String) {
  order(id: $id) {
    shippingAddress { countryCodeV2 }
    billingAddress { countryCodeV2 }
    lineItems(first: $lines, after: $after) { nodes { id sellingPlan { name } } pageInfo { hasNextPage endCursor } }
  }
}
"""


def products_in_collections(collection_ids: Sequence[int]) -> str:
    """A document that asks of each product whether it is in each collection, as the field `c{collection id}`."""
    asked = " ".join(
        f'c{number:d}: inCollection(id: "gid://shopify/Collection/{number:d}")' for number in collection_ids
    )
    return f"query InCollections($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on Product {{ id {asked} }} }} }}"
