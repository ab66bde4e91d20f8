import type { CatalogueEntry } from './catalogue-entry.ts';
import type { FindingCode } from './finding.ts';
import { STATE_WORDS } from './state-words.ts';

export type { CatalogueEntry };

/** Every finding's words: what it is called, what it means, what to do next. A code without an entry does not compile. */
export const CATALOGUE: Readonly<Record<FindingCode, CatalogueEntry>> = {
  DIGEST_MISSING: {
    weight: 'violation',
    title: 'digest file missing',
    meaning:
      'A proven digest names this one as its predecessor, and it is not there. A run of missing hours is one finding an hour: the newest is named by its successor, the others follow from the hourly cadence between two proven digests (inferred).',
    advice:
      'Look for a delete marker or an older version of the object, for lifecycle rules that expire it, and for DeleteObject in the S3 data events of that bucket. If a lifecycle rule is meant to expire old evidence, give --from.',
  },
  DIGEST_MALFORMED: {
    weight: 'violation',
    title: 'digest file malformed',
    meaning:
      'The object is not what CloudTrail writes: not exactly one gzip member, not JSON, a field missing, of the wrong type or contradicting another, or a JSON key that stands twice.',
    advice: 'The object was damaged or replaced. Look for older versions of it and for who wrote it last.',
  },
  DIGEST_MOVED: {
    weight: 'violation',
    title: 'digest file not where it was signed to be',
    meaning:
      'The bucket and key inside the signed digest are not the ones it was read from, and no relocation was declared.',
    advice:
      'If this bucket is a copy or replica, say so with --relocated FROM=TO. Otherwise somebody copied a genuine digest over another place.',
  },
  DIGEST_SIGNATURE_INVALID: {
    weight: 'violation',
    title: 'digest signature does not verify',
    meaning: "The signature is not that of CloudTrail's key over this content at this place.",
    advice:
      'The digest or its signature was changed after delivery. Look for older versions of the object and for who wrote it last.',
  },
  DIGEST_SIGNATURE_MISSING: {
    weight: 'unproven',
    lighter:
      'a note in a bare folder copy, which never has metadata, and in a copy declared with --relocated, once the successor has proven the digest',
    title: 'digest signature metadata missing',
    meaning:
      "The metadata that CloudTrail always sets (signature, signature algorithm, a backfill digest's generation time) is absent or unusable. Where the successor's record proves the content, it was used; an object in S3 that has lost its metadata was rewritten all the same.",
    advice:
      'In S3, find out who rewrote the object. For a folder, make the copy with `trail-verify collect`, which keeps the metadata, so that the newest digest can be proven too.',
  },
  DIGEST_KEY_UNKNOWN: {
    weight: 'unproven',
    heavier: 'a violation where AWS itself listed all keys of that Region and time, and this is none of them',
    title: 'no public key with that fingerprint',
    meaning:
      'The digest names a signing key that is not among the known CloudTrail public keys of its Region.',
    advice:
      'Fetch the keys of that Region and time with `trail-verify keys fetch`, or give a complete key file with --keys.',
  },
  KEYS_UNTRUSTED: {
    weight: 'unproven',
    title: 'public key from a place that cannot be trusted',
    meaning:
      "The key that the digest names is known only from an endpoint that is not AWS's own, or from a file inside what is verified. Whoever wrote the evidence can have made that key, so it proves nothing.",
    advice:
      'Get the keys from AWS with `trail-verify keys fetch`, or copy the file from a source that you trust, and give it with --keys from outside the target. For an emulator, --trust-endpoint-keys says that its keys count.',
  },
  DIGEST_KEY_EXPIRED: {
    weight: 'violation',
    title: 'signed by a key that had expired',
    meaning:
      "The signing key's validity ended before the digest's own window did, so CloudTrail cannot have used it for this digest.",
    advice:
      'Treat the digest as forged until AWS explains the signature, and keep the key, the digest and its metadata as evidence.',
  },
  DIGEST_UNREADABLE: {
    weight: 'unproven',
    title: 'digest file could not be read',
    meaning:
      'The object is there but was denied, is archived, could not be decrypted, is too large or stayed unreachable after retries; or a copy or bag that names it lacks its file.',
    advice:
      'Grant s3:GetObject and, for SSE-KMS, kms:Decrypt; restore archived objects; make an incomplete copy or bag anew; then run again.',
  },
  DIGEST_UNLINKED: {
    weight: 'unproven',
    title: 'genuine digest outside the chain',
    meaning:
      'Signed by AWS and at its signed place, but no digest of the chain leads to it: a fork, or a leftover of a trail that was made anew.',
    advice:
      'Compare it with the digest of the same hour that is on the chain, and look for DeleteTrail and CreateTrail around that time.',
  },
  DIGEST_REMOVED: {
    weight: 'unproven',
    heavier:
      "a violation where a version of it carries AWS's signature and no lifecycle rule that may be read can have removed it",
    title: 'digest removed that nothing left names',
    meaning:
      'The bucket keeps versions, and a delete marker lies on a digest beyond those left of its chain, or of a chain of which none is left: it was delivered, and then deleted. Of a chain that was deleted whole the newest is told.',
    advice:
      'Copy it out with trail-verify recover, which follows it to the log files that it names; look for who deleted it.',
  },
  LINK_HASH_MISMATCH: {
    weight: 'violation',
    title: 'digest is not the one its successor recorded (content)',
    meaning: 'The SHA-256 of this digest differs from previousDigestHashValue in its proven successor.',
    advice:
      'This digest was replaced or changed after the next one was signed. Look for older versions of it.',
  },
  LINK_SIGNATURE_MISMATCH: {
    weight: 'violation',
    title: 'digest is not the one its successor recorded (signature)',
    meaning:
      'The signature kept with this digest differs from previousDigestSignature in its proven successor.',
    advice:
      'The digest or its metadata was replaced after the next one was signed. Look for older versions of it.',
  },
  LINK_ASTRAY: {
    weight: 'unproven',
    title: 'digest names a predecessor that cannot be one',
    meaning:
      'A proven digest names as its predecessor itself, a later digest, or one of another account, Region or trail. CloudTrail links each digest to the one before it, so the link was not followed: nothing proves what came before.',
    advice:
      'Keep the digest and its metadata as evidence, and ask AWS support to explain it. Check where the public keys came from.',
  },
  CHAIN_RESTARTED: {
    weight: 'unproven',
    title: 'chain begins anew',
    meaning:
      'A starting digest stands after an earlier digest: logging or log file validation was switched off and on again. Log files delivered in between, if any, are not covered by any digest.',
    advice:
      'Look for StopLogging, UpdateTrail, DeleteTrail and their opposites in the log files before and after, and in event history.',
  },
  CHAIN_ENDS_EARLY: {
    weight: 'unproven',
    heavier: "a violation where the trail's status shows that a newer digest was delivered",
    title: 'chain ends before the window does',
    meaning:
      'The newest digest is older than CloudTrail delivers even with delay: the newest digests were deleted, or logging stopped. This may be long before the window: a chain is looked for as far back as the digest folders go.',
    advice:
      'Check with `aws cloudtrail get-trail-status` in that Region whether the trail logs and when it last delivered a digest. After an outage CloudTrail delivers old digests first: run again an hour later. For a trail that was given up, accept the finding (--accept) or narrow the scope.',
  },
  CHAIN_STARTS_LATE: {
    weight: 'unproven',
    title: 'window begins before the first digest',
    meaning:
      'Nothing proves the time between the start of the window and the first digest. A starting digest proves nothing of the hour before it.',
    advice:
      'If the trail, the account or the Region is younger than the window, begin the window where it began; otherwise look for deleted digests.',
  },
  CHAIN_ABSENT: {
    weight: 'unproven',
    heavier: 'a violation where evidence shows that digests were delivered there',
    title: 'expected chain has no digest',
    meaning:
      'An account, Region or trail that must be there has no digest at all. Trails of closed accounts must be there too: CloudTrail goes on delivering for a member that is suspended or closing.',
    advice:
      "Check the trail's Regions, the bucket policy and get-trail-status of that Region; look for mass deletion under that prefix. For an account that was closed before the trail reached it, accept the finding (--accept) or narrow the scope.",
  },
  TRAIL_CHANGED: {
    weight: 'unproven',
    title: "trail is not set up as the window's digests show",
    meaning:
      "Proven digests of the window are those of a trail of several Regions, or of an organization's trail, and CloudTrail says that it is neither now. What must be there follows from the settings as they are now, so nobody knows which Regions or accounts are missing.",
    advice:
      'Look for who changed the trail (UpdateTrail). Name the accounts and Regions that delivered in the window with --expect, on the bucket as the target; where the change is known, accept the finding (--accept).',
  },
  WINDOW_HOLE: {
    weight: 'unproven',
    title: 'time between two linked digests is not covered',
    meaning:
      'A digest begins after its predecessor ended, although they are linked; no digest speaks for the time between.',
    advice:
      'Ask AWS support for the digests of that time, and look at LatestDigestDeliveryError of the trail.',
  },
  WINDOW_OVERLAP: {
    weight: 'note',
    title: 'windows of two linked digests overlap',
    meaning: 'A digest begins before its predecessor ended. Nothing is uncovered.',
    advice: 'Nothing to do: redelivery can cause it.',
  },
  LOG_MISSING: {
    weight: 'violation',
    title: 'log file missing',
    meaning: 'A proven digest names this log file, and it is not there.',
    advice:
      'Look for a delete marker or an older version, for lifecycle rules, and for DeleteObject in S3 data events.',
  },
  LOG_MODIFIED: {
    weight: 'violation',
    title: 'log file modified',
    meaning: 'The SHA-256 of its uncompressed content is not the one that its proven digest recorded.',
    advice:
      'Its events cannot be relied on. Look for older versions of the object and for who wrote it last.',
  },
  LOG_MALFORMED: {
    weight: 'violation',
    title: 'log file malformed',
    meaning:
      'The object is not one whole gzip member with the right check sum and length, or it inflates beyond any log file that CloudTrail writes.',
    advice: 'The object was damaged or replaced. Look for older versions of it.',
  },
  LOG_TRAILING_DATA: {
    weight: 'violation',
    title: 'data after the end of the log file',
    meaning:
      'Bytes stand behind the gzip member that the digest vouches for. Tools that read on (zcat, Athena) see records nobody signed.',
    advice:
      'Do not feed this file to any query. The first member may still be genuine: compare `actual` with `expected`.',
  },
  LOG_UNREADABLE: {
    weight: 'unproven',
    title: 'log file could not be read',
    meaning:
      'The object is there but was denied, is archived, could not be decrypted, is too large or stayed unreachable after retries; or a copy or bag that names it lacks its file.',
    advice:
      'Grant s3:GetObject and, for SSE-KMS, kms:Decrypt; restore archived objects; make an incomplete copy or bag anew; then run again.',
  },
  LOG_UNLISTED: {
    weight: 'unproven',
    title: 'log file that no digest lists',
    meaning:
      "It lies among the log files of a time that proven digests cover, and none of them names it; or where, or under a name that, CloudTrail writes nothing: beside the folders of the days, in one that can be no Region or account, in one that can be no year, month or day on the way to the window's days, or in one whose name passes for CloudTrail. It was planted, or is of a trail without validation.",
    advice:
      'Do not rely on it, and see whether your queries read it. If another trail without log file validation writes to the same folders, switch its validation on.',
  },
  LOG_LISTED_TWICE: {
    weight: 'note',
    title: 'log file listed twice in one digest',
    meaning:
      'One digest names the same log file more than once. It was checked against each recorded hash and counted once.',
    advice: 'Nothing to do.',
  },
  OBJECT_UNRECOGNIZED: {
    weight: 'note',
    title: "object or folder that is not CloudTrail's",
    meaning:
      'An object among the digests has a key that CloudTrail would not write, or not yet, or a folder of unknown make lies beside those of the trail and holds nothing that passes for log files. It was not read.',
    advice: 'Find out who put it there.',
  },
  DIGEST_STORED_INFLATED: {
    weight: 'note',
    title: 'digest file stored without its gzip',
    meaning:
      'The bytes that are stored are the content that AWS signed, not the gzip file that CloudTrail wrote: whatever copied it has inflated it.',
    advice:
      'Nothing to do for the proof. Copy with `trail-verify collect` or `aws s3 sync`, which keep files as they are.',
  },
  LOG_STORED_INFLATED: {
    weight: 'note',
    title: 'log file stored without its gzip',
    meaning:
      'The bytes that are stored are the content whose hash the digest recorded, not the gzip file that CloudTrail wrote: whatever copied it has inflated it.',
    advice:
      'Nothing to do for the proof. Copy with `trail-verify collect` or `aws s3 sync`, which keep files as they are.',
  },
  OUTSIDE_TARGET: {
    weight: 'unproven',
    title: 'files of CloudTrail outside what was verified',
    meaning:
      'The folder holds a tree or file that is named as CloudTrail names its own, and it lies outside the buckets that were verified, or beside the `AWSLogs` folders in them; or a link that was not followed, or a folder that could not be read. Nobody looked into it: what was verified may be originals put elsewhere, and this what was changed.',
    advice:
      'Find out what it is and who put it there. Verify it by itself, say with --layout and --bucket what the folder is, or take it out of the folder. Where a folder may not be read, give this user the right to.',
  },
  OBJECT_TWICE: {
    weight: 'unproven',
    title: 'two files for one object',
    meaning:
      "The copy holds two files or folders whose names stand for the same key: one under the key's own name, one under its escaped form. Both were listed; the second under its own name.",
    advice:
      'No tool writes such a copy. Find out which of the two lay in the bucket, and make the copy again.',
  },
  ...STATE_WORDS,
  DISCOVERY_INCOMPLETE: {
    weight: 'unproven',
    title: 'the search for trails ended before every folder was looked into',
    meaning:
      'There are more folders above the trails than a search looks into - 2,000, and a dozen deep - or more outside the buckets of a copy: a trail may have gone unseen.',
    advice:
      "Name the trail's prefix in the target, for example s3://bucket/prefix, or s3://bucket/AWSLogs/ where it has none; of a folder, take out what is not the copy.",
  },
  EVIDENCE_MAY_EXPIRE: {
    weight: 'note',
    title: 'a lifecycle rule removes evidence',
    meaning:
      "A lifecycle rule of the bucket expires objects, or their replaced versions, where the trail's files lie. Digests and log files that it removes are missing in later runs, and nothing tells them from those that an intruder deleted.",
    advice:
      'Keep evidence as long as audits may ask for it: lengthen the rule, or turn on Object Lock with a retention period. Where the rule is meant to be, give --from within it.',
  },
  RUN_INTERRUPTED: {
    weight: 'unproven',
    title: 'run was interrupted',
    meaning: 'The run was stopped, or failed, before everything in scope was checked.',
    advice: 'Run again.',
  },
  NOTHING_VERIFIED: {
    weight: 'unproven',
    title: 'nothing was verified',
    meaning: 'No proven digest in scope covers any time of the window. A pass on nothing is no pass.',
    advice: 'Check the target, its prefix, the window and the filters; check that log file validation is on.',
  },
};
