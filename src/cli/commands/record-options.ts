import { UsageError } from '../options/usage-error.ts';

/** What a report is to say of its own making, as it was given; undefined where it was not. */
export interface RecordSettings {
  readonly operator: string | undefined;
  readonly organisation: string | undefined;
  readonly caseRef: string | undefined;
  readonly supersedes: string | undefined;
}

/** The options of the record as commander hands them over. */
export interface RawRecordOptions {
  readonly examiner?: string;
  readonly organisation?: string;
  readonly case?: string;
  readonly supersedes?: string;
}

/** Names and references are one line each; a report is no place for more. */
const LONGEST = 500;

/** Reads --examiner, --organisation, --case and --supersedes. Throws UsageError for a text that is empty or not one line. */
export function readRecord(raw: RawRecordOptions): RecordSettings {
  return {
    operator: readLine(raw.examiner, '--examiner'),
    organisation: readLine(raw.organisation, '--organisation'),
    caseRef: readLine(raw.case, '--case'),
    supersedes: readLine(raw.supersedes, '--supersedes'),
  };
}

function readLine(text: string | undefined, option: string): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '' || text.length > LONGEST || /\p{Cc}/u.test(text))
    throw new UsageError(`${option} is not one line of text`, `for example ${option} "Example"`);
  return text;
}
