/** Whatever is done to the documents of an export is found by `events check`: in one line, with the right exit code. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { type EventsDocument, formatEvents, readEvents } from '../../src/events/events-document.ts';
import { certificatePem } from '../../src/pki/certificate.ts';
import { privateKeyPem } from '../../src/pki/keys.ts';
import { runCommand } from '../support/command.ts';
import { asLink, expectLine, flip, useExports } from '../support/exports.ts';
import { exportOf } from '../support/realistic-trail.ts';
import { testChain } from '../support/test-certificates.ts';

const exports = useExports();

function documentOf(): EventsDocument {
  return readEvents(readFileSync('events/events.json'), 'events.json');
}

describe('the documents of an export', () => {
  /** events.json as somebody without the signer's key may write it; without a signature nothing but its own words speak. */
  function rewrite(change: (document: EventsDocument) => object, signed: 'signed' | 'unsigned'): void {
    writeFileSync('events/events.json', formatEvents(change(documentOf()) as EventsDocument));
    if (signed === 'unsigned') rmSync('events/events.json.p7s');
  }
  const first = ({ files }: EventsDocument): EventsDocument['files'][number] => {
    const [file] = files;
    if (file === undefined) throw new Error('there is no file');
    return file;
  };

  test('changed in a bit, or as a whole, is not the one that was signed', async () => {
    flip('events/events.json', 300);
    expectLine(await exports.check(), 5, 'the export is not the one that was signed');
    cpSync(exports.file('one', 'events/events.json'), 'events/events.json');
    rewrite((document) => ({ ...document, events: 11 }), 'signed');
    expectLine(await exports.check(), 5, 'the export is not the one that was signed');
  });

  test('signed by somebody else is not trusted', async () => {
    const { root, middle, leaf } = testChain();
    const chain = [leaf, middle, root].map(({ certificate }) => certificatePem(certificate.der)).join('');
    writeFileSync('signer.pem', chain);
    writeFileSync('signer.key', privateKeyPem(leaf.key));
    const { store, trail } = auditTrail(3);
    mkdirSync('foreign');
    await exportOf(scenarioOf(store, trail), 'foreign', [
      '--sign-key',
      'signer.key',
      '--sign-cert',
      'signer.pem',
    ]);
    const found = await runCommand(['events', 'check', 'foreign/events', '--trust', exports.trust()]);
    expectLine(found, 5, /the signer [^;]* is not trusted/);
    // The fault is one, though the report has the same signer.
    expect(found.out.split('is not trusted')).toHaveLength(2);
    cpSync('foreign/events/events.json.p7s', 'events/events.json.p7s');
    expectLine(await exports.check(), 5, 'the export is not the one that was signed');
  });

  test.each<readonly [string, (document: EventsDocument) => object, string]>([
    [
      'a file outside',
      (document) => ({ ...document, files: [{ ...first(document), path: 'events/../../evil.parquet' }] }),
      'files',
    ],
    [
      'a file by its whole path',
      (document) => ({ ...document, files: [{ ...first(document), path: '/etc/passwd' }] }),
      'files',
    ],
    [
      'a file twice',
      (document) => ({ ...document, files: [...document.files, first(document)] }),
      'events.json names a file twice',
    ],
    [
      'other facts of its report',
      (document) => ({ ...document, report: { ...document.report, verdict: 'INVALID' } }),
      'says of its report what that does not say',
    ],
    [
      'another time of its report',
      (document) => ({ ...document, report: { ...document.report, started: '2020-01-01T00:00:00Z' } }),
      'says of its report what that does not say',
    ],
    [
      'fewer events than its files',
      (document) => ({ ...document, events: 1 }),
      'counts other events or log files',
    ],
    [
      'another schema',
      (document) => ({ ...document, schema: 'trail-verify/events/v2' }),
      'is no export of trail-verify, version 1',
    ],
    [
      'a field that nobody knows',
      (document) => ({ ...document, more: 1 }),
      'is no export of trail-verify, version 1',
    ],
    [
      'a negative count',
      (document) => ({ ...document, events: -1 }),
      'is no export of trail-verify, version 1',
    ],
  ])('that names %s is refused, signed or not', async (_, change, words) => {
    rewrite(change, 'unsigned');
    expectLine(await exports.check(), 5, words);
  });

  test.each<readonly [string, (text: string) => string | Buffer, RegExp]>([
    ['a duplicate key', (text) => text.replace('"events":', '"logFiles": 1, "events":'), /twice|duplicate/],
    ['no JSON', () => 'events', /not.* JSON/i],
    ['nothing', () => '', /not.* JSON/i],
    ['a list', () => '[]', /is no export/],
    ['no UTF-8', () => Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8|JSON/],
    ['too deep', () => '['.repeat(1e6), /deep|nest|JSON/i],
  ])('that holds %s is refused', async (_, change, words) => {
    writeFileSync('events/events.json', change(readFileSync('events/events.json', 'utf8')));
    rmSync('events/events.json.p7s');
    expectLine(await exports.check(), 5, words);
  });

  test.each<readonly [string, () => void]>([
    ['missing', () => rmSync('events/events.json')],
    ['huge', () => truncateSync('events/events.json', 2 ** 40)],
    ['a link', () => asLink('events/events.json')],
    [
      'a FIFO',
      () => {
        rmSync('events/events.json');
        execFileSync('mkfifo', ['events/events.json']);
      },
    ],
    ['in no folder at all', () => rmSync('events', { recursive: true })],
  ])('that are %s make it no export', async (_, change) => {
    change();
    const { exitCode, out, error } = await exports.check();
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toMatch(
      /^trail-verify: folder events holds no export: it has no events\.json[^\n]*\nhint: [^\n]*incomplete\n$/,
    );
  });

  test('with a report of another run, a changed one, or one that is none', async () => {
    cpSync(exports.file('other', 'events/report.json'), 'events/report.json');
    expectLine(await exports.check(), 5, /it is of another report: SHA-256/);
    cpSync(exports.file('one', 'events/report.json'), 'events/report.json');
    flip('events/report.json', 400);
    expectLine(await exports.check(), 5, /it is of another report: SHA-256/);
    writeFileSync('events/report.json', '{}');
    rewrite(
      (document) => ({ ...document, report: { ...document.report, sha256: sha256(Buffer.from('{}')) } }),
      'unsigned',
    );
    rmSync('events/report.json.p7s');
    expectLine(await exports.check(), 5, /report/);
    expectLine(await exports.check('--report', 'events/report.json'), 5, /report/);
    const asked = await runCommand(['query', 'SELECT 1', '--events', 'events']);
    expect(asked).toMatchObject({ exitCode: 5, out: '' });
  });

  test('that are those of an export are not those of the next', () => {
    expect(readdirSync(exports.file('one', 'events')).toSorted()).toEqual([
      'events',
      'events.json',
      'events.json.p7s',
      'manifest',
      'report.json',
      'report.json.p7s',
    ]);
  });
});

test('an export without a report beside it answers nothing, and says what is missing', async () => {
  rmSync('events/report.json');
  const { exitCode, out, error } = await runCommand(['query', 'SELECT 1', '--events', 'events']);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(error).toMatch(/^trail-verify: folder events has no report\.json[^\n]*\nhint: [^\n]*\n$/);
});
