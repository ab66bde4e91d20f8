import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../scratch.ts';
import type { ServerCounts, ServerReady, ServerTask } from './task.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** A server in a process of its own. */
export interface BenchServer {
  readonly url: string;
  /** What was asked since the last call; answers take `latency` milliseconds from now on. */
  counts(latency: number): Promise<ServerCounts>;
  close(): Promise<void>;
}

/** Starts a server and waits until it is ready. Rejects where it ends before. */
export async function startServer(task: ServerTask): Promise<BenchServer> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, JSON.stringify(task)], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async <Line>(): Promise<Line> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the server of the benchmark ended');
    // Both ends are ours: see task.ts.
    return JSON.parse(value) as Line;
  };
  const { url } = await nextLine<ServerReady>();
  return {
    url,
    counts: (latency) => {
      child.stdin.write(`${latency}\n`);
      return nextLine<ServerCounts>();
    },
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
