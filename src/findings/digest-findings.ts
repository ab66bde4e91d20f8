/** Findings about digest files: what each holds, who signed it, and what its successor recorded of it. */
import { type EvidenceOf, type Fact, type Family, fact, type Weight } from './family.ts';

/**
 * How much each of them weighs, and what it rests on. `signingString` is what AWS signs of a digest, as this run computed it; `signature` (hex) is the one
 * that it was compared with.
 */
export const DIGEST_RULES = {
  DIGEST_MISSING: {
    weight: 'violation',
    evidence: { namedBy: 'text', inferred: 'flag', expectedWindow: 'span', 'expected?': 'text' },
  },
  DIGEST_MALFORMED: {
    weight: 'violation',
    evidence: { problems: 'texts', 'expected?': 'text', 'actual?': 'text' },
  },
  DIGEST_MOVED: {
    weight: 'violation',
    evidence: { expected: 'text', actual: 'text', 'signingString?': 'text', 'signature?': 'text' },
  },
  DIGEST_SIGNATURE_INVALID: {
    weight: 'violation',
    evidence: {
      fingerprint: 'text',
      signatureFrom: ['metadata', 'successor'],
      signingString: 'text',
      'signature?': 'text',
      'expected?': 'text',
      'actual?': 'text',
    },
  },
  DIGEST_SIGNATURE_MISSING: {
    weight: ['unproven', 'note'],
    evidence: { absent: 'texts', 'provenBy?': 'text' },
  },
  DIGEST_KEY_UNKNOWN: {
    weight: ['unproven', 'violation'],
    evidence: {
      fingerprint: 'text',
      region: 'text',
      ringComplete: 'flag',
      'signingString?': 'text',
      'signature?': 'text',
    },
    weigh: ({ ringComplete }: { readonly ringComplete: boolean }): Weight =>
      ringComplete ? 'violation' : 'unproven',
  },
  KEYS_UNTRUSTED: {
    weight: 'unproven',
    evidence: {
      fingerprint: 'text',
      region: 'text',
      origin: 'text',
      reason: ['endpoint-not-aws', 'inside-target'],
      detail: 'text',
      'signingString?': 'text',
      'signature?': 'text',
    },
  },
  DIGEST_KEY_EXPIRED: {
    weight: 'violation',
    evidence: {
      fingerprint: 'text',
      region: 'text',
      validTo: 'text',
      digestEnd: 'text',
      'signingString?': 'text',
      'signature?': 'text',
    },
  },
  DIGEST_UNREADABLE: { weight: 'unproven', evidence: { reason: 'failure', detail: 'text' } },
  DIGEST_UNLINKED: { weight: 'unproven', evidence: { window: 'span', 'insteadOf?': 'text' } },
  DIGEST_REMOVED: {
    weight: ['unproven', 'violation'],
    evidence: { 'expected?': 'text', 'mayHaveExpiredBy?': 'text' },
    weigh: ({
      expected,
      mayHaveExpiredBy,
    }: {
      readonly expected?: string | undefined;
      readonly mayHaveExpiredBy?: string | undefined;
    }): Weight => (expected !== undefined && mayHaveExpiredBy === undefined ? 'violation' : 'unproven'),
  },
  LINK_HASH_MISMATCH: {
    weight: 'violation',
    evidence: { expected: 'text', actual: 'text', recordedBy: 'text' },
  },
  LINK_SIGNATURE_MISMATCH: {
    weight: 'violation',
    evidence: { expected: 'text', actual: 'text', recordedBy: 'text' },
  },
  LINK_ASTRAY: { weight: 'unproven', evidence: { leadsTo: 'text', reason: ['not-back', 'other-chain'] } },
} as const;

