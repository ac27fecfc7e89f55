-- What both peers write: an entry for each order and a balance for each customer. No tenancy, no lots, no audit.
CREATE TABLE entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop text NOT NULL,
  customer_id bigint NOT NULL,
  order_id bigint NOT NULL,
  points bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (shop, order_id)
);
CREATE TABLE balances (
  shop text NOT NULL,
  customer_id bigint NOT NULL,
  points bigint NOT NULL,
  PRIMARY KEY (shop, customer_id)
);
