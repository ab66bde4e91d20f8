import { createHash } from 'node:crypto';
import type { KeptLine } from '../../../witness/contract.ts';
import type { LinesRecord } from '../../../witness/document.ts';
import type { ShownEvent } from '../../../witness/render.ts';
import type { LineFile } from '../line-file.ts';

/** Recovered events that the screen names. */
const SHOWN = 20;

/** Lines of events as they are kept; the first of them as well for the screen. */
export class KeptEvents {
  readonly file: LineFile;
  readonly #events = new Set<string>();
  #lines = 0;
  #first: readonly ShownEvent[] = [];

  constructor(file: LineFile) {
    this.file = file;
  }

  /** The first events of the finished file. */
  get first(): readonly ShownEvent[] {
    return this.#first;
  }

  keep({ group, eventId, line }: KeptLine): Promise<void> {
    this.#lines += 1;
    this.#events.add(eventId);
    return this.file.append(group, line);
  }

  /** Writes the file, where there are any; undefined for none. */
  async finish(groups: readonly string[]): Promise<LinesRecord | undefined> {
    if (this.#lines === 0) return undefined;
    const { file } = this;
    const hash = createHash('sha256');
    const shown: ShownEvent[] = [];
    let text = '';
    await file.write(
      (async function* () {
        for (const group of groups)
          for await (const piece of file.read(group)) {
            hash.update(piece);
            if (shown.length < SHOWN) {
              text += Buffer.from(piece).toString('latin1');
              const lines = text.split('\n');
              text = lines.pop() ?? '';
              for (const line of lines.slice(0, SHOWN - shown.length)) shown.push(JSON.parse(line));
            }
            yield piece;
          }
      })(),
    );
    this.#first = shown;
    return { file: file.name, sha256: hash.digest('hex'), lines: this.#lines, events: this.#events.size };
  }
}