/** The words of each code. */
export const DIGEST_FINDINGS: Family<typeof DIGEST_RULES> = {
  DIGEST_MISSING: {
    title: 'digest file missing',
    meaning:
      'A proven digest names this one as its predecessor, and it is not there. A run of missing hours is one finding an hour: the newest is named by its successor, the others follow from the hourly cadence between two proven digests (inferred).',
    advice:
      'Look for a delete marker or an older version of the object, for lifecycle rules that expire it, and for DeleteObject in the S3 data events of that bucket. If a lifecycle rule is meant to expire old evidence, give --from.',
    facts: ({ inferred, namedBy, expectedWindow }) => [
      fact`window ${{ span: expectedWindow }}`,
      fact`${inferred ? 'follows from the hourly cadence before' : 'named by'} ${{ digest: namedBy }}`,
    ],
    subject: 'digest',
    serves: 'removal',
    span: ({ expectedWindow }) => expectedWindow,
    signedHash: ({ expected }) => expected,
    counts: 'missing',
    isGone: true,
    causes: 'removal',
  },
  DIGEST_MALFORMED: {
    title: 'digest file malformed',
    meaning:
      'The object is not what CloudTrail writes: not exactly one gzip member, not JSON, a field missing, of the wrong type or contradicting another, or a JSON key that occurs twice.',
    advice: 'The object was damaged or replaced. Look for older versions of it and for who wrote it last.',
    facts: ({ problems }) => problems,
    subject: 'digest',
    serves: 'content',
    signedHash: ({ expected }) => expected,
  },
  DIGEST_MOVED: {
    title: 'digest file not where it was signed to be',
    meaning:
      'The bucket and key inside the signed digest are not the ones it was read from, and no relocation was declared.',
    advice:
      'If this bucket is a copy or replica, say so with --relocated FROM=TO. Otherwise somebody copied a genuine digest over another place.',
    facts: ({ expected, actual }) => [`signed as ${expected}`, `found as ${actual}`],
    subject: 'digest',
    serves: 'content',
  },
  DIGEST_SIGNATURE_INVALID: {
    title: 'digest signature does not verify',
    meaning: "The signature is not that of CloudTrail's key over this content at this place.",
    advice:
      'The digest or its signature was changed after delivery. Look for older versions of the object and for who wrote it last.',
    facts: ({ fingerprint, signatureFrom }) => [`key ${fingerprint}`, `signature from its ${signatureFrom}`],
    subject: 'digest',
    serves: 'content',
    signedHash: ({ expected }) => expected,
  },
  DIGEST_SIGNATURE_MISSING: {
    lighter:
      'a note in a bare folder copy, which never has metadata, and in a copy declared with --relocated, once the successor has proven the digest',
    title: 'digest signature metadata missing',
    meaning:
      "The metadata that CloudTrail always sets (signature, signature algorithm, a backfill digest's generation time) is absent or unusable. Where the successor's record proves the content, it was used; an object in S3 that has lost its metadata was rewritten all the same.",
    advice:
      'In S3, find out who rewrote the object. For a folder, make the copy with `trail-verify collect`, which keeps the metadata, so that the newest digest can be proven too.',
    facts: ({ absent, provenBy }) => [
      `absent: ${absent.join(', ')}`,
      provenBy === undefined ? 'not proven' : fact`content proven by ${{ digest: provenBy }}`,
    ],
    subject: 'digest',
    serves: 'origin',
  },
  DIGEST_KEY_UNKNOWN: {
    heavier: 'a violation where AWS itself listed all keys of that Region and time, and this is none of them',
    title: 'no public key with that fingerprint',
    meaning:
      'The digest names a signing key that is not among the known CloudTrail public keys of its Region.',
    advice:
      'Fetch the keys of that Region and time with `trail-verify keys fetch`, or give a complete key file with --keys.',
    facts: ({ fingerprint, region, ringComplete }) => [
      `key ${fingerprint}`,
      ringComplete ? `AWS lists no such key in ${region}` : `not among the given keys of ${region}`,
    ],
    subject: 'digest',
    serves: 'origin',
    acceptance: 'by-object',
  },
  KEYS_UNTRUSTED: {
    title: 'public key from a place that cannot be trusted',
    meaning:
      "The key that the digest names is known only from an endpoint that is not AWS's own, or from a file inside what is verified. The author of the evidence can have made that key, so it proves nothing.",
    advice:
      'Get the keys from AWS with `trail-verify keys fetch`, or copy the file from a source that you trust, and give it with --keys from outside the target. For an emulator, --trust-endpoint-keys says that its keys count.',
    facts: ({ fingerprint, reason, detail }) => [
      `key ${fingerprint}`,
      `${reason === 'endpoint-not-aws' ? "from an endpoint that is not AWS's" : 'from inside the target'}: ${detail}`,
    ],
    subject: 'other',
    serves: 'origin',
    acceptance: 'never',
  },
  DIGEST_KEY_EXPIRED: {
    title: 'signed by a key that had expired',
    meaning:
      "The signing key's validity ended before the digest's own window did, so CloudTrail cannot have used it for this digest.",
    advice:
      'Treat the digest as forged until AWS explains the signature, and keep the key, the digest and its metadata as evidence.',
    facts: ({ fingerprint, validTo, digestEnd }) => [
      `key ${fingerprint} was valid to ${validTo}`,
      `digest ends ${digestEnd}`,
    ],
    subject: 'digest',
    serves: 'origin',
  },
  DIGEST_UNREADABLE: {
    title: 'digest file could not be read',
    meaning:
      'The object is there, but it could not be read: it is denied, archived, undecryptable, too large, or unreachable after retries. Or a copy or bag names it and lacks its file, or has a link or a pipe in its place.',
    advice:
      'Grant s3:GetObject and, for SSE-KMS, kms:Decrypt; restore archived objects; make an incomplete copy or bag again, without links (cp -L, rsync -L); then run again.',
    facts: ({ reason, detail }) => [`${reason}: ${detail}`],
    subject: 'digest',
    serves: 'reading',
    causes: 'refusal',
  },
  DIGEST_UNLINKED: {
    title: 'genuine digest outside the chain',
    meaning:
      'AWS signed it, and it is at its signed place, but no digest of the chain leads to it. It is a fork, or it is left over from a trail that was deleted and created again.',
    advice:
      'Compare it with the digest of the same hour that is on the chain, and look for DeleteTrail and CreateTrail around that time.',
    facts: ({ window, insteadOf }) => [
      fact`window ${{ span: window }}`,
      insteadOf === undefined ? undefined : fact`the chain has ${{ digest: insteadOf }}`,
    ],
    subject: 'digest',
    serves: 'additions',
    span: ({ window }) => window,
  },
  DIGEST_REMOVED: {
    heavier:
      "a violation where a version of it carries AWS's signature and no lifecycle rule that may be read can have removed it",
    title: 'digest removed, and nothing that is left names it',
    meaning:
      'The bucket keeps versions, and a delete marker hides a digest. The digest is beyond those that are left of its chain, or its chain has none left. It was delivered and then deleted. Of a chain that was deleted whole, the newest digest is reported.',
    advice:
      'Copy it out with trail-verify recover, which follows it to the log files that it names; look for who deleted it.',
    facts: ({ expected, mayHaveExpiredBy }) =>
      expected === undefined
        ? ['no version of it is proven']
        : [
            fact`a version of it is signed by AWS, content ${{ hash: expected }}`,
            mayHaveExpiredBy === undefined
              ? undefined
              : `lifecycle rule ${JSON.stringify(mayHaveExpiredBy)} may have removed it`,
          ],
    subject: 'digest',
    serves: 'removal',
    signedHash: ({ expected }) => expected,
    isGone: true,
    causes: 'removal',
  },
  LINK_HASH_MISMATCH: {
    title: 'digest is not the one its successor recorded (content)',
    meaning: 'The SHA-256 of this digest differs from previousDigestHashValue in its proven successor.',
    advice:
      'This digest was replaced or changed after the next one was signed. Look for older versions of it.',
    facts: recordedFacts,
    subject: 'digest',
    serves: 'content',
    signedHash: ({ expected }) => expected,
  },
  LINK_SIGNATURE_MISMATCH: {
    title: 'digest is not the one its successor recorded (signature)',
    meaning:
      'The signature kept with this digest differs from previousDigestSignature in its proven successor.',
    advice:
      'The digest or its metadata was replaced after the next one was signed. Look for older versions of it.',
    facts: recordedFacts,
    subject: 'digest',
    serves: 'content',
  },
  LINK_ASTRAY: {
    title: 'digest names a predecessor that cannot be one',
    meaning:
      'A proven digest names as its predecessor itself, a later digest, or one of another account, Region or trail. CloudTrail links each digest to the one before it, so the link was not followed: nothing proves what came before.',
    advice:
      'Keep the digest and its metadata as evidence, and ask AWS support to explain it. Check where the public keys came from.',
    facts: ({ leadsTo, reason }) => [
      fact`names ${{ digest: leadsTo }}, ${reason === 'not-back' ? 'which is not before it' : 'which is of another chain'}`,
    ],
    subject: 'digest',
    serves: 'content',
  },
};

function recordedFacts({
  expected,
  actual,
  recordedBy,
}: EvidenceOf<(typeof DIGEST_RULES.LINK_HASH_MISMATCH)['evidence']>): readonly Fact[] {
  return [
    fact`expected ${{ hash: expected }}`,
    fact`actual ${{ hash: actual }}`,
    fact`recorded by ${{ digest: recordedBy }}`,
  ];
}
