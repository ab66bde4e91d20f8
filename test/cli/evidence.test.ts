import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { isoTime } from '../../src/base/clock.ts';
import { writeBagArchive } from '../../src/cli/io/bag.ts';
import { bagFolder } from '../../src/source/bag/index.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { changeFile } from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runScript } from '../support/verify-script.ts';

const START = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const noOpenssl = opensslAbsence();
let trust: string;

beforeEach(async () => {
  stubAwsEnvironment();
  const configuration = await identityFolder();
  vi.stubEnv('XDG_CONFIG_HOME', configuration);
  trust = path.join(configuration, 'trail-verify/certificate.pem');
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

async function run(args: readonly string[]): ReturnType<typeof runCommand> {
  const environment = { XDG_CONFIG_HOME: process.env.XDG_CONFIG_HOME };
  return runCommand(args, { environment });
}

async function argumentsFor(scenario: string): Promise<readonly string[]> {
  const { now } = (await loadScenario(scenario)).build();
  const keys = fixture('keys/public-keys.jsonl');
  return [fixture(`${scenario}/copy`), '--keys', keys, '--now', isoTime(now), '--output', 'bag'];
}

describe.each([
  ['tampered', 1, 'INVALID'],
  ['intact', 0, 'VALID'],
])('a bag of the copy of %s', (scenario, code, verdict) => {
  test('is packed, checked by the tool and the script alike, and verified again', async () => {
    const packed = await run([
      'verify',
      ...(await argumentsFor(scenario)),
      '--bag',
      '--archive',
      'bag.tar.gz',
    ]);
    expect(packed).toMatchObject({ exitCode: code, error: '' });
    expect(packed.out).toMatch(/^Evidence bag: bag, \d+ files of evidence; see VERIFY\.md in it$/m);
    expect(packed.out).toContain('Archive: bag.tar.gz');
    expect(readFileSync('bag/VERIFY.md', 'utf8')).toContain(`${verdict}: `);
    expect(readFileSync('bag/CERTIFICATION.md', 'utf8')).toContain('28 U.S.C. 1746');
    expect(readFileSync('bag/verify.sh')).toEqual(readFileSync(path.join(START, 'verify.sh')));

    const checked = await run(['evidence', 'verify', 'bag', '--trust', trust]);
    expect({ ...checked, out: checked.out.trimEnd().split('\n').at(-1) }).toMatchObject({
      exitCode: code,
      error: '',
      out: expect.stringMatching(
        new RegExp(`^GENUINE: this bag is as it was signed; its report says ${verdict}`),
      ),
    });
    const again = await run([
      'verify',
      'bag',
      '--layout',
      'bag',
      '--keys',
      fixture('keys/public-keys.jsonl'),
      '--no-sign',
      '--output',
      'again',
      '--verbose',
    ]);
    expect(again.out).toContain('an evidence bag');
    const by = (keys: string) => run(['evidence', 'verify', 'bag', '--trust', trust, '--keys', keys]);
    const elsewhere = await by(fixture('keys/public-keys.jsonl'));
    expect(elsewhere.exitCode).toBe(code);
    expect(elsewhere.out).not.toContain("signer's word");
    const own = await by('bag/data/keys/keys.jsonl');
    expect(own.exitCode).toBe(3);
    expect(own.out).toContain(
      'SKIP  keys that are a part of the bag prove nothing of it: bag/data/keys/keys.jsonl',
    );
    if (noOpenssl !== undefined) return;
    const script = runScript([trust, '-', 'bag']);
    expect(script).toMatchObject({ code, conclusion: checked.out.trimEnd().split('\n').at(-1) });
    execFileSync('tar', ['-xzf', 'bag.tar.gz']);
    const [unpacked = ''] = readdirSync('.').filter((name) => name.startsWith('trail-verify-'));
    expect(runScript([trust, '-', unpacked])).toMatchObject({ code });
  });

  test('is refused with one changed byte', async () => {
    await run(['verify', '--bag', '--quiet', '--include-logs', ...(await argumentsFor(scenario))]);
    changeFile('bag', 'data/digests.tsv', (bytes) => Buffer.concat([bytes, Buffer.from('\n')]));
    const { exitCode, out } = await run(['evidence', 'verify', 'bag', '--trust', trust]);
    expect(exitCode).toBe(5);
    expect(out).toMatch(/\nREFUSED: this bag is not what a trusted signer signed, or contradicts itself\n$/);
  });
});

describe('the archive', () => {
  test('is the same for the same bag', async () => {
    await run(['verify', ...(await argumentsFor('intact')), '--bag']);
    await writeBagArchive(bagFolder('bag'), 'one.tar.gz', 'run');
    await writeBagArchive(bagFolder('bag'), 'two.tar.gz', 'run');
    expect(readFileSync('one.tar.gz').equals(readFileSync('two.tar.gz'))).toBe(true);
    await expect(writeBagArchive(bagFolder('bag'), 'two.tar.gz', 'run')).rejects.toMatchObject({
      code: 'OUTPUT_NOT_USABLE',
    });
    expect(readdirSync('.').filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.each(['bag/inside.tar.gz', 'no-folder/bag.tar.gz', fixture('keys/public-keys.jsonl')])(
    'may not be %s',
    async (file) => {
      const args = await argumentsFor('intact');
      const { exitCode, error } = await run(['verify', ...args, '--bag', '--archive', file]);
      expect(exitCode).toBe(2);
      expect(error).toContain('trail-verify: archive ');
    },
  );
});

describe('wrong use', () => {
  test.each([
    [['--include-logs'], '--include-logs is of use with --bag only'],
    [['--archive', 'x.tar.gz'], '--archive is of use with --bag only'],
    [['--bag', '--include-logs', '--no-logs'], '--include-logs and --no-logs contradict each other'],
  ])('%j', async (options, message) => {
    const { exitCode, error } = await run(['verify', 'folder', ...options]);
    expect(exitCode).toBe(2);
    expect(error).toContain(message);
  });

  test('a folder that is no bag, and certificates that are none', async () => {
    expect(await run(['evidence', 'verify', '.'])).toMatchObject({ exitCode: 2 });
    expect(await run(['evidence', 'verify', 'absent'])).toMatchObject({ exitCode: 2 });
    expect(await run(['evidence', 'verify', '.', '--trust', 'absent.pem'])).toMatchObject({ exitCode: 2 });
  });

  test('a target that does not exist leaves nothing behind', async () => {
    const { exitCode } = await run(['verify', 'absent', '--output', 'bag', '--bag']);
    expect(exitCode).toBe(2);
    expect(existsSync('bag')).toBe(false);
    rmSync('bag', { recursive: true, force: true });
  });
});
