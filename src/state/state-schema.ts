import { STATE_SCHEMA } from './checkpoint.ts';

type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: 'string' };
const COUNT: Schema = { type: 'integer', minimum: 0 };
const TIME: Schema = { $ref: '#/$defs/time' };
const HASH: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };

function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
}

function list(items: Schema): Schema {
  return { type: 'array', items };
}

const CHAIN: Schema = object({
  id: TEXT,
  account: { type: 'string', pattern: '^[0-9]{12}$' },
  region: TEXT,
  trail: TEXT,
  homeRegion: TEXT,
  kind: { enum: ['standard', 'backfill'] },
  since: TIME,
  last: object({
    bucket: TEXT,
    key: TEXT,
    sha256: HASH,
    signature: { type: 'string', pattern: '^(?:[0-9a-f]{2})+$' },
    end: TIME,
  }),
  digests: COUNT,
  logs: COUNT,
});

const DAY: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['digests', 'logs', 'sha256'],
  properties: { digests: COUNT, logs: COUNT, sha256: HASH, fresh: list(HASH) },
};

const WHOLE_PLACE: Readonly<Record<string, Schema>> = {
  account: { type: 'string', pattern: '^[0-9]{12}$' },
  region: TEXT,
  cut: { type: ['integer', 'null'] },
  days: {
    type: 'object',
    additionalProperties: DAY,
  },
  late: { type: 'object', additionalProperties: object({ from: TIME, to: TIME }) },
  chains: list(CHAIN),
};

const PLACE: Schema = {
  ...object(WHOLE_PLACE),
  properties: {
    ...WHOLE_PLACE,
    from: { oneOf: [TIME, { type: 'null' }] },
    lax: list(TEXT),
    keys: list(
      object({
        fingerprint: { type: 'string', pattern: '^[0-9a-f]{32}$' },
        sha256: HASH,
        validTo: { oneOf: [TIME, { type: 'null' }] },
      }),
    ),
    hearsay: { const: true },
  },
};

/** The JSON Schema of a checkpoint, in the keywords that `schemaProblem` knows. */
export const CHECKPOINT_SCHEMA: Schema = {
  ...object({
    schema: { const: STATE_SCHEMA },
    tool: TEXT,
    written: TIME,
    target: object({
      targets: list(object({ bucket: TEXT, prefix: TEXT })),
      accounts: list(TEXT),
      regions: list(TEXT),
      trails: list(TEXT),
    }),
    previous: { oneOf: [HASH, { type: 'null' }] },
    past: list(object({ sha256: HASH, written: TIME })),
    places: list(PLACE),
  }),
  $defs: { time: TEXT },
};
