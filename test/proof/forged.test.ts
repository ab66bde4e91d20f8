import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/crypto/hash.ts';
import type { FindingCode, Weight } from '../../src/findings/finding.ts';
import { makeProof } from '../../src/proof/make.ts';
import type { Proof } from '../../src/proof/proof.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { linesOf } from '../../src/report/lines.ts';
import { MerkleTree } from '../../src/report/merkle.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { gzip, inflate } from '../support/test-gzip.ts';
import { type Proven, pieces, provenScenario, textsOf } from './proof-fixture.ts';

const tampered = await provenScenario('tampered');
const intact = await provenScenario('intact');
const unknown = await provenScenario('digest-key-unknown');

interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** A report and an inventory with other lines, and the proofs that they give over a source with other bytes. */
async function forger(
  proven: Proven,
  edit: (line: string) => string,
  bytesOf: (key: string) => Uint8Array | undefined = () => undefined,
): Promise<{
  readonly report: Buffer;
  readonly prove: (ref: Place, eventId?: string) => Promise<Proof>;
}> {
  const before = gunzipSync(proven.inventory).toString('latin1');
  const text = before
    .split(/(?<=\n)/)
    .map(edit)
    .join('');
  expect(text).not.toBe(before);
  const inventory = Buffer.from(text, 'latin1');
  const tree = new MerkleTree();
  for await (const { lines } of linesOf(pieces(inventory))) for (const leaf of lines) tree.add(leaf);
  const { objects } = proven.report;
  const report = Buffer.from(
    proven.reportBytes
      .toString()
      .replace(objects?.merkle.root ?? '', tree.root())
      .replace(objects?.inventory.sha256 ?? '', sha256(inventory)),
  );
  const source: Proven['source'] = {
    ...proven.source,
    open: async (ref, bounds) => {
      const bytes = bytesOf(ref.key);
      return bytes === undefined ? proven.source.open(ref, bounds) : { bytes, metadata: {} };
    },
  };
  return {
    report,
    prove: (ref, eventId) =>
      makeProof({
        report: readReport(report, 'report.json'),
        openInventory: async () => pieces(gzipSync(inventory)),
        source,
        subject: { ref },
        eventId,
      }),
  };
}

const storedAt = ({ store }: Proven, { bucket, key }: Place): Uint8Array =>
  store.get(bucket, key)?.bytes ?? Buffer.of();

describe('a report that calls a changed log file valid', () => {
  const { object, evidence } = tampered.report.findings.find(({ code }) => code === 'LOG_MODIFIED') ?? {};
  const { bucket = '', key = '' } = object ?? {};
  const { expected = '', actual = '' } = (evidence ?? {}) as { expected?: string; actual?: string };
  const asValid = (line: string): string =>
    line.includes(key) ? line.replace('"status":"invalid"', '"status":"valid"') : line;

  test('proves nothing: the digest names another hash', async () => {
    const { report, prove } = await forger(tampered, asValid);
    const check = tampered.check(await prove({ bucket, key }), { report });
    expect(check.verdict).toBe('INVALID');
    expect(textsOf(check)).toContain('the digest file names the log file with another hash');
  });

  test('and pairs the right hash with other bytes is found out by an event, and by its own finding', async () => {
    const content = inflate(storedAt(tampered, { bucket, key })).toString('latin1');
    const [, eventId = ''] = /"eventID":"([^"]+)"/.exec(content) ?? [];
    const { report, prove } = await forger(tampered, (line) => asValid(line).replace(actual, expected));
    expect(textsOf(tampered.check(await prove({ bucket, key }, eventId), { report }))).toEqual([
      'the log file holds another content than the report counted',
      'the report has the finding LOG_MODIFIED of the object as well',
    ]);
    const silent = Buffer.from(renderJson({ ...readReport(report, '').report, findings: [] }));
    const proof = await prove({ bucket, key }, eventId);
    const check = tampered.check(
      { ...proof, report: { ...proof.report, sha256: sha256(silent) } },
      { report: silent },
    );
    expect(textsOf(check)).toEqual(['the log file holds another content than the report counted']);
  });
});

