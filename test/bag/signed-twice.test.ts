/** Bags whose signature holds a timestamp, and bags with a Sigstore bundle: verify.sh and the tool come to the same conclusion. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { bagConclusion } from '../../src/bag/check.ts';
import {
  AUDITOR,
  certificateFile,
  changeFile,
  checkTestBag,
  copyBag,
  makeBag,
  remakeManifest,
  TIME,
} from '../support/evidence-bag.ts';
import { opensslAbsence } from '../support/openssl.ts';
import { absenceOf, runScript, SHELLS } from '../support/verify-script.ts';

const absence = opensslAbsence();
if (absence !== undefined) console.log(`skipped, for openssl cannot be started: ${absence}`);

const temporary = mkdtempSync(path.join(tmpdir(), 'trail-verify-embedded-'));
const bag = path.join(temporary, 'bag');
const trust = certificateFile(temporary, AUDITOR);
const authority = certificateFile(temporary, TIME.root);
const P7S = 'report.json.p7s';

beforeAll(async () => {
  const { store, trail } = auditTrail(1);
  await makeBag(bag, scenarioOf(store, trail), { timestamp: TIME, embed: true, bundle: true });
});
afterAll(() => rmSync(temporary, { recursive: true }));

/** Both conclusions, of a copy of the bag that `change` changed with its manifest made anew. */
async function conclusions(change: (copy: string) => void, time = authority) {
  const copy = copyBag(bag);
  change(copy);
  remakeManifest(copy, 'tagmanifest-sha256.txt');
  const script = runScript([trust, time, copy]);
  const tool = await checkTestBag(copy, time !== '-');
  expect(bagConclusion(tool)).toBe(script.conclusion);
  return { text: script.text, conclusion: tool.conclusion };
}

const withoutCompanions = (copy: string): void => rmSync(path.join(copy, `${P7S}.tsr`));

describe.skipIf(absence !== undefined)('a timestamp in the signature of a bag', () => {
  test('is checked, besides the one beside it and alone', async () => {
    const both = await conclusions(() => {});
    expect(both.conclusion).toBe('VALID');
    expect(both.text).toMatch(/^OK {4}signed before .* as the timestamp confirms$/m);
    expect(both.text).toMatch(/^OK {4}signed before .* as the timestamp in the signature confirms$/m);
    const alone = await conclusions(withoutCompanions);
    expect(alone.conclusion).toBe('VALID');
    expect(alone.text).toMatch(/as the timestamp in the signature confirms$/m);
  });

  test('whose authority was not named is unproven', async () => {
    const { conclusion, text } = await conclusions(withoutCompanions, '-');
    expect(conclusion).toBe('INCONCLUSIVE');
    expect(text).toMatch(/^SKIP {2}timestamp in the signature of .*: whom to trust for it was not said$/m);
  });

  test('is refused changed, also where nothing lies beside it', async () => {
    const change = (copy: string): void =>
      changeFile(copy, P7S, (bytes) => {
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
        return bytes;
      });
    expect((await conclusions(change)).conclusion).toBe('REFUSED');
    const alone = await conclusions((copy) => {
      change(copy);
      withoutCompanions(copy);
    });
    expect(alone.conclusion).toBe('REFUSED');
    expect(alone.text).toMatch(
      /^FAIL {2}the timestamp in the signature is not of this signature, or forged$/m,
    );
  });

  test.each(SHELLS.map((shell) => [shell]))('is checked by %s', (shell) => {
    const missing = absenceOf(shell[0]);
    if (missing !== undefined) console.log(`not run, for it is absent: ${missing}`);
    else expect(runScript([trust, authority, bag], shell)).toMatchObject({ code: 0 });
  });
});

describe.skipIf(absence !== undefined)('a Sigstore bundle in a bag', () => {
  const BUNDLE = 'report.sigstore.json';
  const edit = (change: (text: string) => string) => (copy: string) =>
    changeFile(copy, BUNDLE, (bytes) => {
      const changed = change(bytes.toString());
      expect(changed).not.toBe(bytes.toString());
      return Buffer.from(changed);
    });

  test('is checked', async () => {
    const { conclusion, text } = await conclusions(() => {});
    expect(conclusion).toBe('VALID');
    expect(text).toMatch(/^OK {4}report\.sigstore\.json is of the same signer, about this report$/m);
  });

  test.each<readonly [string, (copy: string) => void]>([
    ['its signature', edit((text) => text.replace(/("sig":"....)./, '$1_'))],
    ['its statement', edit((text) => text.replace(/("payload":")(.)(.)/, '$1$3$2'))],
    [
      'the name of its key',
      edit((text) => text.replace(/("hint":")(.)/, (_, head, letter) => head + (letter === 'A' ? 'B' : 'A'))),
    ],
    ['all of it', edit(() => 'nothing')],
  ])('is refused with %s changed', async (_name, change) => {
    const { conclusion, text } = await conclusions(change);
    expect(conclusion).toBe('REFUSED');
    expect(text).toMatch(
      /^FAIL {2}report\.sigstore\.json is not (?:of that signer, or not about this report|written as this tool writes it)$/m,
    );
  });

  test('of another report is refused', async () => {
    const other = path.join(temporary, 'other');
    const { store, trail } = auditTrail(2);
    await makeBag(other, scenarioOf(store, trail), { bundle: true });
    const theirs = readFileSync(path.join(other, BUNDLE));
    const { conclusion } = await conclusions((copy) => changeFile(copy, BUNDLE, () => theirs));
    expect(conclusion).toBe('REFUSED');
  });
});

test.skipIf(absence !== undefined)('unsigned attributes of another kind are refused', async () => {
  const { conclusion, text } = await conclusions((copy) =>
    changeFile(copy, P7S, (bytes) => {
      const name = Buffer.from('2a864886f70d010910020e', 'hex');
      bytes.writeUInt8(0x0f, bytes.lastIndexOf(name) + name.length - 1);
      return bytes;
    }),
  );
  expect(conclusion).toBe('REFUSED');
  expect(text).toMatch(/^FAIL {2}the signature has unsigned attributes, which nothing protects$/m);
});
