/**
 * The way back: older versions of missing or changed objects that still have the content AWS signed. Nothing is
 * written to the bucket; each recovered object goes to the caller, with the version that it was.
 */
import { gunzip } from './crypto/gunzip.ts';
import { sha256 } from './crypto/sha256.ts';
import { parseDigest } from './digest/parse-digest.ts';
import type { Finding, FindingObject, ObjectHistory } from './findings/finding.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from './logs/check-log.ts';
import { findVersions, signedHash } from './object-history.ts';
import { objectUri, type Source, type StoredObject } from './source/source.ts';

/** One object that was recovered: its bytes as they were stored, and the SHA-256 of the content that was signed. */
export interface RecoveredObject {
  readonly object: FindingObject;
  readonly stored: StoredObject;
  readonly sha256: string;
}

/** What became of one missing or changed object. */
export interface Recovered {
  readonly object: FindingObject;
  readonly code: Finding['code'];
  readonly result: 'recovered' | 'no-intact-version' | 'hash-unknown';
  readonly history?: ObjectHistory;
}

/**
 * Looks for an intact version of every object that `findings` call missing or changed, newest first, and hands those
 * found to `keep`, which is waited for. The hash of an inferred digest becomes known when its successor is recovered.
 * Throws as `Source.versions` and `Source.open` do.
 */
export async function* recoverVersions(
  findings: readonly Finding[],
  source: Source,
  keep: (object: RecoveredObject) => Promise<void>,
): AsyncGenerator<Recovered> {
  const recorded = new Map<string, string>();
  for (const { finding, expected } of wanted(findings)) {
    const { object, code } = finding;
    const hash = expected ?? recorded.get(object.signedAs ?? object.uri);
    if (hash === undefined) {
      yield { object, code, result: 'hash-unknown' };
      continue;
    }
    const { bucket, key } = object;
    const { history, intact } = await findVersions(source, { bucket, key }, hash, true);
    if (intact === undefined) {
      yield { object, code, result: 'no-intact-version', history };
      continue;
    }
    const { versionId } = intact;
    const stored = await source.open({ bucket, key, versionId }, { maxBytes: MAX_LOG_FILE });
    const content = gunzip(stored.bytes, MAX_LOG_CONTENT).content;
    if (content === undefined || content.trailingBytes > 0 || sha256(content.bytes) !== hash) {
      yield { object, code, result: 'no-intact-version', history };
      continue;
    }
    const previous = parseDigest(content.bytes).digest?.previous;
    if (previous !== undefined) recorded.set(objectUri(previous), previous.sha256);
    await keep({ object, stored: { ...stored, versionId }, sha256: hash });
    yield { object, code, result: 'recovered', history };
  }
}

interface Wanted {
  readonly finding: Finding;
  readonly expected: string | undefined;
}

/** One for each object, digests newest first so that a recovered one tells of those below it. */
function wanted(findings: readonly Finding[]): readonly Wanted[] {
  const byObject = new Map<string, Wanted>();
  for (const finding of findings) {
    const signed = signedHash(finding);
    if (signed === undefined) continue;
    const known = byObject.get(finding.object.uri);
    if (known?.expected === undefined) byObject.set(finding.object.uri, { finding, ...signed });
  }
  return [...byObject.values()].sort((left, right) => {
    const [a, b] = [left.finding.time ?? '', right.finding.time ?? ''];
    return a === b ? 0 : a < b ? 1 : -1;
  });
}
