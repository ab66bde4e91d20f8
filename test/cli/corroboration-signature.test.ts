/** The signature of a corroboration, in each command that reads one. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { certificateFile } from '../support/evidence-bag.ts';
import { signFile } from '../support/sign-file.ts';
import { type SilencedTrail, silencedTrail } from '../support/silenced-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testParty } from '../support/test-certificates.ts';

const HOME = process.cwd();
const AUDITOR = testParty({ name: 'CN=Auditor' });
const OTHER = testParty({ name: 'CN=Other' });
const EXPIRED = testParty({
  name: 'CN=Late',
  notBefore: Date.parse('2020-01-01T00:00:00Z'),
  notAfter: Date.parse('2021-01-01T00:00:00Z'),
});
const DOCUMENT = 'witness/corroboration.json';
let trail: SilencedTrail;

beforeEach(async () => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  trail = await silencedTrail(['RunInstances']);
  expect(await trail.verify('--events', 'events')).toBe(3);
  expect(await trail.corroborate()).toBe(3);
});
afterEach(async () => {
  await trail.server.close();
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

const QUERY = ['query', 'SELECT eventname FROM witness_events', '--events', 'events', '--no-sign'];
const COMMANDS: Readonly<Record<string, { readonly args: readonly string[]; readonly code: number }>> = {
  'explain-gap': { args: ['explain-gap', 'out/report.json'], code: 0 },
  'report render': { args: ['report', 'render', 'out/report.json', '--format', 'html'], code: 0 },
  query: { args: QUERY, code: 3 },
};
const run = (args: readonly string[]) => runCommand([...args, '--corroboration', 'witness']);

describe.each(Object.entries(COMMANDS))('%s', (_, { args, code }) => {
  test('takes one that nobody signed, and one that anybody did; one that was changed or forged is refused', async () => {
    expect((await run(args)).exitCode).toBe(code);
    await signFile(DOCUMENT, OTHER);
    const { exitCode, out } = await run(args);
    expect([exitCode, out.includes('RunInstances')]).toEqual([code, true]);

    const text = readFileSync(DOCUMENT, 'utf8');
    const signature = readFileSync(`${DOCUMENT}.p7s`);
    const damage: readonly (readonly [string, () => void])[] = [
      [
        'the corroboration is not the one that was signed',
        () => writeFileSync(DOCUMENT, text.replace('"made": "2026', '"made": "2027')),
      ],
      ['the signature ', () => writeFileSync(`${DOCUMENT}.p7s`, signature.subarray(0, 100))],
      ['the timestamp ', () => writeFileSync(`${DOCUMENT}.p7s.tsr`, 'x')],
      [
        'the timestamp ',
        () => {
          copyFileSync(`${DOCUMENT}.p7s`, `${DOCUMENT}.p7s.tsr`);
          rmSync(`${DOCUMENT}.p7s`);
        },
      ],
    ];
    for (const [words, act] of damage) {
      act();
      const refused = await run(args);
      expect([words, refused.exitCode, refused.out]).toEqual([words, 5, '']);
      expect(refused.error).toContain(`trail-verify: ${DOCUMENT}: ${words}`);
      expect(refused.error.trimEnd().split('\n')).toHaveLength(1);
      writeFileSync(DOCUMENT, text);
      writeFileSync(`${DOCUMENT}.p7s`, signature);
      rmSync(`${DOCUMENT}.p7s.tsr`, { force: true });
    }
  });
});

describe('query --trust', () => {
  const ask = async (...trusted: readonly Parameters<typeof certificateFile>[1][]) =>
    run([...QUERY, ...trusted.flatMap((party) => ['--trust', certificateFile('.', party)])]);

  beforeEach(async () => {
    for (const file of ['events/events.json', 'events/report.json']) await signFile(file, AUDITOR);
  });

  test('asks it of the signer of the corroboration as well', async () => {
    await signFile(DOCUMENT, AUDITOR);
    expect((await ask(AUDITOR)).out).toContain('RunInstances');
    await signFile(DOCUMENT, OTHER);
    const refused = await ask(AUDITOR);
    expect([refused.exitCode, refused.out]).toEqual([5, '']);
    expect(refused.error).toMatch(
      /^trail-verify: witness\/corroboration\.json: the signer CN=Other is not trusted: .*\n$/,
    );
    expect((await ask(AUDITOR, OTHER)).out).toContain('RunInstances');
  });

  test('gives no answer where nobody signed it, as of an export', async () => {
    await signFile(DOCUMENT, OTHER);
    rmSync(`${DOCUMENT}.p7s`);
    const unsigned = await ask(AUDITOR);
    expect([unsigned.exitCode, unsigned.out]).toEqual([3, '']);
    expect(unsigned.error).toBe('trail-verify: UNPROVEN: witness: there is no signature\n');
    await signFile(DOCUMENT, AUDITOR);
    rmSync('events/events.json.p7s');
    const ofExport = await ask(AUDITOR);
    expect([ofExport.exitCode, ofExport.out]).toEqual([3, '']);
  });

  test('is not needed; who signed it is said in any case, and in the record of the answer', async () => {
    const answered = async (folder: string, ...trusted: readonly (typeof AUDITOR)[]) => {
      const trust = trusted.flatMap((party) => ['--trust', certificateFile('.', party)]);
      const { error, out } = await run([...QUERY, ...trust, '--output', folder]);
      const { corroboration, warnings } = JSON.parse(readFileSync(`${folder}/answer.json`, 'utf8'));
      return { said: `${out}${error}`.replace(/\s+/g, ' '), signer: corroboration.signer, warnings };
    };
    const unsigned = await answered('one');
    expect(unsigned.signer).toBeNull();
    const words = 'The corroboration is not signed: nothing shows that it is as it was made.';
    expect(unsigned.warnings).toContain(words);
    expect(unsigned.said).toContain(words);
    await signFile(DOCUMENT, AUDITOR);
    const signer = { name: 'CN=Auditor', certificateSha256: AUDITOR.certificate.fingerprint };
    const signed = await answered('two');
    expect(signed.signer).toEqual({ ...signer, trusted: false });
    expect(signed.said).toContain('The corroboration is signed by CN=Auditor (give the certificate');
    const trusted = await answered('three', AUDITOR);
    expect(trusted.signer).toEqual({ ...signer, trusted: true });
    expect(trusted.said).not.toContain('The corroboration is');
  });

  test('gives no answer where it is not proven when that was', async () => {
    await signFile(DOCUMENT, EXPIRED);
    const unproven = await ask(AUDITOR, EXPIRED);
    expect([unproven.exitCode, unproven.out]).toEqual([3, '']);
    expect(unproven.error).toMatch(
      /^trail-verify: UNPROVEN: witness: when it was signed is not proven: .*\n$/,
    );
  });
});
