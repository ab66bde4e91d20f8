import { type InventoryLine, readInventoryLine } from '../report/inventory-line.ts';
import { verifyInclusion } from '../report/merkle.ts';
import type { Inclusion, Proof } from './proof.ts';

/** One thing wrong with a proof, or with what it proves: a violation contradicts, what is unproven stays open. */
export interface ProofProblem {
  readonly weight: 'violation' | 'unproven';
  /** In words, not yet escaped for any output. */
  readonly text: string;
}

/** Notes one problem. */
export type NoteProblem = (weight: ProofProblem['weight'], text: string) => void;

/** The line of the inventory, if the proof shows that it is one of the report's. */
export function includedLine(
  { tree }: Proof,
  inclusion: Inclusion,
  what: string,
  note: NoteProblem,
): InventoryLine | undefined {
  const { leaf, index, path } = inclusion;
  if (!verifyInclusion(Buffer.from(leaf, 'latin1'), { index, size: tree.size, path }, tree.root)) {
    note('violation', `${what} does not lead to the Merkle root`);
    return undefined;
  }
  const line = readInventoryLine(leaf);
  if (line === undefined) note('violation', `${what} is no line of an inventory`);
  return line;
}
