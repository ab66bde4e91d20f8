/** What the first line of a state file is: see `checkpoint.ts`. */
import {
  count,
  documentOf,
  integer,
  list,
  object,
  oneOf,
  only,
  optional,
  orNull,
  pattern,
  record,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import {
  type ChainCheckpoint,
  type Checkpoint,
  type DayRecord,
  type GivenKey,
  type PlaceCheckpoint,
  STATE_SCHEMA,
} from './checkpoint.ts';

const account = () => pattern(/^[0-9]{12}$/);

const chain = documentOf<ChainCheckpoint>()(() =>
  object({
    id: text(),
    account: account(),
    region: text(),
    trail: text(),
    homeRegion: text(),
    kind: oneOf(['standard', 'backfill']),
    since: time(),
    last: object({
      bucket: text(),
      key: text(),
      sha256: sha256(),
      signature: pattern(/^(?:[0-9a-f]{2})+$/),
      end: time(),
    }),
    digests: count(),
    logs: count(),
  }),
);

const day = documentOf<DayRecord>()(() =>
  object({ digests: count(), logs: count(), sha256: sha256(), fresh: optional(list(sha256())) }),
);

const givenKey = documentOf<GivenKey>()(() =>
  object({ fingerprint: pattern(/^[0-9a-f]{32}$/), sha256: sha256(), validTo: orNull(time()) }),
);

const place = documentOf<PlaceCheckpoint>()(() =>
  object({
    account: account(),
    region: text(),
    cut: orNull(integer()),
    days: record(day()),
    late: record(object({ from: time(), to: time() })),
    chains: list(chain()),
    from: optional(orNull(time())),
    lax: optional(list(text())),
    keys: optional(list(givenKey())),
    hearsay: optional(only(true)),
  }),
);

/** The schema `trail-verify/state/v1`. */
export const checkpointSchema: () => Schema<Checkpoint> = documentOf<Checkpoint>()(() =>
  object({
    schema: only(STATE_SCHEMA),
    tool: text(),
    written: time(),
    target: object({
      targets: list(object({ bucket: text(), prefix: text() })),
      accounts: list(text()),
      regions: list(text()),
      trails: list(text()),
    }),
    previous: orNull(sha256()),
    past: list(object({ sha256: sha256(), written: time() })),
    places: list(place()),
  }),
);
