/** Findings about the results of queries that CloudTrail Lake saved, compared with the sign file of each query. */
import { type Family, fact, type Weight } from './family.ts';

/**
 * How much each of them weighs, and what it rests on. `sha256` of an invalid signature is that of the signed text, which is the
 * listed hashes of all files in a row; `signature` is in hex. `signFile` is the URI of the sign file that lists a result.
 */
export const LAKE_RULES = {
  LAKE_SIGN_FILE_MISSING: { weight: 'unproven', evidence: { results: 'count' } },
  LAKE_SIGN_FILE_MALFORMED: { weight: 'violation', evidence: { problems: 'texts', 'sha256?': 'text' } },
  LAKE_SIGN_FILE_UNREADABLE: { weight: 'unproven', evidence: { reason: 'failure', detail: 'text' } },
  LAKE_SIGNATURE_INVALID: {
    weight: 'violation',
    evidence: { fingerprint: 'text', region: 'text', files: 'count', sha256: 'text', signature: 'text' },
  },
  LAKE_KEY_UNKNOWN: {
    weight: ['unproven', 'violation'],
    evidence: { fingerprint: 'text', region: 'text', ringComplete: 'flag' },
    weigh: ({ ringComplete }: { readonly ringComplete: boolean }): Weight =>
      ringComplete ? 'violation' : 'unproven',
  },
  LAKE_KEY_UNTRUSTED: {
    weight: 'unproven',
    evidence: {
      fingerprint: 'text',
      region: 'text',
      origin: 'text',
      reason: ['endpoint-not-aws', 'inside-target'],
      detail: 'text',
    },
  },
  LAKE_KEY_EXPIRED: {
    weight: 'violation',
    evidence: { fingerprint: 'text', region: 'text', validFrom: 'text', validTo: 'text', completed: 'text' },
  },
  LAKE_RESULT_MISSING: {
    weight: 'violation',
    evidence: { expected: 'text', signFile: 'text', 'claim?': 'text' },
  },
  LAKE_RESULT_MODIFIED: {
    weight: 'violation',
    evidence: { expected: 'text', actual: 'text', signFile: 'text' },
  },
  LAKE_RESULT_UNREADABLE: {
    weight: 'unproven',
    evidence: { reason: 'failure', detail: 'text', signFile: 'text' },
  },
  LAKE_RESULT_UNLISTED: {
    weight: 'unproven',
    evidence: { 'written?': 'text', size: 'count', 'further?': 'count' },
  },
  LAKE_PLACE_ODD: {
    weight: 'unproven',
    evidence: { reason: ['path', 'future', 'other-day'], 'completed?': 'text' },
  },
  LAKE_QUERY_DIFFERS: {
    weight: 'unproven',
    evidence: { reason: ['elsewhere', 'not-delivered'], 'deliveredTo?': 'text', 'status?': 'text' },
  },
  LAKE_NAMES_NOT_IN_ORDER: { weight: 'note', evidence: { expected: 'text', actual: 'text' } },
  LAKE_SIGNED_TWICE: { weight: 'note', evidence: { other: 'text' } },
  LAKE_NOT_LOOKED_AT: { weight: 'unproven', evidence: { listed: 'count' } },
  LAKE_RESULTS_ABSENT: { weight: 'unproven', evidence: { 'account?': 'text', 'region?': 'text' } },
} as const;

/** Why CloudTrail would not save results at that place. */
const ODD_PLACES = {
  path: 'the folder is not YYYY/MM/DD and the id of a query',
  future: 'the day of the folder, or the end of the query, is still to come',
  'other-day': 'the query ended on another day',
};

