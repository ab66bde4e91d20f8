/** Stores of jobs for tests: a Redis and a PostgreSQL of their own on free ports of this machine, in folders that end with them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A store that runs. */
export interface JobStore {
  readonly url: string;
  /** Ends it as a crash does. */
  crash(): Promise<void>;
  /** Starts it again, on the same port and with what it kept. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** One kind of store. */
export interface StoreKind {
  readonly name: string;
  /** Why there is none here; undefined where there is. */
  readonly absent: string | undefined;
  start(): Promise<JobStore>;
}

const redisServer = find('redis-server', ['/usr/bin', '/usr/local/bin']);
const postgres = find('postgres', postgresFolders());

/** Redis with a file of what it was told, so that it keeps the jobs. */
export const REDIS: StoreKind = {
  name: 'Redis',
  absent:
    redisServer === undefined ? 'there is no redis-server here: Debian has it in redis-server' : undefined,
  start: () => startRedis(true),
};

/** A Redis that forgets all jobs when it ends, and that may drop some before. */
export const startForgetfulRedis = (): Promise<JobStore> => startRedis(false);

export const POSTGRES: StoreKind = {
  name: 'PostgreSQL',
  absent: postgres === undefined ? 'there is no postgres here: Debian has it in postgresql' : undefined,
  start: startPostgres,
};

function postgresFolders(): readonly string[] {
  const all = '/usr/lib/postgresql';
  const versions = existsSync(all) ? readdirSync(all).sort((a, b) => Number(b) - Number(a)) : [];
  return [...versions.map((version) => path.join(all, version, 'bin')), '/usr/bin', '/usr/local/bin'];
}

/** The program of that name with `initdb` and the like next to it. */
function find(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

async function startRedis(keeps: boolean): Promise<JobStore> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-redis-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  const kept = keeps
    ? ['--appendonly', 'yes', '--appendfsync', 'always']
    : ['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'];
  return running(`redis://127.0.0.1:${port}`, port, folder, () =>
    spawn(redisServer ?? '', [...args, ...kept], { stdio: 'ignore' }),
  );
}

async function startPostgres(): Promise<JobStore> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-postgres-'));
  const port = await freePort();
  // It refuses to be run by root.
  const user = process.getuid?.() === 0 ? idsOf('postgres', 'nobody') : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = path.join(folder, 'data');
  const program = (name: string): string => path.join(path.dirname(postgres ?? ''), name);
  execFileSync(program('initdb'), ['-D', data, '-U', 'worker', '-A', 'trust', '--no-sync'], {
    cwd: folder,
    stdio: 'ignore',
    ...user,
  });
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'shared_buffers=16MB'];
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])];
  return running(`postgres://worker@127.0.0.1:${port}/postgres`, port, folder, () =>
    spawn(program('postgres'), args, { cwd: folder, stdio: 'ignore', ...user }),
  );
}

function idsOf(...names: readonly string[]): { readonly uid: number; readonly gid: number } {
  for (const name of names) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) =>
        Number(execFileSync('id', [flag, name], { stdio: 'pipe' })),
      );
      return { uid: uid ?? 0, gid: gid ?? 0 };
    } catch {
      // The next.
    }
  }
  throw new Error(`none of ${names.join(', ')} is a user here`);
}

async function running(
  url: string,
  port: number,
  folder: string,
  start: () => ChildProcess,
): Promise<JobStore> {
  let child = start();
  await listening(port);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
  };
  return {
    url,
    // PostgreSQL leaves its other processes to the kernel at SIGKILL; at SIGQUIT it ends all at once, as in a crash.
    crash: () => end(url.startsWith('redis') ? 'SIGKILL' : 'SIGQUIT'),
    restart: async () => {
      child = start();
      await listening(port);
    },
    close: async () => {
      await end(url.startsWith('redis') ? 'SIGKILL' : 'SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await delay(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}
