/** Whatever is done to an export is found by `events check`: in one line, with the right exit code. */

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { checkExport, renderExportCheck } from '../../src/events/check-export.ts';
import { type EventsDocument, formatEvents, readEvents } from '../../src/events/events-document.ts';
import { certificatePem } from '../../src/pki/certificate.ts';
import { privateKeyPem } from '../../src/pki/keys.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from '../support/command.ts';
import { exportOf } from '../support/realistic-trail.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testChain } from '../support/test-certificates.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';

const START = process.cwd();
const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
let trust: string;
let now: string;

/** Two runs: of one trail, and of another. */
beforeAll(async () => {
  stubAwsEnvironment();
  trust = path.join(await identityFolder(), 'trail-verify/certificate.pem');
  for (const [name, hours] of [
    ['one', 3],
    ['other', 4],
  ] as const) {
    mkdirSync(path.join(made, name));
    const { store, trail } = auditTrail(hours);
    ({ now } = await exportOf(scenarioOf(store, trail), path.join(made, name)));
  }
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));
beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  cpSync(path.join(made, 'one/events'), 'events', { recursive: true });
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

const other = (name: string): string => path.join(made, 'other/events', name);

function check(...options: readonly string[]): Promise<CommandResult> {
  return runCommand(['events', 'check', 'events', '--trust', trust, ...options]);
}

/** One line with `words`, and the exit code. */
function expectLine({ exitCode, out, error }: CommandResult, code: number, words: string | RegExp): void {
  const verdict = { 0: 'VALID', 1: 'INVALID', 3: 'INCONCLUSIVE' }[code];
  expect({ exitCode, error }).toEqual({ exitCode: code, error: '' });
  expect(out).toMatch(/^[^\n]*\n$/);
  expect(out.startsWith(`${verdict}: `)).toBe(true);
  expect(out).toMatch(typeof words === 'string' ? new RegExp(words.replace(/[.()/]/g, '\\$&')) : words);
}

function documentOf(): EventsDocument {
  return readEvents(readFileSync('events/events.json'), 'events.json');
}

const [PART = ''] = ['events/account=111122223333/region=us-east-1/day=2026-10-05/part-000001.parquet'];
const part = path.join('events', PART);
const day = path.dirname(part);

describe('an export as it was made', () => {
  test('is proven, with its report and signer in one line', async () => {
    expectLine(
      await check(),
      0,
      /^VALID: events holds 12 events of 6 log files as CN=test identity \(certificate SHA-256 [0-9a-f]{64}\) signed it, .*; its report says VALID/,
    );
  });

  test('is proven against the report that it is of, wherever that is, and by no other', async () => {
    expectLine(await check('--report', path.join(made, 'one/run/report.json')), 0, 'holds 12 events');
    rmSync('events/report.json');
    expectLine(await check(), 3, 'report.json is not in its folder: give the report with --report');
    expectLine(await check('--report', path.join(made, 'one/run/report.json')), 0, 'its report says VALID');
    expectLine(
      await check('--report', other('report.json')),
      1,
      /it is of another report: SHA-256 [0-9a-f]{64}, and not/,
    );
  });

  test('is unproven where nobody is trusted, and where it is not signed', async () => {
    expectLine(await runCommand(['events', 'check', 'events']), 3, 'no trusted certificate was given');
    rmSync('events/events.json.p7s');
    expectLine(await check(), 3, 'there is no signature');
  });

  test('is one of another, where another is trusted', async () => {
    writeFileSync('root.pem', certificatePem(testChain().root.certificate.der));
    const found = await runCommand(['events', 'check', 'events', '--trust', 'root.pem']);
    expectLine(found, 1, 'the signer CN=test identity is not trusted');
  });

  test('with a timestamp is proven by its time, and one of another is refused', async () => {
    const authority = testAuthority();
    writeFileSync('tsa.pem', certificatePem(authority.root.certificate.der));
    writeFileSync('foreign.pem', certificatePem(testAuthority().root.certificate.der));
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
        response.end(testAnswer(Buffer.concat(chunks), authority));
      });
    });
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const { store, trail } = auditTrail(1);
    mkdirSync('stamped');
    await exportOf(scenarioOf(store, trail), 'stamped', ['--tsa', url, '--tsa-ca', 'tsa.pem']);
    await new Promise((settle) => server.close(settle));
    const stamped = (...more: readonly string[]) =>
      runCommand(['events', 'check', 'stamped/events', '--trust', trust, ...more]);
    expectLine(await stamped('--tsa-ca', 'tsa.pem'), 0, /signed it, before .* as CN=Example Time confirms/);
    expectLine(
      await stamped('--tsa-ca', 'foreign.pem'),
      1,
      'the timestamp authority CN=Example Time is not trusted',
    );
    expectLine(await check('--tsa-ca', 'tsa.pem'), 3, 'there is no timestamp');
    cpSync('stamped/events/events.json.p7s.tsr', 'events/events.json.p7s.tsr');
    expectLine(await check('--tsa-ca', 'tsa.pem'), 1, /timestamp/);
  });
});

