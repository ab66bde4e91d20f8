/** Whatever is done to the files of an export is found by `events check`: in one line, with the right exit code. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { checkExport, renderExportCheck } from '../../src/events/check-export.ts';
import { certificatePem } from '../../src/pki/certificate.ts';
import { runCommand } from '../support/command.ts';
import { asLink, expectLine, flip, useExports } from '../support/exports.ts';
import { exportOf } from '../support/realistic-trail.ts';
import { testChain } from '../support/test-certificates.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';

const exports = useExports();
const [PART = ''] = ['events/account=111122223333/region=us-east-1/day=2026-10-05/part-000001.parquet'];
const part = path.join('events', PART);
const day = path.dirname(part);

describe('an export as it was made', () => {
  test('is proven, with its report and signer in one line', async () => {
    expectLine(
      await exports.check(),
      0,
      /^GENUINE: events holds 12 events of 6 log files as CN=test identity \(certificate SHA-256 [0-9a-f]{64}\) signed it, .*; its report says VALID/,
    );
  });

  test('is proven against the report that it is of, wherever that is, and by no other', async () => {
    expectLine(await exports.check('--report', exports.file('one', 'run/report.json')), 0, 'holds 12 events');
    rmSync('events/report.json');
    expectLine(await exports.check(), 3, 'report.json is not in its folder: give the report with --report');
    expectLine(
      await exports.check('--report', exports.file('one', 'run/report.json')),
      0,
      'its report says VALID',
    );
    expectLine(
      await exports.check('--report', exports.file('other', 'events/report.json')),
      5,
      /it is of another report: SHA-256 [0-9a-f]{64}, and not/,
    );
  });

  test('is unproven where nobody is trusted, and where it is not signed', async () => {
    expectLine(await runCommand(['events', 'check', 'events']), 3, 'no trusted certificate was given');
    rmSync('events/events.json.p7s');
    expectLine(await exports.check(), 3, 'there is no signature');
  });

  test('is one of another, where another is trusted', async () => {
    writeFileSync('root.pem', certificatePem(testChain().root.certificate.der));
    const found = await runCommand(['events', 'check', 'events', '--trust', 'root.pem']);
    expectLine(found, 5, 'the signer CN=test identity is not trusted');
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
      runCommand(['events', 'check', 'stamped/events', '--trust', exports.trust(), ...more]);
    expectLine(await stamped('--tsa-ca', 'tsa.pem'), 0, /signed it, before .* as CN=Example Time confirms/);
    expectLine(
      await stamped('--tsa-ca', 'foreign.pem'),
      5,
      'the timestamp authority CN=Example Time is not trusted',
    );
    expectLine(await exports.check('--tsa-ca', 'tsa.pem'), 3, 'there is no timestamp');
    cpSync('stamped/events/events.json.p7s.tsr', 'events/events.json.p7s.tsr');
    expectLine(await exports.check('--tsa-ca', 'tsa.pem'), 5, /timestamp/);
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
      'a bundle of its report that says nothing',
      () => writeFileSync('events/report.sigstore.json', '{}'),
      'undle',
    ],
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
    const found = await exports.check();
    expectLine(found, 5, new RegExp(words.includes('\\') ? words : words.replace(/[.()/]/g, '\\$&')));
    // Nothing is answered from it, nor made of it.
    const asked = await runCommand(['query', 'SELECT 1', '--events', 'events']);
    expect({ exitCode: asked.exitCode, out: asked.out }).toEqual({ exitCode: 5, out: '' });
    expect(asked.error).toMatch(
      /^trail-verify: REFUSED: events: [^\n]*\nhint: no answer is given from it; see [^\n]*\n$/,
    );
    const connected = await runCommand(['events', 'connect', 'events', '--output', 'made.duckdb']);
    expect(connected).toMatchObject({
      exitCode: 5,
      out: '',
      error: expect.stringMatching(/^trail-verify: REFUSED: [^\n]*\nhint: [^\n]*\n$/),
    });
    const printed = await runCommand(['events', 'ddl', 'events', '--location', 's3://bucket/prefix']);
    expect(printed).toMatchObject({ exitCode: 5, out: '' });
    expect(existsSync('made.duckdb')).toBe(false);
  });

  test('beside them are nobody else’s: files of the report may be there', async () => {
    writeFileSync('events/report.html', '<p>');
    mkdirSync('events/notes');
    expectLine(await exports.check(), 0, 'holds 12 events');
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

  test('one that fails while it is read counts as missing', async () => {
    const handle = await open(part);
    const reading = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'createReadStream');
    await handle.close();
    reading.mockImplementation(() => {
      throw new Error('EIO: i/o error, read');
    });
    try {
      expectLine(await exports.check(), 5, `${PART} is missing`);
    } finally {
      reading.mockRestore();
    }
  });
});
