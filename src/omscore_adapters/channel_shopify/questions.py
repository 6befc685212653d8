"""The questions and changes of the Admin API, as its reference writes them.

Lists within lists are asked for one by one: Shopify counts what a question may come to, and refuses a dear one.
"""

from __future__ import annotations

MOST_FULFILLMENTS = 100
"""How many of one order are looked at: the list has no pages."""
MOST_LEVELS = 100
"""How many stock levels are set at once."""
MOST_NAMES = 20
"""How many articles are looked up at once."""

FULFILLMENTS = """query Fulfillments($order: ID!, $most: Int!) {
  order(id: $order) { fulfillments(first: $most) { id status trackingInfo { number } } }
}"""

FULFILLED_LINES = """query FulfilledLines($fulfillment: ID!, $after: String) {
  fulfillment(id: $fulfillment) {
    fulfillmentLineItems(first: 100, after: $after) {
      nodes { quantity lineItem { sku } } pageInfo { hasNextPage endCursor }
    }
  }
}"""

FULFILLMENT_ORDERS = """query FulfillmentOrders($order: ID!, $after: String) {
  order(id: $order) {
    fulfillmentOrders(first: 50, after: $after) {
      nodes { id status assignedLocation { location { id } } } pageInfo { hasNextPage endCursor }
    }
  }
}"""

OPEN_LINES = """query OpenLines($fulfillmentOrder: ID!, $after: String) {
  fulfillmentOrder(id: $fulfillmentOrder) {
    lineItems(first: 100, after: $after) {
      nodes { id sku remainingQuantity } pageInfo { hasNextPage endCursor }
    }
  }
}"""

FULFILL = """mutation Fulfill($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } }
}"""

ITEMS = """query Items($names: String!, $location: ID!, $after: String) {
  inventoryItems(first: 100, after: $after, query: $names) {
    nodes { id sku tracked inventoryLevel(locationId: $location) { id } } pageInfo { hasNextPage endCursor }
  }
}"""

SET_LEVELS = """mutation SetLevels($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field message } }
}"""
