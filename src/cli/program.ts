import { Command, Option } from 'commander';
import type { Actions } from './actions.ts';
import { addDoctor } from './commands/doctor-program.ts';
import { addBagContents, addEvidence } from './commands/evidence-program.ts';
import { addProofs } from './commands/prove-program.ts';
import { addRecord } from './commands/record-program.ts';
import { addRecover } from './commands/recover-program.ts';
import { ALSO_FORMATS, REPORT_FORMATS } from './commands/report-render-options.ts';
import { EXAMPLES } from './examples.ts';
import type { Terminal } from './io/terminal.ts';
import { addCredentials, addKeyTrust, gather, layoutOption } from './options/groups.ts';
import { addKeygen, addReportVerify, addSigning } from './options/signing-program.ts';
import { addState } from './options/state-program.ts';
import { packageVersion } from './version.ts';

const TIME = 'ISO 8601, a date (its beginning, UTC) or an age (7d, 36h, 90m)';

/** The command line: every command and option. `actions` does the work; nothing here reads a file or loads the library. */
export function buildProgram(actions: Actions, terminal: Terminal): Command {
  const program = new Command('trail-verify');
  program
    .description('Proves whether AWS CloudTrail log files are intact.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help for a command')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.error.write(text),
      // Errors are printed in one place, with their hint; commander only raises them.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(terminal.out.columns, 100),
      getErrHelpWidth: () => Math.min(terminal.error.columns, 100),
    })
    .addHelpText('after', EXAMPLES.root);
  addVerify(program, actions);
  addCollect(program, actions);
  addKeys(program, actions);
  addReport(program, actions);
  addKeygen(program, actions);
  addEvidence(program, actions, addVerifyOptions);
  addProofs(program, actions);
  addRecover(program, actions);
  addDoctor(program, actions);
  addExplain(program, actions);
  addExplainGap(program, actions);
  return program;
}

function addVerify(program: Command, actions: Actions): void {
  const command = program
    .command('verify')
    .summary('verify every digest and log file of a bucket, a trail or a folder')
    .description(
      'Finds every digest chain in the target, proves each digest and each log file against the public keys of CloudTrail, and says VALID, INVALID or INCONCLUSIVE.',
    )
    .argument('[target]', 's3://bucket[/prefix], a trail ARN, or a folder that mirrors a bucket')
    .addHelpText('after', EXAMPLES.verify)
    .action(actions.verify);
  command.option(
    '--bag',
    'make the output folder an evidence bag: what the verdict rests on, for anyone to check',
  );
  addVerifyOptions(command);
}

/** The options of `verify` that `evidence pack` has too. */
function addVerifyOptions(command: Command): void {
  addWindowAndScope(command);
  command
    .option('--expect <file>', 'JSON file of accounts, Regions and trails that must be there')
    .option('--accept <file>', 'JSON file of unproven findings to accept, each with reason, name and expiry')
    .option(
      '--keys <file...>',
      'public keys of CloudTrail, from outside the target (default: ask CloudTrail in each Region)',
    )
    .option(
      '--relocated <from=to>',
      'objects signed as s3://FROM/... now lie under s3://TO/... (may be repeated)',
      gather,
    )
    .addOption(layoutOption())
    .option(
      '--bucket <name>',
      'the bucket that the folder is a copy of, or the one of its folders that is meant',
    )
    .option('--no-logs', 'check digests and their links only')
    .option('--no-unlisted', 'do not look for log files that no digest lists');
  addAccess(command);
  addKeyTrust(command)
    .option('--workers <n>', 'threads that inflate and hash log files (default: one a processor; 0: none)')
    .option('--output <dir>', 'new or empty folder for report.json (default: ./trail-verify-<UTC time>)')
    .addOption(
      new Option('--format <format>', 'what standard output carries')
        .choices(['text', 'json', 'ndjson', 'markdown', 'none'])
        .default('text'),
    )
    .option('--also <forms>', `renderings to write beside report.json: ${ALSO_FORMATS.join(',')}`)
    .option('--metrics <file>', "file of metrics for Prometheus's textfile collector; replaced");
  addSigning(command);
  addState(command);
  addRecord(command);
  addBagContents(command);
  command
    .addOption(
      new Option('--fail-on <verdict>', 'which verdicts exit non-zero')
        .choices(['invalid', 'inconclusive'])
        .default('inconclusive'),
    )
    .option('--now <time>', 'the present time, for replays')
    .option('--quiet', 'print the verdict only')
    .option('--verbose', 'print every chain and more objects of each finding')
    .option('--progress', 'show progress on standard error (default: on a terminal)')
    .option('--no-progress', 'show no progress')
    .option('--no-color', 'print without colour (NO_COLOR is honoured as well)')
    .addOption(new Option('--start-time <time>').hideHelp())
    .addOption(new Option('--end-time <time>').hideHelp())
    .addOption(new Option('--account-id <id...>').hideHelp())
    .addOption(new Option('--s3-bucket <bucket>').hideHelp())
    .addOption(new Option('--s3-prefix <prefix>').hideHelp())
    .addOption(new Option('--trail-arn <arn>').hideHelp());
}

