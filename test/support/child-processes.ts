/** The processes that one has started. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface Started {
  readonly pid: number;
  readonly parent: number;
  /** `Z` for one that has ended, and is there until somebody asks how. */
  readonly state: string;
  /** Its program and arguments. */
  readonly command: string;
}

/** Those of a process that have not ended, and have these words in their commands. */
export function childrenOf(parent: number, words = ''): readonly number[] {
  return all().flatMap((one) =>
    one.parent === parent && one.state !== 'Z' && one.command.includes(words) ? [one.pid] : [],
  );
}

/** Whether a process has not ended. */
export function isRunning(pid: number): boolean {
  return all().some((one) => one.pid === pid && one.state !== 'Z');
}

/** From /proc where that is there, for small systems have no ps. */
function all(): readonly Started[] {
  if (existsSync('/proc/self/stat'))
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statusOf(name) : []));
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines.map((line) => {
    const [pid, parent, state = '', ...command] = line.trim().split(/ +/);
    return { pid: Number(pid), parent: Number(parent), state: state.slice(0, 1), command: command.join(' ') };
  });
}

function statusOf(pid: string): readonly Started[] {
  try {
    // The name is in brackets, and may have brackets and blanks in it.
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return [{ pid: Number(pid), parent: Number(parent), state, command }];
  } catch {
    return [];
  }
}
