-- Token profiles and their wrapped key versions.
--
-- Plain tables, no triggers, no functions: the same schema runs on PostgreSQL
-- and on what speaks its protocol. Everything about one profile has its
-- profile_id first in every unique constraint, so that both tables can be hash
-- partitioned, or distributed side by side, by it. The one exception is the
-- profile's name: where token_profiles (few, small rows) is distributed as well,
-- make it a reference table, present on each node.
--
-- CHECKs stand on columns that anyone may see: PostgreSQL quotes the whole row
-- when one fails. The numbers are those of vault/token_profile.h and
-- vault/key_version.h.

CREATE TABLE token_profiles (
  -- 32 lower-case hex digits, random, never used again.
  profile_id text COLLATE "C" PRIMARY KEY
    CONSTRAINT token_profiles_id_hex CHECK (profile_id ~ '^[0-9a-f]{32}$'),
  name text COLLATE "C" NOT NULL
    CONSTRAINT token_profiles_name_key UNIQUE,
  scheme smallint NOT NULL
    CONSTRAINT token_profiles_scheme_known CHECK (scheme IN (1)),
  kept smallint NOT NULL
    CONSTRAINT token_profiles_kept_known CHECK (kept BETWEEN 1 AND 4),
  allow_floor boolean NOT NULL,
  create_time timestamptz NOT NULL
);

CREATE TABLE key_versions (
  profile_id text COLLATE "C" NOT NULL
    REFERENCES token_profiles (profile_id),
  version integer NOT NULL
    CONSTRAINT key_versions_version_positive CHECK (version >= 1),
  -- The Luhn remainder of the tokens that this version makes.
  slot smallint NOT NULL
    CONSTRAINT key_versions_slot_range CHECK (slot BETWEEN 1 AND 9),
  state smallint NOT NULL
    CONSTRAINT key_versions_state_known CHECK (state BETWEEN 1 AND 5),
  is_primary boolean NOT NULL
    CONSTRAINT key_versions_primary_enabled CHECK (NOT is_primary OR state = 1),
  kek_id text NOT NULL,
  -- Encrypted under the KEK and bound to this row; empty once destroyed.
  wrapped_dek bytea NOT NULL,
  create_time timestamptz NOT NULL,
  PRIMARY KEY (profile_id, version)
);

CREATE UNIQUE INDEX key_versions_one_primary
  ON key_versions (profile_id) WHERE is_primary;

-- A destroyed version (5) gives its slot back.
CREATE UNIQUE INDEX key_versions_live_slot
  ON key_versions (profile_id, slot) WHERE state <> 5;
