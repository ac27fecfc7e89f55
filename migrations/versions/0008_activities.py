"""What members do besides buying, and what they reach by it."""

from __future__ import annotations

from alembic import op

from plugin.db.rights import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE activities (
  id bigint GENERATED ALWAYS AS IDENTITY,
  member_id bigint NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  points bigint NOT NULL CHECK (points >= 0),
  shop_id integer NOT NULL,
  seq integer,
  program_version integer NOT NULL,
  value integer,
  kind text NOT NULL,
  action_id text NOT NULL,
  key uuid NOT NULL,
  event_id bigint,
  order_id bigint,
  redemption_id uuid,
  undone_at timestamptz,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, member_id, kind, key)
);
CREATE INDEX activities_member ON activities (shop_id, member_id, occurred_at);
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY,
  shop_id integer NOT NULL,
  action_id text NOT NULL,
  title text NOT NULL,
  code text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
  capacity integer CHECK (capacity > 0),
  attended integer NOT NULL DEFAULT 0 CHECK (attended BETWEEN 0 AND coalesce(capacity, attended)),
  created_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, code)
);
CREATE TABLE answers (
  activity_id bigint NOT NULL,
  shop_id integer NOT NULL,
  survey_id text NOT NULL,
  question_id text NOT NULL,
  number smallint,
  choice text,
  words text,
  PRIMARY KEY (shop_id, activity_id, question_id),
  FOREIGN KEY (shop_id, activity_id) REFERENCES activities (shop_id, id)
);
CREATE INDEX answers_survey ON answers (shop_id, survey_id);
CREATE TABLE birthdays (
  member_id bigint NOT NULL,
  told_at timestamptz NOT NULL,
  shop_id integer NOT NULL,
  month smallint NOT NULL CHECK (month BETWEEN 1 AND 12),
  day smallint NOT NULL CHECK (day BETWEEN 1 AND 31),
  PRIMARY KEY (shop_id, member_id)
);
CREATE INDEX birthdays_day ON birthdays (shop_id, month, day);
CREATE TABLE birthdays_kept (
  shop_id integer NOT NULL,
  hash bytea NOT NULL,
  year smallint NOT NULL,
  PRIMARY KEY (shop_id, hash)
);
CREATE TABLE consents (
  customer_id bigint NOT NULL,
  consented_at timestamptz NOT NULL,
  shop_id integer NOT NULL,
  PRIMARY KEY (shop_id, customer_id)
);
CREATE TABLE calendar (
  shop_id integer NOT NULL,
  done_on date NOT NULL,
  PRIMARY KEY (shop_id)
);
CREATE TABLE achievements (
  id bigint GENERATED ALWAYS AS IDENTITY,
  member_id bigint NOT NULL,
  step bigint NOT NULL CHECK (step > 0),
  points bigint NOT NULL CHECK (points >= 0),
  reached_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  shop_id integer NOT NULL,
  rev integer NOT NULL DEFAULT 0,
  seq integer,
  program_version integer NOT NULL,
  achievement_id text NOT NULL,
  is_announced boolean NOT NULL,
  redemption_id uuid,
  undone_at timestamptz,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, member_id, achievement_id, step)
);
"""

DOWN = "DROP TABLE achievements, calendar, consents, birthdays_kept, birthdays, answers, events, activities"


def upgrade() -> None:
    op.execute(UP)
    for table in ("activities", "events", "answers", "calendar"):
        protect(table, "INSERT", "UPDATE")
    for table in ("birthdays", "birthdays_kept", "consents", "achievements"):
        protect(table, "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute(DOWN)
