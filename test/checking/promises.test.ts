import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { auditTrail, type Scenario, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { useAws } from '../aws/aws-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/*
 * What a log file costs the thread that walks, counted and not timed: every promise is made, waited for and collected. One
 * by one a log file costs it some sixty.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIGESTS = 25;
const aws = useAws();

function trailOf(logs: number): Scenario {
  const { store, trail } = auditTrail();
  trail.hours(DIGESTS, { logs });
  return scenarioOf(store, trail);
}

/** How many promises the main thread of a process makes that verifies it with two threads, and how many log files agree. */
async function count(
  open: string,
  now: number,
): Promise<{ promises: number; valid: number; verdict: string }> {
  const program = `
    const { createHook } = await import('node:async_hooks');
    const { readFileSync } = await import('node:fs');
    const library = await import('./src/index.ts');
    const { fixedClock, fixedKeyRing, openChecker, readKeyFile, verifyTrail } = library;
    const keys = readKeyFile(readFileSync('fixtures/keys/public-keys.jsonl'), 'keys');
    const source = await (async ({ openAwsSession, openFolder, openS3 }) => ${open})(library);
    const checker = openChecker({ threads: 2, after: 0 });
    let promises = 0;
    const hook = createHook({ init: (id, type) => { if (type === 'PROMISE') promises += 1; } }).enable();
    const { verdict, totals } = await verifyTrail({
      source, checker, keyRing: fixedKeyRing(keys), clock: fixedClock(${now}),
      targets: [{ bucket: 'example-trail-logs', prefix: '' }],
    });
    hook.disable();
    await checker.close();
    console.log(JSON.stringify({ promises, valid: totals.logs.valid, verdict }));
  `;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  return JSON.parse(stdout);
}

describe('a log file costs the main thread at most two promises', () => {
  test.each(['folder', 's3'])(
    '%s',
    async (kind) => {
      const counted: { promises: number; valid: number }[] = [];
      // What a run and its digests cost is in both alike.
      for (const logs of [10, 60]) {
        const { store, now } = trailOf(logs);
        let open: string;
        if (kind === 's3') {
          const { url } = await aws.start({ store });
          open = `openS3(openAwsSession({ endpointUrl: ${JSON.stringify(url)} }))`;
        } else {
          const folder = temporaryFolder();
          writeFolder(store, folder, { metadata: true });
          open = `openFolder(${JSON.stringify(folder)}, { layout: 'collect' })`;
        }
        const { verdict, ...counts } = await count(open, now);
        expect(verdict).toBe('VALID');
        counted.push(counts);
      }
      const [few, many] = counted;
      if (few === undefined || many === undefined) throw new Error('nothing was counted');
      expect(many.valid - few.valid).toBe(50 * DIGESTS);
      expect((many.promises - few.promises) / (many.valid - few.valid)).toBeLessThan(2);
    },
    120_000,
  );
});
