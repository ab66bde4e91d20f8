import { createHash } from 'node:crypto';
import { asciiJson } from '../base/json.ts';
import type { Finding } from '../findings/finding.ts';
import { FindingTally } from './finding-counts.ts';
import type { LineStore } from './line-store.ts';
import type { FurtherFindings } from './report.ts';

/**
 * Writes findings as the store's file, one line of JSON in ASCII for each in the report's form, and resolves with what the
 * report says of them. Rejects as the store and `findings` do.
 */
export async function writeFurtherFindings(
  store: LineStore,
  findings: AsyncIterable<Finding>,
): Promise<FurtherFindings> {
  const tally = new FindingTally();
  const content = createHash('sha256');
  let lines = 0;
  await store.write(
    (async function* () {
      for await (const finding of findings) {
        const line = Buffer.from(`${asciiJson(finding)}\n`, 'ascii');
        tally.add(finding);
        content.update(line);
        lines += 1;
        yield line;
      }
    })(),
  );
  return { path: store.name, sha256: content.digest('hex'), lines, counts: tally.counts() };
}
