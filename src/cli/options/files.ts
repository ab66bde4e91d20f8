import { fieldText, type SchemaProblem } from '../../base/document-schema.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { strictJson } from '../../base/json.ts';
import { readGivenFile } from '../../source/given-file.ts';

/** A file that an option names, and that somebody wrote by hand: how it is called, how long it may be, what it looks like. */
export interface OptionFile {
  readonly option: string;
  readonly file: string;
  /** In MiB. */
  readonly most: number;
  readonly hint: string;
}

/** The bytes of the file. Throws CONFIGURATION where it cannot be read or is too long. */
export async function readOptionFile(about: OptionFile): Promise<Buffer> {
  const { option, file, most } = about;
  try {
    return await readGivenFile(file, most * 1024 * 1024);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new TrailVerifyError('CONFIGURATION', `${option} file ${file} cannot be read: ${detail}`, {
      hint: 'check its name and your permission to read it',
      cause: error,
    });
  }
}

/** The JSON document of the file. Throws CONFIGURATION for anything that two readers could take differently. */
export function optionDocument(bytes: Uint8Array, about: OptionFile): unknown {
  const read = strictJson(bytes, { mayHaveMark: true });
  if ('value' in read) return read.value;
  throw invalidFile(about, read.problem, read.cause);
}

/** The error for an entry that is not understood; `place` says which, '' where there is only one. */
export function wrongEntry(about: OptionFile, place: string, problem: SchemaProblem): TrailVerifyError {
  const what = fieldText(problem);
  return invalidFile(about, `is not understood (${place === '' ? what : `${place}: ${what}`})`);
}

/** The error for a file that cannot be used; `why` goes on after its name. */
export function invalidFile(
  { option, file, hint }: OptionFile,
  why: string,
  cause?: unknown,
): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `${option} file ${file} ${why}`, { hint, cause });
}
