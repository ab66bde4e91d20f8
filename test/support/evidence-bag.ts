/** Evidence bags for tests: made by the library of a scenario or a trail, signed by a test party. */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { BagBuilder } from '../../src/bag/build.ts';
import { type BagCheck, checkBag } from '../../src/bag/check.ts';
import { signatureFacts } from '../../src/bag/texts.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { certificatePem } from '../../src/pki/certificate.ts';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { embedTimestamp, requestTimestamp } from '../../src/pki/timestamp.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import type { Report } from '../../src/report/report.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { formatBundle, signBundle } from '../../src/signed/bundle.ts';
import { bagFolder } from '../../src/source/bag/index.ts';
import { readVerifyScript } from '../../src/source/given-file.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memorySource } from './memory-source.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { type TestParty, testParty } from './test-certificates.ts';
import { testAnswer, testAuthority } from './test-timestamp.ts';

/** How a test bag is made; by default without log files, signed, not timestamped. */
export interface TestBagOptions {
  readonly includeLogs?: boolean;
  readonly metadata?: boolean;
  readonly signer?: TestParty | 'nobody';
  readonly timestamp?: { readonly tsa: TestParty; readonly root: TestParty; readonly at?: number };
  /** Put a timestamp into the signature too. */
  readonly embed?: boolean;
  /** Put a Sigstore bundle beside it. */
  readonly bundle?: boolean;
  /** Changes the report before it is signed, as its signer can. */
  readonly alter?: ((report: Report) => Report) | undefined;
  /** Changes how the run reads, or what it takes. */
  readonly change?: ((run: VerifyOptions) => VerifyOptions) | undefined;
}

/** The party that signs test bags, and the authority that timestamps them. */
export const AUDITOR: TestParty = testParty({ name: 'CN=Auditor,O=Example' });
export const TIME: { readonly tsa: TestParty; readonly root: TestParty } = testAuthority();

/** Makes a bag of a scenario in `folder`, and returns its report. */
export async function makeBag(
  folder: string,
  scenario: Scenario,
  options: TestBagOptions = {},
): Promise<Report> {
  const {
    includeLogs = false,
    metadata = true,
    signer = AUDITOR,
    timestamp,
    embed = false,
    bundle = false,
    alter = (made) => made,
    change = (run) => run,
  } = options;
  const askTime = async (data: Uint8Array): ReturnType<typeof requestTimestamp> => {
    const post = async (_url: string, body: Uint8Array): Promise<Uint8Array> =>
      testAnswer(body, timestamp ?? TIME, timestamp?.at === undefined ? {} : { at: timestamp.at });
    return requestTimestamp(data, { url: 'test', post });
  };
  const files = bagFolder(folder);
  const builder = new BagBuilder(files, { includeLogs });
  const keyRing = ringOf(scenario);
  const run = change({
    source: memorySource(scenario.store, { metadata, versions: true }),
    targets: scenario.targets,
    keyRing,
    clock: fixedClock(scenario.now),
    runId: 'test-run',
    ...scenario.options,
    onObject: (object) => builder.add(object),
  });
  const examined = await verifyTrail(run, (event) => {
    if (event.type === 'finding') builder.addFinding(event.finding);
  });
  const payloadManifestSha256 = await builder.sealPayload({ report: examined, keys: keyRing.used() });
  const report: Report = alter({ ...examined, evidence: { payloadManifestSha256 } });
  const bytes = Buffer.from(renderJson(report));
  await files.write('report.json', bytes);
  let signature: Uint8Array | undefined;
  let stamp: Uint8Array | undefined;
  if (signer !== 'nobody') {
    const task = { sha256: createHash('sha256').update(bytes).digest(), at: Date.now() };
    signature = await signContent(task, keySigner(signer.key, [signer.certificate]));
    if (embed) signature = (await embedTimestamp(signature, askTime)).file;
    await files.write('report.json.p7s', signature);
    if (bundle) {
      const statement = await signBundle(
        readReport(bytes, 'report'),
        keySigner(signer.key, [signer.certificate]),
      );
      await files.write('report.sigstore.json', formatBundle(statement));
    }
  }
  if (signature !== undefined && timestamp !== undefined) {
    stamp = (await askTime(signature)).file;
    await files.write('report.json.p7s.tsr', stamp);
  }
  await builder.sealTags({
    report,
    reportSha256: createHash('sha256').update(bytes).digest('hex'),
    ...signatureFacts(bytes, signature, stamp),
    script: await readVerifyScript(),
  });
  return report;
}

/** Makes the bag's certificates a file, for openssl. */
export function certificateFile(folder: string, party: TestParty): string {
  const file = path.join(folder, `${party.certificate.fingerprint.slice(0, 16)}.pem`);
  writeFileSync(file, certificatePem(party.certificate.der));
  return file;
}

/** Checks a bag as `evidence verify` does, trusting the test auditor, and the time authority where asked to. */
export async function checkTestBag(folder: string, trustsTime = false): Promise<BagCheck> {
  return checkBag({
    folder: bagFolder(folder),
    trust: [AUDITOR.certificate],
    timestampTrust: trustsTime ? [TIME.root.certificate] : undefined,
    script: await readVerifyScript(),
    now: Date.now(),
  });
}

/** A copy of a bag in a new temporary folder. */
export function copyBag(folder: string): string {
  const copy = path.join(temporaryFolder(), 'bag');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Every file of a folder by its path below it, sorted. */
export function filesOf(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** Makes a manifest anew, as a forger would who knows how bags are made. */
export function remakeManifest(folder: string, name: 'manifest-sha256.txt' | 'tagmanifest-sha256.txt'): void {
  const isPayload = name === 'manifest-sha256.txt';
  const lines = filesOf(folder)
    .filter((file) => file.startsWith('data/') === isPayload && file !== 'tagmanifest-sha256.txt')
    .map((file) => {
      const hash = createHash('sha256')
        .update(readFileSync(path.join(folder, file)))
        .digest('hex');
      return `${hash}  ${file.replaceAll('%', '%25')}\n`;
    });
  writeFileSync(path.join(folder, name), lines.join(''));
}

/** Changes the bytes of one file of a bag. */
export function changeFile(folder: string, file: string, change: (bytes: Buffer) => Uint8Array): void {
  const target = path.join(folder, file);
  writeFileSync(target, change(readFileSync(target)));
}
