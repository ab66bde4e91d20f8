/**
 * A process that verifies a computed trail through the library, with its inventory on disk: its argument is a
 * `TrailRecipe` as JSON, and `modified` behind it for a trail of which every log file was replaced. Prints how long the
 * verification took, in seconds.
 */
import { mkdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { fixedClock } from '../src/base/clock.ts';
import { openInventoryFile, openOverflowFile } from '../src/cli/io/line-file.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { fileRing } from '../test/support/test-keys.ts';
import { countsOf, madeTrail, type TrailRecipe } from './data/made-trail.ts';
import { NOW } from './data/trail-shape.ts';
import { modifiedSource, virtualSource } from './data/virtual-source.ts';
import { mustBe } from './row.ts';
import { outputFolder } from './scratch.ts';

// As bin/trail-verify.js does.
setFlagsFromString('--heap-growing-percent=50');

// Written by rows/memory.ts, the only one who starts this.
const recipe = JSON.parse(process.argv[2] ?? '') as TrailRecipe;
const isModified = process.argv[3] === 'modified';
const trail = await madeTrail(recipe);
const source = virtualSource(trail);
const output = outputFolder();
mkdirSync(output.path, { recursive: true });
try {
  const began = performance.now();
  const { verdict, totals, objects, conclusion } = await verifyTrail({
    source: isModified ? modifiedSource(source) : source,
    targets: [{ bucket: recipe.shape.bucket, prefix: '' }],
    keyRing: fileRing(),
    clock: fixedClock(NOW),
    inventory: openInventoryFile(output.path),
    overflowFindings: openOverflowFile(output.path),
  });
  const seconds = (performance.now() - began) / 1000;
  const { digests, logs } = countsOf(recipe.shape);
  mustBe('the verdict', verdict, isModified ? 'INVALID' : 'VALID');
  mustBe('the count of proven digest files', totals.digests.valid, digests);
  mustBe('the count of proven log files', totals.logs.valid, isModified ? 0 : logs);
  mustBe('the count of violations', conclusion?.counts.findings.violation, isModified ? logs : 0);
  mustBe("the inventory's lines", objects?.inventory.lines, digests + logs);
  process.stdout.write(JSON.stringify({ seconds }));
} finally {
  output.remove();
}
