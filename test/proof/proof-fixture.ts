import { ringOf } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { checkProof, type ProofCheck, type ProofCheckOptions } from '../../src/proof/check.ts';
import { makeProof, type ProofMaterial } from '../../src/proof/make.ts';
import { formatProof, type Proof } from '../../src/proof/proof.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { type InventoryLine, readInventoryLine } from '../../src/report/inventory.ts';
import type { Report } from '../../src/report/report.ts';
import { readReport } from '../../src/report/report-schema.ts';
import type { ObjectRef, Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memoryLines } from '../support/memory-lines.ts';
import { type MemorySourceOptions, memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { publicKeyOf, TEST_KEYS } from '../support/test-keys.ts';

/** A scenario that was verified, with its inventory; `prove` makes a proof, `check` checks one. */
export interface Proven {
  readonly store: ObjectStore;
  readonly source: Source;
  readonly report: Report;
  readonly reportBytes: Buffer;
  readonly inventory: Buffer;
  readonly lines: readonly InventoryLine[];
  prove(ref: ObjectRef, changes?: Partial<ProofMaterial>): Promise<Proof>;
  check(proof: Proof | Uint8Array, changes?: Partial<ProofCheckOptions>): ProofCheck;
}

/** Verifies a scenario and keeps what proofs of it are made of. */
export async function provenScenario(
  name: string,
  options: MemorySourceOptions = {},
  changes: Partial<VerifyOptions> = {},
): Promise<Proven> {
  const scenario = (await loadScenario(name)).build();
  const { store, targets, now } = scenario;
  const source = memorySource(store, options);
  const kept = memoryLines();
  const report = await verifyTrail({
    source,
    targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(now),
    runId: 'a run',
    ...scenario.options,
    ...changes,
    inventory: kept,
  });
  const reportBytes = Buffer.from(renderJson(report));
  const inventory = kept.file();
  return {
    store,
    source,
    report,
    reportBytes,
    inventory,
    lines: (kept.text() ?? '')
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => readInventoryLine(line) ?? []),
    prove: (ref, changes = {}) =>
      makeProof({
        report: readReport(reportBytes, 'report.json'),
        openInventory: async () => pieces(inventory),
        source,
        subject: { ref },
        ...changes,
      }),
    check: (proof, changes = {}) =>
      checkProof({
        proof: proof instanceof Uint8Array ? proof : Buffer.from(formatProof(proof)),
        report: reportBytes,
        keys: TEST_KEYS.map(publicKeyOf),
        ...changes,
      }),
  };
}

/** Bytes in some pieces. */
export async function* pieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The texts of what a check found, the heaviest first. */
export function textsOf({ problems }: ProofCheck): readonly string[] {
  return problems.map(({ text }) => text);
}
