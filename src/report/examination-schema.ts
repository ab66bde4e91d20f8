/** What a report says of its own making, as a file: the fields of `ExaminationReport` and of the tool. */

import type { TrailDescription } from '../aws/trail-description.ts';
import {
  anyObject,
  count,
  described,
  documentOf,
  either,
  type FieldsOf,
  flag,
  integer,
  list,
  named,
  object,
  oneOf,
  only,
  optional,
  orNull,
  record,
  type Schema,
  sha256,
  text,
} from '../base/document-schema.ts';
import type { Verdict } from '../findings/finding.ts';
import type {
  ClockRecord,
  ConclusionRecord,
  ExaminationReport,
  ExaminerRecord,
  MethodRecord,
  ObjectsReport,
  ScopeRecord,
  SigningRecord,
  ToolRecord,
  TrailRecord,
} from './report.ts';

/** The verdict. */
export const verdict: () => Schema<Verdict> = named('verdict', () =>
  described(
    oneOf(['VALID', 'INVALID', 'INCONCLUSIVE']),
    "VALID: everything in scope is proven. INVALID: something contradicts AWS's signatures. INCONCLUSIVE: neither.",
  ),
);

const outcomes = () => object({ valid: count(), invalid: count(), missing: count(), unproven: count() });

const conclusion = documentOf<ConclusionRecord>()(() =>
  object({
    verdict: verdict(),
    sentence: text(),
    counts: object({
      findings: object({ violation: count(), unproven: count(), note: count() }),
      digests: outcomes(),
      logs: outcomes(),
      queryResults: optional(
        described(
          object({ valid: count(), invalid: count(), unproven: count() }),
          'Sets of query results of CloudTrail Lake.',
        ),
      ),
      accepted: optional(described(count(), 'Unproven findings that were accepted.')),
    }),
  }),
);

/** What ran, on what, and whether it computes rightly. */
export const toolRecord: () => Schema<ToolRecord> = documentOf<ToolRecord>()(() =>
  object({
    name: only('trail-verify'),
    version: text(),
    node: text(),
    buildDigest: optional(
      described(
        orNull(sha256()),
        'SHA-256 of the list that `find . -type f | LC_ALL=C sort | xargs sha256sum` prints in the folder dist/command; null where the tool runs from its sources.',
      ),
    ),
    openssl: optional(text()),
    platform: optional(text()),
    dependencies: optional(described(record(text()), 'Versions of the packages in use.')),
    selfTest: optional(
      described(
        object({ vectors: count(), passed: flag() }),
        'Known answers, genuine AWS signatures among them, computed again before the run.',
      ),
    ),
  }),
);

const examiner = documentOf<ExaminerRecord>()(() =>
  described(
    object({
      operator: orNull(text()),
      organisation: orNull(text()),
      awsCaller: described(
        orNull(
          either(
            only('offline'),
            object({
              account: text(),
              arn: text(),
              userId: text(),
              requestId: optional(described(text(), 'The id of the request that STS answered.')),
            }),
          ),
        ),
        'The AWS identity with which the run read; null where it is unknown.',
      ),
      host: orNull(
        object({
          name: text(),
          ci: orNull(object({ provider: text(), runUrl: orNull(text()), commit: orNull(text()) })),
        }),
      ),
    }),
    'Who examined, as it was given; nobody checked the names.',
  ),
);

const clock = documentOf<ClockRecord>()(() =>
  object({
    source: oneOf(['machine', 'given']),
    skew: orNull(
      described(
        object({ milliseconds: integer(), uncertainty: count() }),
        'How far the machine was ahead of the clock of S3.',
      ),
    ),
    elapsedMilliseconds: optional(
      described(count(), 'How long the run lasted by a clock that nobody can set.'),
    ),
  }),
);

const inputs = documentOf<NonNullable<ExaminationReport['inputs']>>()(() =>
  described(
    object({
      arguments: list(text()),
      files: list(
        object({
          role: oneOf(['keys', 'expect', 'accept', 'config', 'plan', 'shard-signer']),
          name: text(),
          sha256: sha256(),
        }),
      ),
    }),
    'The arguments and files of the command, secrets left out. Options from the environment or a config file are among the arguments.',
  ),
);

const scope = documentOf<ScopeRecord>()(() =>
  object({
    statement: text(),
    accounts: orNull(list(text())),
    regions: orNull(list(text())),
    trails: orNull(list(text())),
    checks: optional(
      described(
        object({ logs: flag(), unlisted: flag() }),
        'Whether log files were compared with their digests, and log folders searched for files that no digest lists.',
      ),
    ),
  }),
);

export const method: () => Schema<MethodRecord> = documentOf<MethodRecord>()(() =>
  object({ id: text(), reference: text(), steps: list(text(), { least: 1 }) }),
);

const trail = documentOf<TrailRecord>()(() =>
  described(
    object({
      // Its hash binds it, and nothing here reads a field of it.
      description: anyObject<TrailDescription>(),
      sha256: described(sha256(), 'SHA-256 of `description` as JSON in ASCII without white space.'),
    }),
    "AWS's description of the trail.",
  ),
);

const objects = documentOf<ObjectsReport>()(() =>
  described(
    object({
      merkle: object({
        algorithm: only('rfc9162-sha256'),
        size: count(),
        root: sha256(),
        leaf: text(),
        order: text(),
      }),
      inventory: object({
        path: text(),
        sha256: described(sha256(), 'SHA-256 of the lines, uncompressed.'),
        lines: count(),
      }),
    }),
    'The Merkle tree (RFC 9162) over the lines of the inventory, which lists every object that was checked.',
  ),
);

const signing = documentOf<SigningRecord>()(() =>
  object({
    subject: text(),
    certificateSha256: sha256(),
    algorithm: oneOf(['rsa-pkcs1-sha256', 'rsa-pss-sha256', 'ecdsa-sha256']),
    localIdentity: described(
      flag(),
      'True for a key that trail-verify made itself: nobody confirms its name.',
    ),
    timestampRequested: flag(),
  }),
);

/** The fields of `ExaminationReport`, each of which may be absent. */
export function examinationFields(): FieldsOf<ExaminationReport> {
  return {
    title: optional(text()),
    language: optional(described(text(), "The language of the report's sentences (RFC 5646).")),
    reportId: optional(text()),
    caseRef: optional(text()),
    supersedes: optional(described(text(), 'The id of the report that this one replaces.')),
    conclusion: optional(conclusion()),
    examiner: optional(examiner()),
    clock: optional(clock()),
    inputs: optional(inputs()),
    scope: optional(scope()),
    method: optional(method()),
    trail: optional(trail()),
    objects: optional(objects()),
    signing: optional(
      described(
        orNull(signing()),
        'Who is to sign this report; a signature of another certificate is refused. Null where nobody is to.',
      ),
    ),
  };
}
