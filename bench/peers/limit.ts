import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ProcessSample, runProcess } from '../measured-process.ts';
import { mustBe } from '../row.ts';
import { ROOT, SCRATCH } from '../scratch.ts';

/** The compiled `limit.c`, or in words why there is none. */
export function buildLimit(): { readonly program: string } | { readonly absent: string } {
  mkdirSync(SCRATCH, { recursive: true });
  const program = join(SCRATCH, 'limit');
  const source = join(ROOT, 'bench', 'limit.c');
  const args = ['-O2', '-march=native', '-o', program, source, '-ldeflate', '-lcrypto', '-lpthread'];
  const { error, status, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
  if (error !== undefined) return { absent: `gcc cannot be started: ${error.message}` };
  if (status === 0) return { program };
  const reason = /error: .*|cannot find .*/.exec(stderr)?.[0] ?? 'gcc failed';
  return { absent: `bench/limit.c cannot be compiled (${reason}); it takes libdeflate-dev and libssl-dev` };
}

/** Runs it on a list of files (each line a path and a SHA-256) with one thread for each core. */
export async function runLimit(program: string, list: string, files: number): Promise<ProcessSample> {
  const sample = await runProcess(program, [list, String(availableParallelism())]);
  if (sample.exitCode !== 0) throw new Error(`limit ended with ${sample.exitCode}: ${sample.error}`);
  mustBe('what the C program counted', sample.out.trim(), `${files} files agree`);
  return sample;
}