test('a report that only counts findings leaves open whether one is of the object', async () => {
  const { bucket, key } = intact.lines.find(({ kind, status }) => kind === 'log' && status === 'valid') ?? {
    bucket: '',
    key: '',
  };
  const proof = await intact.prove({ bucket, key });
  const verdictWith = (code: FindingCode, weight: Weight): readonly string[] => {
    const overflowFindings = {
      path: 'more.gz',
      sha256: 'ab'.repeat(32),
      lines: 1,
      counts: [{ code, weight, count: 1 }],
    };
    const report = Buffer.from(renderJson({ ...intact.report, overflowFindings }));
    const check = intact.check({ ...proof, report: { ...proof.report, sha256: sha256(report) } }, { report });
    return [check.verdict, ...textsOf(check)];
  };
  expect(verdictWith('LOG_MODIFIED', 'violation')).toEqual([
    'INCONCLUSIVE',
    'a finding in more.gz, which is not read here, may be of the object as well',
  ]);
  expect(verdictWith('LOG_UNLISTED', 'unproven')).toEqual(['VALID']);
  expect(verdictWith('DIGEST_MALFORMED', 'violation')).toEqual(['VALID']);
});

describe('a report over forged digest files', () => {
  const digest = intact.lines.find(({ kind, status }) => kind === 'digest' && status === 'valid');
  const { bucket = '', key = '' } = digest ?? {};

  test('with bytes behind the content that AWS signed', async () => {
    const longer = Buffer.concat([storedAt(intact, { bucket, key }), gzip('{}')]);
    const { report, prove } = await forger(
      intact,
      (line) => line.replace(digest?.stored ?? '', sha256(longer)),
      (one) => (one === key ? longer : undefined),
    );
    expect(textsOf(intact.check(await prove({ bucket, key }), { report }))).toEqual([
      'the digest file is not what CloudTrail writes',
    ]);
  });

  test('at another place than AWS signed', async () => {
    const moved = key.replace('AWSLogs/', 'Other/AWSLogs/');
    const genuine = await intact.prove({ bucket, key });
    const { report, prove } = await forger(
      intact,
      (line) => line.replace(`"${key}"`, `"${moved}"`),
      (one) => (one === moved ? storedAt(intact, { bucket, key }) : undefined),
    );
    const { signature } = genuine;
    if (signature === undefined) throw new Error('there must be a signature');
    const proof = { ...(await prove({ bucket, key: moved })), signature };
    expect(textsOf(intact.check(proof, { report }))).toEqual([
      'the digest file is not where it was signed to be',
    ]);
  });

  test('that another digest of the chain is said to record', async () => {
    const chained = await chainedLog();
    const [first, second] = chained.ofDigests;
    const content = inflate(storedAt(unknown, first)).toString();
    const forgedContent = Buffer.from(content.replace('"newestEventTime":"2026', '"newestEventTime":"2025'));
    const forged = gzip(forgedContent);
    expect(forgedContent.toString()).not.toBe(content);
    const { report, prove } = await forger(
      unknown,
      (line) =>
        line
          .replace(sha256(storedAt(unknown, first)), sha256(forged))
          .replace(sha256(Buffer.from(content)), sha256(forgedContent)),
      (one) => (one === first.key ? forged : undefined),
    );
    const ofLog = await prove(chained.log);
    const ofSecond = await prove(second);
    const { signature } = ofSecond;
    if (signature === undefined) throw new Error('there must be a signature');
    expect(textsOf(unknown.check(ofLog, { report }))).toEqual([
      'the proof holds no signature of AWS over its digest file',
    ]);
    const digests = [...(ofLog.digests ?? []), ...(ofSecond.digests ?? [])];
    expect(textsOf(unknown.check({ ...ofLog, digests, signature }, { report }))).toEqual([
      'a digest file does not record the one before it as it is',
    ]);
  });
});

/** A log file that two digests vouch for, and those two. */
async function chainedLog(): Promise<{ readonly log: Place; readonly ofDigests: readonly [Place, Place] }> {
  for (const { kind, status, bucket, key } of unknown.lines) {
    if (kind !== 'log' || status !== 'valid') continue;
    const { digests = [] } = await unknown.prove({ bucket, key });
    const [first, second] = digests.map(({ inclusion }) => JSON.parse(inclusion.leaf) as Place);
    if (first !== undefined && second !== undefined)
      return { log: { bucket, key }, ofDigests: [first, second] };
  }
  throw new Error('no log file needs two digests');
}