function addCollect(program: Command, actions: Actions): void {
  const command = program
    .command('collect')
    .summary('copy a trail into a folder, complete with metadata and keys')
    .description(
      'Copies digests and log files byte for byte, with the S3 metadata that holds the signatures and the public keys, so that the folder can be verified offline. Run it again to resume.',
    )
    .argument('<target>', 's3://bucket[/prefix] or a trail ARN')
    .argument('<folder>', 'where the copy goes')
    .addHelpText('after', EXAMPLES.collect)
    .action(actions.collect);
  addWindowAndScope(command);
  addAccess(command);
  addKeyTrust(command)
    .option('--quiet', 'print nothing but errors')
    .option('--verbose', 'print the stack of an error')
    .option('--progress', 'show progress on standard error (default: on a terminal)')
    .option('--no-progress', 'show no progress');
}

function addKeys(program: Command, actions: Actions): void {
  const keys = program
    .command('keys')
    .summary('fetch or list the public keys of CloudTrail')
    .description('Saves the public keys of CloudTrail for offline use, or shows what key files hold.')
    .addHelpText('after', EXAMPLES.keys);
  const fetch = keys
    .command('fetch')
    .description('Asks CloudTrail for its public keys, Region by Region, and writes them as JSON lines.')
    .requiredOption('--region <region...>', 'Regions to ask')
    .option('--from <time>', `keys used since: ${TIME} (default: 90d)`)
    .option('--to <time>', 'keys used until (default: now)')
    .option('--output <file>', 'file to write; must not exist yet (default: standard output)')
    .addHelpText('after', EXAMPLES.keysFetch)
    .action(actions.keysFetch);
  addKeyTrust(addCredentials(fetch)).option('--verbose', 'print the stack of an error');
  keys
    .command('list')
    .description('Shows the keys in key files: Region, fingerprint, size and validity.')
    .argument('<file...>', 'key files')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.keysList)
    .action(actions.keysList);
}

function addReport(program: Command, actions: Actions): void {
  const report = program
    .command('report')
    .summary('check a report and its signature, or render it for people and machines')
    .description('Works on a report.json that verify has written.')
    .addHelpText('after', EXAMPLES.report);
  addReportVerify(report, actions);
  report
    .command('render')
    .summary('render a report as HTML, Markdown, JUnit, SARIF, OCSF, CSV or text')
    .description(
      'Renders report.json, which stays the authoritative result: its schema is checked, its signature is not. Exits 0 whatever the verdict.',
    )
    .argument('<report.json>', 'the report')
    .addOption(
      new Option('--format <format>', 'what to render to').choices([...REPORT_FORMATS]).makeOptionMandatory(),
    )
    .option('--output <file>', 'file to write; must not exist yet (default: standard output)')
    .option('--no-color', 'print text without colour')
    .option('--verbose', 'print the stack of an error')
    .addHelpText('after', EXAMPLES.reportRender)
    .action(actions.reportRender);
}

function addExplain(program: Command, actions: Actions): void {
  program
    .command('explain')
    .summary('explain a finding code, or list all')
    .description('Says what a finding code means and what to do next; without a code, lists every code.')
    .argument('[code]', 'a finding code, for example LOG_MODIFIED')
    .option('--no-color', 'print without colour')
    .addHelpText('after', EXAMPLES.explain)
    .action(actions.explain);
}

function addExplainGap(program: Command, actions: Actions): void {
  program
    .command('explain-gap')
    .summary('tell what happened around the gaps of a report')
    .description(
      'Shows, for each stretch of time in which a chain has a gap, a finding or a control event, coverage and events on one axis, and who did what, from where, with the log file that proves it.',
    )
    .argument('<report.json>', 'the report')
    .option('--chain <id...>', 'only these chains; * stands for anything')
    .option('--no-color', 'print without colour')
    .option('--verbose', 'print every stretch and event, and the stack of an error')
    .addHelpText('after', EXAMPLES.explainGap)
    .action(actions.explainGap);
}

function addWindowAndScope(command: Command): void {
  command
    .option('--from <time>', `begin of the window, in digest time: ${TIME} (default: everything found)`)
    .option('--to <time>', 'end of the window (default: now)')
    .option('--account <id...>', 'only these accounts')
    .option('--region <region...>', 'only these Regions')
    .option('--trail <name...>', 'only these trails, by exact name');
}

function addAccess(command: Command): void {
  addCredentials(command)
    .option('--concurrency <n>', 'requests in flight (default: 64; verify: as many as pay, see README)')
    .option('--max-rate <n>', 'requests per second (default: unlimited)');
}