describe('files of an export', () => {
  const changes: readonly (readonly [string, () => void, string])[] = [
    ['a Parquet file with one other bit', () => flip(part, 100), `${PART} is not as it was exported`],
    ['a longer one', () => appendFileSync(part, 'x'), `${PART} is not as it was exported`],
    ['one that has no end', () => truncateSync(part, 2 ** 43), `${PART} is not as it was exported`],
    ['an empty one', () => truncateSync(part, 0), `${PART} is not as it was exported`],
    ['a missing one', () => rmSync(part), `${PART} is missing`],
    [
      'a missing manifest',
      () => rmSync('events/manifest', { recursive: true }),
      'manifest/part-000001.parquet is missing',
    ],
    [
      'one more',
      () => cpSync(part, `${day}/part-000001-1.parquet`),
      'part-000001-1.parquet is in the folder and not in events.json',
    ],
    [
      'one more of another day',
      () => cpSync(day, day.replace('05', '06'), { recursive: true }),
      'day=2026-10-06/part-000001.parquet is in the folder',
    ],
    [
      'one more of another account',
      () =>
        cpSync('events/events/account=111122223333', 'events/events/account=444455556666', {
          recursive: true,
        }),
      'account=444455556666/region=us-east-1',
    ],
    [
      'one more in the manifest',
      () => cpSync('events/manifest/part-000001.parquet', 'events/manifest/part-000002.parquet'),
      'manifest/part-000002.parquet is in the folder',
    ],
    [
      'a hidden file',
      () => writeFileSync(`${day}/.part.parquet`, ''),
      'day=2026-10-05/.part.parquet is in the folder',
    ],
    [
      'a file with line ends in its name',
      () => writeFileSync(`${day}/a\nVALID: `, ''),
      /a\\nVALID: .* is in the folder/.source,
    ],
    ['a link in place of a file', () => asLink(part), `${PART} is no regular file`],
    [
      'a link more',
      () => symlinkSync('part-000001.parquet', `${day}/link.parquet`),
      'link.parquet is no regular file',
    ],
    [
      'a link to a folder',
      () => symlinkSync(path.resolve(day), `${path.dirname(day)}/day=2026-10-06`),
      'day=2026-10-06 is no regular file',
    ],
    ['a FIFO', () => execFileSync('mkfifo', [`${day}/pipe.parquet`]), 'pipe.parquet is no regular file'],
    [
      'a FIFO in place of a file',
      () => {
        rmSync(part);
        execFileSync('mkfifo', [part]);
      },
      `${PART} is no regular file`,
    ],
    ['all of them behind a link', () => asLink('events/events'), 'events is no regular file'],
    [
      'a file in place of the folder',
      () => {
        rmSync('events/events', { recursive: true });
        writeFileSync('events/events', '');
      },
      'events is in the folder and not in events.json',
    ],
  ];
  test.each(changes)('%s', async (_, change, words) => {
    change();
    const found = await check();
    expectLine(found, 1, new RegExp(words.includes('\\') ? words : words.replace(/[.()/]/g, '\\$&')));
    // Nothing is answered from it, nor made of it.
    const asked = await runCommand(['query', 'SELECT 1', '--events', 'events']);
    expect({ exitCode: asked.exitCode, out: asked.out }).toEqual({ exitCode: 1, out: '' });
    expect(asked.error).toMatch(
      /^trail-verify: INVALID: events: [^\n]*\nhint: no answer is given from it; see [^\n]*\n$/,
    );
    const connected = await runCommand(['events', 'connect', 'events', '--output', 'made.duckdb']);
    expect(connected).toMatchObject({
      exitCode: 1,
      out: '',
      error: expect.stringMatching(/^trail-verify: INVALID: [^\n]*\nhint: [^\n]*\n$/),
    });
    const printed = await runCommand(['events', 'ddl', 'events', '--location', 's3://bucket/prefix']);
    expect(printed).toMatchObject({ exitCode: 1, out: '' });
    expect(existsSync('made.duckdb')).toBe(false);
  });

  test('beside them are nobody else’s: files of the report may be there', async () => {
    writeFileSync('events/report.html', '<p>');
    mkdirSync('events/notes');
    expectLine(await check(), 0, 'holds 12 events');
  });

  test('a hundred thousand planted ones are counted in one line, and soon', async () => {
    const folder = `${day}/planted`;
    mkdirSync(folder);
    for (let index = 0; index < 100_000; index += 1) writeFileSync(`${folder}/${index}.parquet`, '');
    const began = Date.now();
    const check = await checkExport({ folder: 'events', trust: [], now: Date.now() });
    const line = renderExportCheck(check, 'events');
    // Two seconds here, most of it the listing; the square of their number would take an hour.
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(line).toMatch(/; and 99995 more$/);
    rmSync(folder, { recursive: true });
  });
});

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
    expectLine(await check(), 1, 'the export is not the one that was signed');
    cpSync(path.join(made, 'one/events/events.json'), 'events/events.json');
    rewrite((document) => ({ ...document, events: 11 }), 'signed');
    expectLine(await check(), 1, 'the export is not the one that was signed');
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
    const found = await runCommand(['events', 'check', 'foreign/events', '--trust', trust]);
    expectLine(found, 1, /the signer [^;]* is not trusted/);
    // The fault is one, though the report has the same signer.
    expect(found.out.split('is not trusted')).toHaveLength(2);
    cpSync('foreign/events/events.json.p7s', 'events/events.json.p7s');
    expectLine(await check(), 1, 'the export is not the one that was signed');
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
    expectLine(await check(), 1, words);
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
    expectLine(await check(), 1, words);
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
    const { exitCode, out, error } = await check();
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(error).toMatch(
      /^trail-verify: folder events holds no export: it has no events\.json[^\n]*\nhint: [^\n]*incomplete\n$/,
    );
  });

  test('with a report of another run, a changed one, or one that is none', async () => {
    cpSync(other('report.json'), 'events/report.json');
    expectLine(await check(), 1, /it is of another report: SHA-256/);
    cpSync(path.join(made, 'one/events/report.json'), 'events/report.json');
    flip('events/report.json', 400);
    expectLine(await check(), 1, /it is of another report: SHA-256/);
    writeFileSync('events/report.json', '{}');
    rewrite(
      (document) => ({ ...document, report: { ...document.report, sha256: sha256(Buffer.from('{}')) } }),
      'unsigned',
    );
    rmSync('events/report.json.p7s');
    expectLine(await check(), 1, /report/);
    expectLine(await check('--report', 'events/report.json'), 1, /report/);
    const asked = await runCommand(['query', 'SELECT 1', '--events', 'events']);
    expect(asked).toMatchObject({ exitCode: 1, out: '' });
  });

  test('that are those of an export are not those of the next', () => {
    expect(readdirSync(path.join(made, 'one/events')).toSorted()).toEqual([
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
  const { exitCode, out, error } = await runCommand([
    'query',
    'SELECT 1',
    '--events',
    'events',
    '--now',
    now,
  ]);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(error).toMatch(/^trail-verify: folder events has no report\.json[^\n]*\nhint: [^\n]*\n$/);
});

function flip(file: string, offset: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** Puts a link in the place of a file or folder, which keeps its content elsewhere. */
function asLink(name: string): void {
  const elsewhere = path.resolve('elsewhere');
  renameSync(name, elsewhere);
  symlinkSync(elsewhere, name);
}
