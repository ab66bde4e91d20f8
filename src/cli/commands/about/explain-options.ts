import type { Command } from '@commander-js/extra-typings';
import { lastGroup, listParser, type Run } from '../../options/common.ts';

/** The settings of `explain`. */
export interface ExplainSettings {
  /** Undefined for the list of all codes. */
  readonly code: string | undefined;
  readonly color: boolean;
}

/** The settings of `explain-gap`. */
export interface ExplainGapSettings {
  readonly file: string;
  /** Patterns of chain ids, in which `*` means anything; none for every chain. */
  readonly chains: readonly string[];
  /** The folder that `corroborate` wrote; undefined for none. */
  readonly corroboration: string | undefined;
  readonly color: boolean;
  readonly verbose: boolean;
}

const EXPLAIN_EXAMPLES = `
Examples:
  trail-verify explain
  trail-verify explain CHAIN_ENDS_EARLY
`;

const GAP_EXAMPLES = `
Examples:
  trail-verify explain-gap trail-verify-20261120T190000Z/report.json
  trail-verify explain-gap report.json --chain '111122223333/us-east-1/*' --verbose
  trail-verify explain-gap report.json --corroboration witness

Only verified log files are searched: events that the trail did not record are
not shown. With --corroboration, events that a witness has are listed apart.
They are unsigned copies. Exits 0 whatever the verdict; 5 where the
corroboration is not as it was written or signed, 2 where it is of another
report.
`;

/** Adds `explain`. */
export function addExplain(program: Command, run: Run<ExplainSettings>): void {
  const command = program
    .command('explain')
    .summary('explain a finding code, or list all')
    .description('Says what a finding code means and what to do next; without a code, lists every code.')
    .argument('[code]', 'a finding code, for example LOG_MODIFIED')
    .addHelpText('after', EXPLAIN_EXAMPLES);
  const options = command.option('--no-color', 'print without colour');
  command.action((code) => run({ code, color: options.opts().color }));
}

/** Adds `explain-gap`. */
export function addExplainGap(program: Command, run: Run<ExplainGapSettings>): void {
  const command = program
    .command('explain-gap')
    .summary('show the events around the gaps of a report')
    .description(
      'Shows, for each stretch of time in which a chain has a gap, a finding or a control event, coverage and events on one axis, and who did what, from where, with the log file that proves it.',
    )
    .argument('<report.json>', 'the report')
    .addHelpText('after', GAP_EXAMPLES);
  const options = command
    .optionsGroup('What is shown:')
    .option('--chain <id...>', 'only these chains; * means anything', listParser('--chain'))
    .option('--corroboration <dir>', 'show what corroborate recovered as well, from the folder it wrote')
    .option('--no-color', 'print without colour')
    .option('--verbose', 'print every stretch and event, and the stack of an error');
  lastGroup(command);
  command.action((file) => {
    const { chain = [], corroboration, color, verbose = false } = options.opts();
    return run({ file, chains: chain, corroboration, color, verbose });
  });
}
