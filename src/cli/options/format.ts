/**
 * The forms of an output, by the names that every command has for them. A command that lacks one of them refuses it, and names
 * those that it has.
 */
import { suggestionsFor } from '../../base/suggest.ts';
import { UsageError } from './common.ts';

/** Every form by its name; `parquet`, which only `query` has, is a form of tables alone. */
type Form =
  | 'text'
  | 'json'
  | 'ndjson'
  | 'markdown'
  | 'html'
  | 'junit'
  | 'sarif'
  | 'ocsf'
  | 'asff'
  | 'csv'
  | 'parquet'
  | 'none';

/** Names that other tools have for these forms. */
const OTHER_NAMES: ReadonlyMap<string, Form> = new Map([
  ['table', 'text'],
  ['txt', 'text'],
  ['plain', 'text'],
  ['jsonl', 'ndjson'],
  ['jsonlines', 'ndjson'],
  ['md', 'markdown'],
  ['htm', 'html'],
  ['xml', 'junit'],
  ['securityhub', 'asff'],
  ['xlsx', 'csv'],
  ['tsv', 'csv'],
]);

/**
 * The parser of an option that takes one of a command's forms. Throws UsageError for another text, with the forms that there are
 * and the one that may be meant.
 */
export function formParser<const Name extends Form>(
  option: string,
  forms: readonly Name[],
): (text: string) => Name {
  return (text) => {
    const form = forms.find((known) => known === text);
    if (form !== undefined) return form;
    const list = `it takes ${forms.join(', ')}`;
    const other = forms.find((known) => known === OTHER_NAMES.get(text.toLowerCase()));
    const near = other ?? suggestionsFor(text, forms)[0];
    throw new UsageError(
      `${option}: there is no form ${JSON.stringify(text)} here`,
      near === undefined ? list : `did you mean ${near}? ${list}`,
    );
  };
}

/** The forms of which each output is for programs, errors too. */
export type MachineForm = 'json' | 'ndjson';

/**
 * The form that standard output is to have, where programs read it: found in the command line itself, so that a line which cannot
 * be read to its end is answered in that form as well. The last one counts, and nothing behind two dashes is an option.
 */
export function machineFormOf(args: readonly string[]): MachineForm | undefined {
  let form: string | undefined;
  for (const [index, arg] of args.entries()) {
    if (arg === '--') break;
    if (arg === '--format') form = args[index + 1];
    else if (arg.startsWith('--format=')) form = arg.slice('--format='.length);
  }
  return form === 'json' || form === 'ndjson' ? form : undefined;
}
