import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { gzipBomb } from '../../test/support/gzip-bomb.ts';
import { sha256Hex } from '../../test/support/test-digest.ts';
import { cachedFolder } from '../scratch.ts';
import { logFileJson, mixedLogFile } from './events.ts';
import { seededRandom } from './random.ts';

/** Log files to choose from: `count` different ones of about `contentSize` bytes before compression. */
export interface BodySet {
  readonly name: string;
  readonly contentSize: number;
  /** How far sizes go off the middle, as a part of it. */
  readonly spread: number;
  readonly count: number;
  /** They are no log files but gzip bombs, beyond every bound. */
  readonly bomb?: boolean;
  /** Sizes and events differ as those of an account do; `contentSize` is their mean. */
  readonly mixed?: boolean;
}

/** One log file: as stored, the SHA-256 (hex) and length of its content, and of a mixed set the count of its records. */
export interface LogBody {
  readonly file: Buffer;
  readonly sha256: string;
  readonly contentSize: number;
  readonly records?: number;
}

/** Sizes as they are met: 5 KB is what is stored (40 KB of JSON), the others are sizes of the JSON. */
export const BODY_SETS = {
  tiny: { name: 'tiny', contentSize: 1_100, spread: 0.2, count: 64 },
  '5 KB': { name: '5-kb', contentSize: 40_000, spread: 0.5, count: 500 },
  '250 KB': { name: '250-kb', contentSize: 257_000, spread: 0.3, count: 200 },
  '22 MB': { name: '22-mb', contentSize: 22_000_000, spread: 0.05, count: 4 },
  mixed: { name: 'mixed', contentSize: 70_000, spread: 0, count: 5_000, mixed: true },
  bomb: { name: 'bomb', contentSize: 2 ** 30, spread: 0, count: 1, bomb: true },
  '60 MB': { name: '60-mb', contentSize: 62_900_000, spread: 0, count: 1 },
} as const satisfies Record<string, BodySet>;

/** Has no divisor in common with the count of a mixed set. */
const MIXING = 2_741;

/** The log files of a set, made once and kept on disk. */
export async function logBodies(set: BodySet): Promise<readonly LogBody[]> {
  const folder = await bodyFolder(set);
  const index: unknown = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
  // Written below by this very file.
  const facts = index as readonly Omit<LogBody, 'file'>[];
  return facts.map((fact, at) => ({ ...fact, file: readFileSync(join(folder, `${at}.json.gz`)) }));
}

/** The folder that holds them. */
export function bodyFolder(set: BodySet): Promise<string> {
  const { name, contentSize, spread, count, bomb = false, mixed = false } = set;
  return cachedFolder(`bodies-${name}-${count}`, (folder) => {
    const place = { account: '111122223333', region: 'us-east-1' };
    const facts: Omit<LogBody, 'file'>[] = [];
    for (let at = 0; at < (bomb ? 0 : count); at += 1) {
      const random = seededRandom(contentSize + at);
      if (mixed) {
        // In no order of sizes, as keys have none.
        const rank = ((at * MIXING) % count) / Math.max(count - 1, 1);
        const made = mixedLogFile(random, rank, place);
        const content = Buffer.from(made.content);
        writeFileSync(join(folder, `${at}.json.gz`), gzipSync(content));
        facts.push({ sha256: sha256Hex(content), contentSize: content.length, records: made.records });
        continue;
      }
      const off = count === 1 ? 0 : ((2 * at) / (count - 1) - 1) * spread;
      const content = Buffer.from(logFileJson(random, Math.round(contentSize * (1 + off)), place));
      writeFileSync(join(folder, `${at}.json.gz`), gzipSync(content));
      facts.push({ sha256: sha256Hex(content), contentSize: content.length });
    }
    if (bomb) {
      writeFileSync(join(folder, '0.json.gz'), gzipBomb(contentSize / 2 ** 24));
      facts.push({ sha256: '0'.repeat(64), contentSize });
    }
    writeFileSync(join(folder, 'index.json'), JSON.stringify(facts));
  });
}
