/** The part of a report about the query results of CloudTrail Lake: their sets as they were judged, counted, and its schema. */
import {
  count,
  described,
  documentOf,
  flag,
  list,
  object,
  oneOf,
  orNull,
  pattern,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import type { QueryResultFile, QueryResults } from '../findings/event.ts';
import type { LakeReport, MethodRecord, QueryTotals } from './report.ts';

/** How query results are verified, step by step. A change of a step is a new id. */
const LAKE_METHOD: MethodRecord = {
  id: 'trail-verify/lake-results/1',
  reference:
    'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-results-file-custom-validation.html',
  steps: [
    'List the folders of query results below every account in scope, and take every folder with such a file for a set.',
    'Read each sign file strictly, and refuse JSON keys, names and hashes that CloudTrail would not write.',
    "Verify its signature (RSASSA-PKCS1-v1_5, SHA-256) over the listed hashes, joined by single spaces, with CloudTrail's public key of its Region and fingerprint, which must be valid at the end of the query or in the twenty days after.",
    'Compare the SHA-256 of each stored file with the listed one, and name every file that is missing, changed or not listed.',
    'Compare the day in the path of the folder with the end of the query, and name signatures that are at two places.',
  ],
};

/** The sets, counted: in the order of their folders. Undefined where there are none. */
export function lakeReport(sets: readonly QueryResults[], bytes: number): LakeReport | undefined {
  if (sets.length === 0) return undefined;
  return {
    method: LAKE_METHOD,
    totals: lakeTotals(sets),
    bytes,
    sets: [...sets].sort((a, b) => (a.uri < b.uri ? -1 : 1)),
  };
}

/** The counts of sets and of their files. */
export function lakeTotals(sets: readonly QueryResults[]): LakeReport['totals'] {
  const bySet = { valid: 0, invalid: 0, unproven: 0 };
  const byFile = { listed: 0, valid: 0, invalid: 0, missing: 0, unproven: 0, unread: 0, unlisted: 0 };
  for (const { outcome, files, unlisted } of sets) {
    bySet[outcome] += 1;
    byFile.listed += files.length;
    byFile.unlisted += unlisted;
    for (const file of files) byFile[file.outcome ?? 'unread'] += 1;
  }
  return { sets: bySet, files: byFile };
}

/** How many sets there are of every outcome. */
export function setsOf({ valid, invalid, unproven }: QueryTotals): number {
  return valid + invalid + unproven;
}

const totals = documentOf<LakeReport['totals']>()(() =>
  object({
    sets: object({ valid: count(), invalid: count(), unproven: count() }),
    files: described(
      object({
        listed: count(),
        valid: count(),
        invalid: count(),
        missing: count(),
        unproven: count(),
        unread: count(),
        unlisted: count(),
      }),
      'Result files by outcome. listed: by sign files; unread: there, and not to be read; unlisted: in a folder of results, and listed by no sign file.',
    ),
  }),
);

const file = documentOf<QueryResultFile>()(() =>
  object({
    name: described(text(), 'As the sign file has it: no signature covers it.'),
    sha256: described(sha256(), 'The listed SHA-256 of the stored file, which the signature covers.'),
    outcome: orNull(oneOf(['valid', 'invalid', 'missing', 'unproven'])),
  }),
);

const set = documentOf<QueryResults>()(() =>
  object({
    uri: described(text(), 'The folder of the set.'),
    account: text(),
    queryId: described(
      orNull(text()),
      'By the path of the folder, as the day is: no signature covers either.',
    ),
    day: orNull(pattern(/^\d{4}-\d{2}-\d{2}$/)),
    region: described(orNull(text()), 'As the sign file says, as for the time when the query ended.'),
    completed: orNull(time()),
    outcome: oneOf(['valid', 'invalid', 'unproven']),
    signed: described(flag(), "Whether AWS's signature over the hashes was verified."),
    fingerprint: orNull(pattern(/^[0-9a-f]{32}$/)),
    signFileSha256: orNull(sha256()),
    files: described(list(file()), 'In the order of the signature.'),
    unlisted: count(),
  }),
);

/** The schema of that part; `method` is that of any method. */
export function lakeSchema(method: Schema<MethodRecord>): Schema<LakeReport> {
  return described(
    object({
      method,
      totals: totals(),
      bytes: count(),
      sets: list(set()),
    }),
    'The query results of CloudTrail Lake that were verified. Absent where none were found.',
  );
}
