/**
 * The law of imports, one row a room: what it is made of, which rooms it may import - all of one, or the named files alone - and
 * what of the outside it may touch. What a row does not allow is forbidden; `imports.test.ts` reads the imports and holds them to it.
 */

/** Which files of another room: all, or these, by their paths in its folder, or in `src` where it is a list of files. */
export type Reach = true | readonly string[];

/** One room. */
export interface Room {
  /** A folder of `src`, with the folders in it that have no row of their own; or a name for single files. */
  readonly name: string;
  /** Files by their paths in `src`, whatever folder they lie in; undefined for a folder. */
  readonly files?: readonly string[];
  readonly imports: Readonly<Record<string, Reach>>;
  /** Files, network, process and console of this machine. */
  readonly outside?: true;
  readonly threads?: true;
  /** Third-party packages, by their names. */
  readonly packages?: readonly string[];
}

/** What everybody may know of a place that objects come from. */
const SOURCE = ['source.ts'];
/** What a trail is set up to do. */
const TRAIL = ['trail-description.ts'];

/** From the ground up: a room imports only rooms above it in this list. */
export const ROOMS: readonly Room[] = [
  { name: 'base', imports: {}, packages: ['p-limit', 'zod'] },
  { name: 'pki', imports: { base: true }, packages: ['node-forge'] },
  {
    name: 'aws',
    imports: { base: true },
    outside: true,
    packages: [
      '@aws-sdk/client-account',
      '@aws-sdk/client-cloudtrail',
      '@aws-sdk/client-kms',
      '@aws-sdk/client-organizations',
      '@aws-sdk/client-sts',
      '@aws-sdk/credential-providers',
      '@smithy/core',
    ],
  },
  {
    name: 'source',
    imports: { base: true, aws: ['connections.ts', 'network.ts', 'network-failure.ts'] },
    outside: true,
  },
  { name: 'source/folder', imports: { base: true, source: true }, outside: true },
  {
    name: 'source/s3',
    imports: { base: true, source: true, aws: true },
    outside: true,
    packages: ['@aws-sdk/client-s3', '@smithy/core', 'undici'],
  },
  {
    name: 'set-up',
    files: ['aws/read-posture.ts'],
    imports: { base: true, aws: true, source: SOURCE, 'source/s3': ['clients.ts', 's3-source.ts'] },
    packages: ['@aws-sdk/client-cloudtrail', '@aws-sdk/client-s3'],
  },
  {
    name: 'readers',
    files: ['source/open-readers.ts'],
    imports: {
      source: ['access.ts'],
      'source/folder': ['object-file.ts', 'read.ts'],
      'source/s3': ['lean/reader.ts'],
    },
  },
  {
    name: 'source/state',
    imports: { base: true, source: true, aws: true, 'source/folder': ['object-file.ts'], 'source/s3': true },
    outside: true,
    packages: ['@aws-sdk/client-s3'],
  },
  { name: 'digest', imports: { base: true, source: SOURCE } },
  { name: 'crypto', imports: { base: true }, packages: ['node-forge', 'zod'] },
  {
    name: 'hashing',
    imports: {
      crypto: true,
      source: ['access.ts'],
      'source/folder': ['object-file.ts', 'path.ts'],
    },
    threads: true,
    // For threads of the sources, as in tests.
    packages: ['tsx'],
  },
  { name: 'findings', imports: { base: true, source: SOURCE, digest: true } },
  {
    name: 'chain',
    imports: { base: true, source: SOURCE, aws: TRAIL, digest: true, crypto: true, findings: true },
  },
  {
    name: 'logs',
    imports: { base: true, source: SOURCE, digest: true, crypto: true, findings: true, chain: true },
  },
  {
    name: 'lake',
    imports: {
      base: true,
      source: SOURCE,
      digest: true,
      crypto: true,
      findings: true,
      chain: ['check-digest.ts', 'discover.ts', 'list-digests.ts', 'misfits.ts', 'read-digest.ts'],
    },
  },
  {
    name: 'activity',
    imports: {
      base: true,
      source: SOURCE,
      crypto: true,
      findings: true,
      chain: true,
      logs: ['check-log.ts', 'records.ts', 'verify-log.ts'],
    },
  },
  {
    name: 'history',
    imports: {
      base: true,
      source: SOURCE,
      digest: true,
      crypto: true,
      findings: true,
      chain: true,
      logs: ['check-log.ts'],
    },
  },
  {
    name: 'copy',
    imports: {
      base: true,
      source: true,
      'source/folder': true,
      digest: true,
      chain: true,
      logs: ['place-coverage.ts'],
      lake: ['find-results.ts', 'sign-file.ts'],
    },
    outside: true,
  },
  {
    name: 'source/bag',
    imports: { base: true, source: true, 'source/folder': true, copy: ['writer.ts'] },
    outside: true,
  },
  {
    name: 'checking',
    imports: {
      base: true,
      source: [...SOURCE, 'access.ts', 'wrappers.ts'],
      'source/folder': ['object-file.ts'],
      readers: true,
      digest: true,
      crypto: true,
      hashing: true,
      findings: true,
      chain: ['list-digests.ts'],
      logs: ['check-log.ts'],
    },
    threads: true,
  },
  {
    name: 'report',
    imports: {
      base: true,
      source: SOURCE,
      aws: TRAIL,
      digest: true,
      crypto: true,
      findings: true,
      chain: ['coverage.ts', 'digest-queue.ts'],
    },
  },
  {
    name: 'walking',
    imports: {
      base: true,
      source: [...SOURCE, 'access.ts'],
      'source/folder': ['object-file.ts', 'path.ts', 'read.ts'],
      readers: true,
      digest: true,
      crypto: true,
      hashing: true,
      findings: true,
      chain: true,
      checking: ['contract.ts'],
      report: ['inventory.ts'],
    },
    threads: true,
  },
  { name: 'render', imports: { base: true, findings: true, chain: ['coverage.ts'], report: true } },
  {
    name: 'proof',
    imports: {
      base: true,
      source: SOURCE,
      digest: true,
      crypto: true,
      findings: ['catalogue.ts'],
      chain: ['read-digest.ts'],
      logs: ['check-log.ts', 'records.ts'],
      report: true,
    },
  },
  {
    name: 'signed',
    imports: {
      base: true,
      pki: true,
      'source/bag': ['index.ts'],
      findings: true,
      report: true,
      render: true,
      proof: ['proof.ts'],
    },
  },
  {
    name: 'bag',
    imports: {
      base: true,
      pki: true,
      'source/bag': true,
      digest: true,
      crypto: true,
      findings: true,
      chain: ['list-digests.ts', 'read-digest.ts'],
      logs: ['check-log.ts'],
      lake: ['sign-file.ts'],
      report: true,
      render: true,
      signed: ['check-report.ts', 'companions.ts'],
    },
  },
  {
    name: 'state',
    imports: {
      base: true,
      source: SOURCE,
      digest: true,
      crypto: true,
      findings: true,
      chain: true,
      logs: ['place-coverage.ts', 'unlisted-logs.ts'],
      report: ['inventory.ts'],
      pki: true,
    },
  },
  {
    name: 'events',
    imports: {
      base: true,
      source: SOURCE,
      'source/bag': ['index.ts'],
      digest: ['digest-key.ts'],
      crypto: ['hash.ts'],
      chain: ['list-digests.ts'],
      logs: ['check-log.ts', 'records.ts'],
      report: ['check.ts', 'findings-beyond.ts', 'report-schema.ts', 'report.ts'],
      signed: ['check-report.ts', 'check-signature.ts', 'problems.ts'],
    },
    outside: true,
    packages: ['@duckdb/node-api'],
  },
  {
    name: 'query',
    imports: {
      base: true,
      findings: ['family.ts'],
      events: ['columns.ts', 'database.ts', 'events-document.ts'],
      report: ['report.ts'],
    },
    outside: true,
  },
  {
    name: 'doctor',
    imports: { base: true, aws: ['trail-description.ts'], findings: ['controls.ts'], render: true },
  },
  {
    name: 'options',
    files: ['verify-options.ts'],
    imports: {
      base: true,
      source: SOURCE,
      digest: true,
      crypto: true,
      findings: true,
      chain: true,
      checking: true,
      report: true,
      state: true,
    },
  },
  {
    name: 'route',
    imports: {
      base: true,
      source: [...SOURCE, 'wrappers.ts'],
      digest: true,
      findings: true,
      chain: true,
      logs: true,
      lake: true,
      activity: ['search.ts'],
      history: true,
      checking: true,
      report: true,
      state: true,
      options: true,
    },
  },
  {
    name: 'door',
    files: [
      'door/doctor.ts',
      'door/events.ts',
      'door/evidence.ts',
      'door/report.ts',
      'door/state.ts',
      'index.ts',
      'verify-events.ts',
      'verify-trail.ts',
    ],
    imports: {
      base: true,
      source: true,
      digest: true,
      crypto: true,
      findings: true,
      chain: true,
      checking: true,
      report: true,
      walking: true,
      render: true,
      pki: true,
      aws: true,
      'source/folder': true,
      'source/s3': true,
      'set-up': true,
      'source/state': true,
      history: true,
      copy: true,
      'source/bag': true,
      proof: true,
      signed: true,
      bag: true,
      state: true,
      doctor: true,
      events: true,
      query: true,
      options: true,
      route: true,
    },
  },
  { name: 'action', imports: {}, outside: true },
  {
    name: 'cli',
    // The files of each room that it is used by; nothing behind them.
    imports: {
      base: [
        'clock.ts',
        'document-schema.ts',
        'errors.ts',
        'given-time.ts',
        'json.ts',
        'names.ts',
        'suggest.ts',
        'version.ts',
      ],
      pki: ['certificate.ts', 'der.ts', 'keys.ts', 'sign.ts', 'timestamp.ts'],
      aws: [
        'credentials.ts',
        'endpoint-limits.ts',
        'hosts.ts',
        'identity.ts',
        'keys.ts',
        'kms.ts',
        'lake-query.ts',
        'network.ts',
        'session.ts',
        'trail-description.ts',
        'trail.ts',
      ],
      source: ['given-file.ts', 'own-files.ts', 'post-bytes.ts', 'source.ts', 'wrappers.ts'],
      'source/folder': ['folder-source.ts', 'trees.ts'],
      'source/s3': ['s3-source.ts'],
      'set-up': ['aws/read-posture.ts'],
      'source/state': ['store.ts'],
      digest: ['digest-key.ts'],
      crypto: ['hash.ts', 'key-file.ts', 'key-rings.ts', 'public-key.ts'],
      hashing: ['local-hasher.ts'],
      findings: ['catalogue.ts', 'event.ts', 'finding.ts'],
      chain: ['expectations.ts', 'folders-without-digests.ts', 'list-digests.ts'],
      history: ['recover.ts'],
      copy: ['collect.ts', 'disk-full.ts', 'make-folder.ts', 'plan.ts', 'writer.ts'],
      'source/bag': ['bag-source.ts', 'index.ts', 'look.ts'],
      checking: ['check-threads.ts', 'contract.ts'],
      report: ['findings-beyond.ts', 'inventory.ts', 'lines.ts', 'report-schema.ts', 'report.ts'],
      walking: ['walk-threads.ts'],
      render: [
        'answer/answer.ts',
        'answer/render.ts',
        'answer/width.ts',
        'escape.ts',
        'facts/report.ts',
        'formats/csv.ts',
        'formats/json.ts',
        'formats/markdown.ts',
        'formats/metrics.ts',
        'rendering.ts',
        'text/explain.ts',
        'text/progress.ts',
        'text/terminal.ts',
        'text/text.ts',
        'words.ts',
      ],
      proof: ['check.ts', 'make.ts', 'proof.ts'],
      signed: ['bundle.ts', 'check-report.ts', 'companions.ts'],
      bag: ['build.ts', 'check.ts', 'tar.ts', 'texts.ts'],
      state: ['checkpoint.ts', 'read-checkpoint.ts'],
      doctor: ['diagnose.ts', 'render.ts'],
      events: ['check-export.ts', 'ddl.ts', 'events-document.ts', 'export-events.ts'],
      query: [
        'answer-context.ts',
        'answer-document.ts',
        'connect.ts',
        'named/fill.ts',
        'named/query.ts',
        'open-events.ts',
        'statement.ts',
      ],
      options: ['verify-options.ts'],
      door: ['verify-trail.ts'],
    },
    outside: true,
    packages: ['@commander-js/extra-typings', 'commander', 'zod'],
  },
];

/** Packages that only these files import, whatever their rooms may. */
export const PACKAGE_FILES: Readonly<Record<string, readonly string[]>> = {
  zod: ['document-schema.ts', 'expect-accept.ts', 'key-file.ts'],
};
