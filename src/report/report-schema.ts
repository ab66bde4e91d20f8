import {
  between,
  checkDocument,
  count,
  described,
  documentOf,
  flag,
  list,
  named,
  object,
  oneOf,
  only,
  optional,
  orNull,
  pattern,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { strictJson } from '../base/json.ts';
import { sha256 as hashOf } from '../crypto/hash.ts';
import type { Limit, StateRecord } from '../findings/event.ts';
import { examinationFields, method, toolRecord, verdict } from './examination-schema.ts';
import { code, controlEvent, findingSchema, span, weight } from './finding-schema.ts';
import { lakeSchema } from './lake.ts';
import type {
  AcceptanceReport,
  ChainReport,
  ControlsOfCode,
  DigestTotals,
  EndpointRecord,
  KeyReport,
  LogTotals,
  OverflowFindings,
  Report,
  UncoveredSpan,
} from './report.ts';

/**
 * What a report is: `report.json` is held to this, and the published `report-v1.schema.json` is made of it. No object takes a field
 * that is not named here.
 */

const outcomes = () => ({
  listed: count(),
  valid: count(),
  invalid: count(),
  missing: count(),
  unproven: count(),
});

const digestTotals = named(
  'digestTotals',
  documentOf<DigestTotals>()(() =>
    described(
      object(outcomes()),
      'Digest files by outcome. listed: shown by the listing in scope; missing: named by evidence only.',
    ),
  ),
);

const logTotals = documentOf<LogTotals>()(() =>
  described(
    object({ ...outcomes(), unlisted: count() }),
    'Log files by outcome. listed: named by proven digests; unlisted: in no digest.',
  ),
);

const endpoint = documentOf<EndpointRecord>()(() =>
  object({
    service: oneOf(['account', 'cloudtrail', 'kms', 'organizations', 's3', 'sts']),
    url: text(),
    source: oneOf(['option', 'environment', 'profile']),
    aws: flag(),
  }),
);

const uncovered = documentOf<UncoveredSpan>()(() =>
  object({
    from: time(),
    to: time(),
    chain: text(),
    reason: code(),
    explainedBy: optional(
      described(
        list(text()),
        'The control events that can have caused it, the likeliest first, by their eventId.',
      ),
    ),
    accepted: optional(
      described(text(), 'The acceptance that accepts the finding of this reason; the time stays uncovered.'),
    ),
  }),
);

const chain = named(
  'chain',
  documentOf<ChainReport>()(() =>
    object({
      id: text(),
      account: pattern(/^\d{12}$/),
      region: text(),
      trail: text(),
      homeRegion: text(),
      kind: oneOf(['standard', 'backfill']),
      organization: optional(
        described(
          text(),
          "The organization in whose folder its digests are; absent for an account's own trail.",
        ),
      ),
      digests: digestTotals(),
      logs: digestTotals(),
      families: described(
        object({
          'management-and-data': optional(count()),
          insights: optional(count()),
          'network-activity': optional(count()),
          aggregated: optional(count()),
          unknown: optional(count()),
        }),
        'Log files by kind of event.',
      ),
      depth: optional(
        described(
          oneOf(['chain', 'chain+listing', 'full']),
          'How deep a run with a state examined the chain.',
        ),
      ),
      trustedFromCheckpoint: optional(
        described(list(span()), 'Time that was not read again, and that only the checkpoint proves.'),
      ),
      covered: list(span()),
      first: orNull(time()),
      last: orNull(time()),
    }),
  ),
);

const overflowFindings = documentOf<OverflowFindings>()(() =>
  described(
    object({
      path: text(),
      sha256: described(sha256(), 'SHA-256 of the lines, uncompressed.'),
      lines: count(),
      counts: list(
        object({
          chain: optional(text()),
          code: code(),
          weight: weight(),
          count: count(),
          accepted: optional(count()),
          from: optional(described(time(), 'The first of the times that they are about.')),
          to: optional(described(time(), 'The last of them.')),
        }),
      ),
    }),
    'The findings that are not named here, where there are more than 20000 of a code. A companion file has them, one finding in JSON on each line.',
  ),
);

const controls = documentOf<ControlsOfCode>()(() => object({ code: code(), supports: list(text()) }));

const acceptance = documentOf<AcceptanceReport>()(() =>
  object({
    name: text(),
    code: code(),
    object: optional(described(text(), "The object's URI, in which * matches anything, and \\* a star.")),
    chain: optional(described(text(), "The chain's id, in which * matches anything, and \\* a star.")),
    window: optional(object({ from: optional(time()), to: optional(time()) })),
    reason: text(),
    acceptedBy: described(text(), 'As it was given; nobody checked it.'),
    expires: time(),
    status: described(oneOf(['applied', 'unmatched', 'expired']), 'Only applied has a part in the verdict.'),
    findings: described(count(), 'Unproven findings that it matches.'),
    violations: described(count(), 'Violations that it matches, and that stay.'),
  }),
);

const key = documentOf<KeyReport>()(() =>
  object({
    fingerprint: pattern(/^[0-9a-f]{32}$/),
    region: orNull(text()),
    validFrom: orNull(time()),
    validTo: orNull(time()),
    origin: text(),
    trusted: optional(
      described(only(false), 'Present for a key that proved nothing, because of its origin.'),
    ),
    endpoint: optional(described(text(), "The endpoint that listed it, where that is not AWS's own.")),
    publicKey: optional(described(text(), 'The key in base64, as AWS lists it (DER).')),
    sha256: optional(sha256()),
    bits: optional(count()),
    exponent: optional(count()),
    usedByDigests: optional(described(count(), 'Proven digests that name it.')),
  }),
);

const limit = documentOf<Limit>()(() => object({ code: text(), text: text() }));

const state = documentOf<StateRecord>()(() =>
  described(
    object({
      location: text(),
      read: orNull(
        object({
          sha256: sha256(),
          written: time(),
          signer: orNull(sha256()),
          trustedBy: described(
            orNull(oneOf(['signer', 'hash'])),
            "What makes the checkpoint trusted: its signer, the hash that the run's caller gave, or nothing (null). With null, everything was read.",
          ),
        }),
      ),
      checkpoint: orNull(sha256()),
      days: object({ unchanged: count(), changed: list(text()), sampled: list(text()) }),
      sample: orNull(object({ rate: between(0, 1), seed: text() })),
      held: list(text()),
    }),
    'The checkpoint that a run with a state read, and the one that it wrote. The SHA-256 of its line names a checkpoint.',
  ),
);

/** The schema `trail-verify/report/v1`. */
export const reportSchema: () => Schema<Report> = documentOf<Report>()(() =>
  described(
    object({
      schema: only('trail-verify/report/v1'),
      verdict: verdict(),
      ...examinationFields(),
      tool: toolRecord(),
      run: object({
        id: text(),
        started: time(),
        finished: time(),
        endpoints: optional(
          described(
            list(endpoint()),
            "Endpoints that were used in place of the usual ones, by service: where each was set, and whether it is one of AWS's own, over TLS. Absent where there were none.",
          ),
        ),
      }),
      source: object({
        target: text(),
        kind: text(),
        relocated: list(object({ from: text(), to: text() })),
        readAs: optional(
          described(
            list(text()),
            'The parts of buckets that a folder was read as. Absent where it was read from the top of its buckets.',
          ),
        ),
      }),
      window: object({
        requested: object({ from: orNull(time()), to: time() }),
        covered: described(
          list(span()),
          'Time that every standard chain in scope covers, or had not begun to; none where the run ended early.',
        ),
        uncovered: list(uncovered()),
        verifiedThrough: described(
          orNull(time()),
          'The end of the newest digest up to which every standard chain is proven; null where nothing is, or the run ended early.',
        ),
      }),
      totals: object({
        digests: digestTotals(),
        logs: logTotals(),
        bytes: object({ read: count(), inflated: count() }),
      }),
      chains: list(chain()),
      findings: list(findingSchema()),
      overflowFindings: optional(overflowFindings()),
      controls: optional(
        described(
          list(controls()),
          'Controls of other frameworks that the findings support, by code. Evidence for a control does not satisfy it.',
        ),
      ),
      controlEvents: optional(
        described(
          list(controlEvent()),
          'What verified log files record that can silence a trail or change its evidence, oldest first.',
        ),
      ),
      acceptances: optional(
        described(
          list(acceptance()),
          'Acceptances of unproven findings that the run was given, and what became of each. A violation is never accepted.',
        ),
      ),
      lake: optional(lakeSchema(method())),
      keys: described(list(key()), 'The public keys on which the result rests.'),
      limits: described(list(limit(), { least: 1 }), 'What was not checked.'),
      state: optional(state()),
      evidence: optional(
        described(
          object({
            payloadManifestSha256: described(
              sha256(),
              "SHA-256 of the bag's manifest-sha256.txt, which names every file of evidence.",
            ),
          }),
          'The evidence bag that this report belongs to (BagIt, RFC 8493).',
        ),
      ),
    }),
    {
      title: 'trail-verify report, version 1',
      description:
        'The result of one verification of CloudTrail log files. Times are ISO 8601 in UTC; hashes, signatures and fingerprints are lower-case hex. Properties may be added; none here changes its meaning within version 1.',
    },
  ),
);

/**
 * Reads `report.json` as a file of unknown origin: every byte counts, because renderings repeat it. Content that two
 * JSON readers could take differently - a key that occurs twice, bytes that are not UTF-8 - is refused.
 */

/** A larger file is refused: V8 holds strings below 512 Mi characters, and this leaves room to work with them. */
export const MOST_REPORT_BYTES: number = 256 * 1024 * 1024;

/** A report, and the SHA-256 (hex) of the very bytes that it was read from. */
export interface ReadReport {
  readonly report: Report;
  readonly sha256: string;
}

/**
 * The report in `bytes`; `name` is what errors call it. Throws REPORT_INVALID where they are not UTF-8 JSON without
 * duplicate keys that fits the schema `trail-verify/report/v1`, with the evidence of each finding as its code has it.
 */
export function readReport(bytes: Uint8Array, name: string): ReadReport {
  if (bytes.length > MOST_REPORT_BYTES) throw invalid(name, `is larger than ${MOST_REPORT_BYTES} bytes`);
  const checked = checkDocument(reportSchema(), parse(bytes, name));
  if ('problem' in checked)
    throw invalid(name, `is not a report of trail-verify, version 1: at ${checked.problem}`);
  return { report: checked.value, sha256: hashOf(bytes) };
}

function parse(bytes: Uint8Array, name: string): unknown {
  const read = strictJson(bytes);
  if ('value' in read) return read.value;
  throw invalid(name, read.problem, read.cause);
}

function invalid(name: string, problem: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('REPORT_INVALID', `${name} ${problem}`, {
    hint: 'give a report.json as trail-verify verify wrote it, unchanged',
    cause,
  });
}
