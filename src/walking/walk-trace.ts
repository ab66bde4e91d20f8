import { createHash } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import type { WalkStep } from '../chain/chain-plan.ts';
import { PackedReader } from '../checking/packed.ts';
import { inventoryLine } from '../report/inventory-line.ts';
import type { StepBatch } from './contract.ts';

/**
 * What the steps of a walk have told, as one hash: digests by their inventory lines, which a thread has made already, and all else as
 * it is. A walk that is done again must tell the same before anything new of it counts.
 */
export class WalkTrace {
  readonly #hash = createHash('sha256');

  /** Takes the steps of the next batch, as they were sent. */
  addBatch({ parts }: StepBatch): void {
    for (const part of parts) {
      if ('packed' in part)
        this.#hash.update(new PackedReader(part.packed, part.count).slice(0, part.count).lines);
      else this.add(part);
    }
  }

  /** Takes the next step, of which each digest is told by itself. */
  add({ events }: Pick<WalkStep, 'events'>): void {
    for (const event of events) {
      if (event.type === 'digest') this.#hash.update(`${inventoryLine(event)}\n`);
      else this.#hash.update(`${JSON.stringify(event)}\n`);
    }
  }

  /** Whether another has told the very same so far. Of either nothing more may be added. */
  isThatOf(other: WalkTrace): boolean {
    return this.#hash.digest().equals(other.#hash.digest());
  }
}

/**
 * The steps of a walk that is done again where a thread was lost, from the first on that was not told. They come in the same order, for
 * they depend on nothing but what is read. Throws UNREACHABLE where what was told reads otherwise now: nobody knows then which of the
 * two is so, and what the second walk finds might be passed over.
 */
export async function* stepsBeyond(
  done: number,
  told: WalkTrace,
  steps: AsyncIterable<WalkStep>,
  chain: string,
): AsyncGenerator<WalkStep> {
  const again = new WalkTrace();
  let left = done;
  const check = (): void => {
    if (again.isThatOf(told)) return;
    throw new TrailVerifyError('UNREACHABLE', `the digests of ${chain} read otherwise a second time`, {
      hint: 'run it again: a thread was lost, and its part of the walk was done anew',
    });
  };
  for await (const step of steps) {
    if (left > 0) again.add(step);
    else yield step;
    left -= 1;
    if (left === 0) check();
  }
  if (left > 0) check();
}
