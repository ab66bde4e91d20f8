/**
 * Measures what docs/scale.md computes its table of: processor time of `run-shard` and of `merge` for each digest and each log file, and
 * the bytes of a result. Plans are of one shard, the objects come from a server of its own over HTTP, without TLS. A run of a tenth is
 * subtracted, and with it the start of the process. Writes bench/scale-figures.json; run it with nothing else running.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../src/crypto/hash.ts';
import { BODY_SETS, type BodySet } from './data/log-bodies.ts';
import { countsOf } from './data/made-trail.ts';
import { organization } from './data/recipes.ts';
import { NOW } from './data/trail-shape.ts';
import { type ProcessSample, runNode } from './measured-process.ts';
import { mustBe } from './row.ts';
import { outputFolder, ROOT } from './scratch.ts';
import { startServer } from './server/start-server.ts';
import { awsEnvironment, COMMAND } from './verify-run.ts';

interface Measured {
  readonly digests: number;
  readonly logs: number;
  readonly read: ProcessSample;
  readonly merge: ProcessSample;
  readonly resultBytes: number;
}

/** Plans, reads and merges six chains as long as keys last times `share`, with `logs` log files a digest. Each step is a process. */
async function measure(share: number, logs: number, bodies: BodySet): Promise<Measured> {
  const recipe = organization(share, 1, logs, bodies);
  const expected = countsOf(recipe.shape);
  const server = await startServer({ recipe, latency: 0, prepare: true });
  const folder = outputFolder();
  mkdirSync(folder.path, { recursive: true });
  const plan = join(folder.path, 'plan');
  const environment = { ...awsEnvironment(), XDG_CONFIG_HOME: folder.path };
  const reading = [
    '--endpoint-url',
    server.url,
    '--trust-endpoint-keys',
    '--now',
    new Date(NOW).toISOString(),
  ];
  const run = async (...words: readonly string[]): Promise<ProcessSample> => {
    const sample = await runNode([COMMAND, ...words, ...reading], environment);
    mustBe(`the exit code of ${words[0]}`, sample.exitCode, 0);
    return sample;
  };
  try {
    await run('plan', `s3://${recipe.shape.bucket}`, '--shards', '1', '--output', plan);
    const hash = ['--plan-sha256', sha256(readFileSync(join(plan, 'plan.json')))];
    const read = await run('run-shard', plan, ...hash, '--index', '0', '--workers', '1');
    const output = join(folder.path, 'result');
    const merge = await run('merge', plan, ...hash, '--output', output, '--format', 'none', '--no-progress');
    const { totals } = JSON.parse(readFileSync(join(output, 'report.json'), 'utf8'));
    mustBe('the count of proven digest files', totals.digests.valid, expected.digests);
    mustBe('the count of proven log files', totals.logs.valid, expected.logs);
    return { ...expected, read, merge, resultBytes: statSync(join(plan, 'results', '0.result')).size };
  } finally {
    folder.remove();
    await server.close();
  }
}

/** Of two runs that differ in one number alone: what each one more takes, in microseconds or bytes. */
function each(
  few: Measured,
  many: Measured,
  count: 'digests' | 'logs',
  of: (run: Measured) => number,
): number {
  return (of(many) - of(few)) / (many[count] - few[count]);
}

const bodies = BODY_SETS['250 KB'];
const [fewDigests, manyDigests] = [await measure(0.05, 0, bodies), await measure(0.5, 0, bodies)];
const [fewLogs, manyLogs] = [await measure(0.05, 2, bodies), await measure(0.05, 26, bodies)];
const micro = (step: 'read' | 'merge') => (run: Measured) => run[step].cpuSeconds * 1e6;
const rounded = (value: number): number => Math.round(value * 10) / 10;
const figures = {
  measured: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.versions.node}`,
  logBytes: 250_000,
  readDigestMicros: rounded(each(fewDigests, manyDigests, 'digests', micro('read'))),
  readLogMicros: rounded(each(fewLogs, manyLogs, 'logs', micro('read'))),
  mergeDigestMicros: rounded(each(fewDigests, manyDigests, 'digests', micro('merge'))),
  mergeLogMicros: rounded(each(fewLogs, manyLogs, 'logs', micro('merge'))),
  resultBytesOfDigest: rounded(each(fewDigests, manyDigests, 'digests', ({ resultBytes }) => resultBytes)),
  resultBytesOfLog: rounded(each(fewLogs, manyLogs, 'logs', ({ resultBytes }) => resultBytes)),
};
writeFileSync(join(ROOT, 'bench', 'scale-figures.json'), `${JSON.stringify(figures, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