/** The words of each code. */
export const LAKE_FINDINGS: Family<typeof LAKE_RULES> = {
  LAKE_SIGN_FILE_MISSING: {
    title: 'query results without their sign file',
    meaning:
      'The folder holds query results of CloudTrail Lake, and no result_sign.json. CloudTrail saves one with every query, so it was deleted or not copied, or it is still on its way. Nothing proves these results.',
    advice:
      'Look for a delete marker or an older version of result_sign.json, and for DeleteObject in S3 data events. Where the folder is a copy, copy the whole folder.',
    facts: ({ results }) => [fact`${{ count: results, of: 'result file' }} without a proof`],
    subject: 'object',
    serves: 'queries',
    isGone: true,
    causes: 'removal',
    holdsBack: 'nothing',
  },
  LAKE_SIGN_FILE_MALFORMED: {
    title: 'sign file of query results malformed',
    meaning:
      'The sign file, result_sign.json, is not what CloudTrail writes: it is too large, no JSON, lacks a field or has another one than it must, names a field twice, or lists names or hashes that CloudTrail would not list.',
    advice: 'Treat the results as unproven. Look for older versions of the object and for who wrote it last.',
    facts: ({ problems }) => problems,
    subject: 'object',
    serves: 'queries',
    holdsBack: 'nothing',
  },
  LAKE_SIGN_FILE_UNREADABLE: {
    title: 'sign file of query results could not be read',
    meaning:
      'The sign file, result_sign.json, is there, and its content could not be had. So nothing proves the results.',
    advice: 'See what the reason says: grant the right, restore the object, or run again.',
    facts: ({ reason, detail }) => [`${reason}: ${detail}`],
    subject: 'object',
    serves: 'queries',
    causes: 'refusal',
    holdsBack: 'nothing',
  },
  LAKE_SIGNATURE_INVALID: {
    title: 'signature of query results does not verify',
    meaning:
      "The signature in result_sign.json is not CloudTrail's over the listed hashes: a hash, their order or their number was changed, or the signature was.",
    advice:
      'Treat the results as forged. Run the query again in CloudTrail Lake, and look for who wrote the objects last.',
    facts: ({ fingerprint, region, files, sha256 }) => [
      `key ${fingerprint} of ${region}`,
      fact`hashes of ${{ count: files, of: 'file' }}, as a text SHA-256 ${{ hash: sha256 }}`,
    ],
    subject: 'object',
    serves: 'queries',
    holdsBack: 'nothing',
  },
  LAKE_KEY_UNKNOWN: {
    heavier: 'a violation where AWS itself listed all keys of that Region and time, and this is none of them',
    title: 'no public key with the fingerprint that the sign file names',
    meaning:
      'The sign file of query results names a signing key that is not among the known CloudTrail public keys of its Region.',
    advice:
      'Fetch the keys of that Region and time with `trail-verify keys fetch`, or give a complete key file with --keys.',
    facts: ({ fingerprint, region, ringComplete }) => [
      `key ${fingerprint}`,
      ringComplete ? `AWS lists no such key in ${region}` : `not among the given keys of ${region}`,
    ],
    subject: 'object',
    serves: 'queries',
    acceptance: 'by-object',
    holdsBack: 'nothing',
  },
  LAKE_KEY_UNTRUSTED: {
    title: 'query results signed with a key from a place that cannot be trusted',
    meaning:
      "The key that the sign file names is known only from an endpoint that is not AWS's own, or from a file inside what is verified. The author of the results can have made that key, so it proves nothing.",
    advice:
      'Get the keys from AWS with `trail-verify keys fetch`, or copy the file from a source that you trust, and give it with --keys from outside the target. For an emulator, --trust-endpoint-keys says that its keys count.',
    facts: ({ fingerprint, reason, detail }) => [
      `key ${fingerprint}`,
      `${reason === 'endpoint-not-aws' ? "from an endpoint that is not AWS's" : 'from inside the target'}: ${detail}`,
    ],
    subject: 'other',
    serves: 'queries',
    acceptance: 'never',
    holdsBack: 'nothing',
  },
  LAKE_KEY_EXPIRED: {
    title: 'query results signed with a key out of its validity',
    meaning:
      'The key was not valid when the query ended, nor in the twenty days after. So CloudTrail cannot have signed these results with it. Or the time in the sign file, which no signature covers, was changed.',
    advice:
      'Treat the results as forged until AWS explains the signature, and keep the key and the sign file as evidence.',
    facts: ({ fingerprint, validFrom, validTo, completed }) => [
      `key ${fingerprint} was valid from ${validFrom} to ${validTo}`,
      `the query ended ${completed}`,
    ],
    subject: 'object',
    serves: 'queries',
    holdsBack: 'nothing',
  },
  LAKE_RESULT_MISSING: {
    title: 'query result missing',
    meaning: 'The sign file lists this result file, and it is not there.',
    advice:
      'Look for a delete marker or an older version, for lifecycle rules, and for DeleteObject in S3 data events.',
    facts: ({ expected, signFile, claim }) => [
      fact`expected ${{ hash: expected }}`,
      `listed by ${signFile}`,
      claim === undefined ? undefined : `the copy says: ${claim}`,
    ],
    subject: 'object',
    serves: 'queries',
    isGone: true,
    causes: 'removal',
    holdsBack: 'nothing',
  },
  LAKE_RESULT_MODIFIED: {
    title: 'query result modified',
    meaning: 'The SHA-256 of the stored file is not the one that the sign file lists for its name.',
    advice:
      'Its rows cannot be relied on. Look for older versions of the object and for who wrote it last. A tool that inflates or repacks what it copies changes the file as well: copy with `trail-verify collect` or `aws s3 sync`.',
    facts: ({ expected, actual, signFile }) => [
      fact`expected ${{ hash: expected }}`,
      fact`actual ${{ hash: actual }}`,
      `listed by ${signFile}`,
    ],
    subject: 'object',
    serves: 'queries',
    holdsBack: 'nothing',
  },
  LAKE_RESULT_UNREADABLE: {
    title: 'query result could not be read',
    meaning: 'The sign file lists this result file, and its content could not be had.',
    advice: 'See what the reason says: grant the right, restore the object, or run again.',
    facts: ({ reason, detail, signFile }) => [`${reason}: ${detail}`, `listed by ${signFile}`],
    subject: 'object',
    serves: 'queries',
    causes: 'refusal',
    holdsBack: 'nothing',
  },
  LAKE_RESULT_UNLISTED: {
    title: 'file among query results that the sign file does not list',
    meaning:
      'The folder of a query holds this file, and its sign file does not list it. A reader who loads the whole folder takes it for a result of the query.',
    advice: 'Do not use it. Find out who put it there.',
    facts: ({ written, size, further }) => [
      written === undefined ? undefined : `written ${written}`,
      fact`${{ bytes: size }}`,
      further === undefined ? undefined : fact`and ${{ count: further, of: 'more file' }}`,
    ],
    subject: 'object',
    serves: 'queries',
    holdsBack: 'nothing',
  },
  LAKE_PLACE_ODD: {
    title: 'query results at a place where CloudTrail does not save them',
    meaning:
      'CloudTrail Lake saves results at CloudTrail-Lake/Query/YYYY/MM/DD/QUERY-ID/, by the day of the query. These are elsewhere. No signature covers the place, so genuine results of another query may have been put here.',
    advice:
      'Ask `aws cloudtrail describe-query` for the query that the folder names: when it ended and where its results were delivered.',
    facts: ({ reason, completed }) => [
      ODD_PLACES[reason],
      completed === undefined ? undefined : `the sign file says that the query ended ${completed}`,
    ],
    subject: 'object',
    serves: 'queries',
    holdsBack: 'nothing',
  },
  LAKE_QUERY_DIFFERS: {
    title: 'query results that CloudTrail did not deliver here',
    meaning:
      'CloudTrail was asked about the query that the folder names. It delivered the results of that query to another place, or not at all. No signature covers the place, so genuine results of another query may have been put here.',
    advice:
      'Compare the text of the query in the report with what the results are used for. Declare a copied bucket with --relocated.',
    facts: ({ reason, deliveredTo, status }) => [
      reason === 'elsewhere' ? 'delivered elsewhere' : 'not delivered',
      deliveredTo === undefined ? undefined : `to ${deliveredTo}`,
      status === undefined ? undefined : `status ${status}`,
    ],
    subject: 'object',
    serves: 'queries',
    holdsBack: 'nothing',
  },
  LAKE_NAMES_NOT_IN_ORDER: {
    title: 'names of query results are not in their order',
    meaning:
      'The files of the sign file are not named result_1.csv.gz, result_2.csv.gz and so on. The signature covers the hashes in their order, and no name: names may have been swapped. That CloudTrail always lists them in this order is not documented, so this is a note.',
    advice:
      'Rely on the content of the files and not on their names. Where the order of rows matters, run the query again.',
    facts: ({ expected, actual }) => [`${actual} is in the place of ${expected}`],
    subject: 'object',
    serves: 'queries',
  },
  LAKE_SIGNED_TWICE: {
    title: 'the same signature at two places',
    meaning:
      'Another folder holds query results with the very same signature. Two queries with equal results, such as none at all, can have it. Or a signed set was copied to the folder of another query: no signature covers the place.',
    advice:
      'Ask `aws cloudtrail describe-query` for both queries, whether they had the same number of results.',
    facts: ({ other }) => [`also at ${other}`],
    subject: 'object',
    serves: 'queries',
  },
  LAKE_NOT_LOOKED_AT: {
    title: 'query results that were not looked at',
    meaning:
      'The folder of query results holds more than a run looks at: 100,000 objects, those of the newest days first, and a hundred folders that are of no day. The others were not verified, and may hold anything.',
    advice:
      'Give a --from, or name the folder of a year, a month or a day as the target. Look for objects that CloudTrail did not write.',
    facts: ({ listed }) => [fact`${{ count: listed, of: 'object' }} listed`],
    subject: 'other',
    serves: 'queries',
    acceptance: 'never',
    holdsBack: 'nothing',
  },
  LAKE_RESULTS_ABSENT: {
    title: 'no query results of what was asked for',
    meaning:
      'Query results of this account or Region were asked for by name, and none were found and proven to be of it.',
    advice: 'Check the name, the target and the window.',
    facts: ({ account, region }) => [
      `asked for: ${[account, region].filter((part) => part !== undefined).join('/')}`,
    ],
    subject: 'other',
    serves: 'queries',
    holdsBack: 'nothing',
  },
};
