import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessSample, runNode, runProcess } from '../measured-process.ts';
import { ROOT, SCRATCH } from '../scratch.ts';

/** Another program that counts the calls of a copy's log files by name, or in words why it cannot be run. */
export interface EventReader {
  readonly name: string;
  readonly absent: string | undefined;
  readonly run: (copy: string) => Promise<ProcessSample>;
}

/** DuckDB over the log files as they lie there, with all cores. */
const DUCKDB: EventReader = {
  name: 'DuckDB, read_json',
  absent: existsSync(join(ROOT, 'node_modules', '@duckdb', 'node-api'))
    ? undefined
    : '@duckdb/node-api is not installed',
  run: (copy) => {
    const spill = join(SCRATCH, 'duckdb-spill');
    mkdirSync(spill, { recursive: true });
    const pattern = join(copy, '*', 'AWSLogs', '*', 'CloudTrail', '**', '*.json.gz');
    return runNode([join(ROOT, 'bench', 'peers', 'read-json.mjs'), pattern, spill]);
  },
};

const COUNT = `
  find "$1" -path '*/CloudTrail/*' -name '*.json.gz' -print0 | xargs -0 zcat |
  jq -r '.Records[] | [.eventSource, .eventName] | @tsv' | LC_ALL=C sort | uniq -c |
  awk '{ print $2 "\\t" $3 "\\t" $1 }'`;

/** zcat and jq in a pipe of the shell. */
const JQ: EventReader = {
  name: 'zcat and jq',
  absent:
    spawnSync('jq', ['--version']).error === undefined
      ? undefined
      : 'jq is not installed (apt-get install jq)',
  run: (copy) => runProcess('bash', ['-o', 'pipefail', '-c', COUNT, 'bash', copy]),
};

/** Those that a machine may have. */
export const EVENT_READERS: readonly EventReader[] = [DUCKDB, JQ];
