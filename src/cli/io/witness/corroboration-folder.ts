/** What `corroborate` wrote about a report, from its folder. */
import path from 'node:path';
import { malformed, messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { sha256 } from '../../../crypto/hash.ts';
import type { Recovered } from '../../../render/facts/recovered.ts';
import { openGivenFile } from '../../../source/given-file.ts';
import type { CorroborationDocument } from '../../../witness/document.ts';
import {
  CORROBORATION_FILE,
  MOST_CORROBORATION_BYTES,
  RECOVERED_FILE,
  readCorroboration,
  readRecovered,
} from '../../../witness/read.ts';
import { EXIT, showFailure } from '../exit.ts';
import { readWholeFile } from '../files.ts';
import type { Terminal } from '../terminal.ts';

/** A corroboration whose document was read and is of the report that is meant. */
export interface GivenCorroboration {
  readonly document: CorroborationDocument;
  /** SHA-256 (hex) of the document's bytes. */
  readonly sha256: string;
  /** Reads the recovered events; `take` gets the text of each line. Throws EVIDENCE_INVALID where they are not those of the document. */
  readRecovered(take?: (line: string) => void): Promise<Recovered>;
}

/**
 * The corroboration in a folder, of the report of that SHA-256 (hex). Nothing is asked about its signature. Throws TARGET_NOT_FOUND
 * where there is none, CONFIGURATION where it is of another report, and EVIDENCE_INVALID where it is not as it was written.
 */
export async function openCorroborationFolder(
  folder: string,
  reportSha256: string,
): Promise<GivenCorroboration> {
  const name = path.join(folder, CORROBORATION_FILE);
  const hint = 'give the folder that trail-verify corroborate wrote';
  const bytes = await readWholeFile(name, MOST_CORROBORATION_BYTES, 'corroboration', hint);
  const document = readCorroboration(bytes, name, reportSha256);
  const file = path.join(folder, RECOVERED_FILE);
  return {
    document,
    sha256: sha256(bytes),
    readRecovered: (take) =>
      readRecovered(document, document.recovered === undefined ? nothing() : piecesOf(file), file, take),
  };
}

/** The events that such a folder has. Throws as `openCorroborationFolder`, and where its events are not as they were written. */
export async function recoveredInFolder(folder: string, reportSha256: string): Promise<Recovered> {
  return (await openCorroborationFolder(folder, reportSha256)).readRecovered();
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  // The document names it: a folder without it is not as it was written.
  const handle = await openGivenFile(file).catch((cause: unknown) => {
    throw malformed(file, `cannot be read: ${messageOf(cause)}`);
  });
  try {
    for await (const piece of handle.createReadStream({ autoClose: false })) yield piece;
  } finally {
    await handle.close();
  }
}

/** Runs a command that reads a corroboration: one that is not as it was written is said, and refused with exit code 5. */
export async function orRefused(
  run: () => Promise<number>,
  terminal: Terminal,
  verbose: boolean,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || error.code !== 'EVIDENCE_INVALID') throw error;
    await showFailure(error, terminal, verbose);
    return EXIT.refused;
  }
}
