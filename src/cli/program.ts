import type { Command, CommandUnknownOpts } from '@commander-js/extra-typings';
import { Command as PlainCommand } from 'commander';
import { VERSION } from '../base/version.ts';
import { addCompletion } from './commands/about/completion-options.ts';
import { addExplain, addExplainGap } from './commands/about/explain-options.ts';
import { addVersion } from './commands/about/version-options.ts';
import { addCollect } from './commands/collect-options.ts';
import { addCorroborate } from './commands/corroborate-options.ts';
import { addDoctor } from './commands/doctor-options.ts';
import { addEvents } from './commands/events/events-options.ts';
import { addQuery } from './commands/events/query-options.ts';
import { addEvidence } from './commands/evidence-options.ts';
import { addKeygen } from './commands/keygen-options.ts';
import { addKeys } from './commands/keys-options.ts';
import { addProof, addProve } from './commands/prove-options.ts';
import { addRecover } from './commands/recover-options.ts';
import { addReport } from './commands/report-options.ts';
import { addDeploy } from './commands/scale/deploy-options.ts';
import { addMerge } from './commands/scale/merge-options.ts';
import { addPlan } from './commands/scale/plan-options.ts';
import { addRunShard } from './commands/scale/run-shard-options.ts';
import { addWorker } from './commands/scale/worker-options.ts';
import { addVerify } from './commands/verify-options.ts';
import type { Terminal } from './io/terminal.ts';
import { addElsewhere, type CommandLine, recordOf, typedLine } from './options/added.ts';
import { type Run, requireOneValueEach } from './options/common.ts';
import { raisePlainly, unknownCommand } from './options/misuse.ts';

const EXAMPLES = `
Examples:
  trail-verify verify s3://my-trail-bucket --from 7d
  trail-verify collect s3://my-trail-bucket ./evidence --from 2026-11-01
  trail-verify explain LOG_MODIFIED

Options can also come from a file (--config FILE) and from the environment
(TRAIL_VERIFY_FAIL_ON for --fail-on).

Exit codes: 0 VALID, 1 INVALID, 2 usage or configuration, 3 INCONCLUSIVE, 4 the
run failed, 130 ended at once by a signal.
`;

/**
 * The command line: every command with what it runs. Options are checked first; the library, and with it the AWS clients, is
 * loaded only behind that, so that help and a mistyped option answer at once. `line` is the whole command line, for the
 * record; `finish` takes the exit code.
 */
export function buildProgram(
  terminal: Terminal,
  finish: (exitCode: number) => void,
  line: CommandLine = typedLine([]),
): Command {
  const program = openProgram(terminal);
  const runs =
    <Settings>(act: (settings: Settings) => Promise<number>): Run<Settings> =>
    async (settings) =>
      finish(await act(settings));
  addVerify(
    program,
    runs(async ({ engine, ...settings }) =>
      engine === undefined
        ? (await import('./commands/verify.ts')).verifyCommand(settings, terminal, recordOf(line))
        : (await import('./commands/scale/engine-run.ts')).engineVerifyCommand(
            { ...settings, engine },
            terminal,
            recordOf(line),
          ),
    ),
  );
  addCollect(
    program,
    runs(async (settings) => (await import('./commands/collect.ts')).collectCommand(settings, terminal)),
  );
  addKeys(
    program,
    runs(async (settings) => (await import('./commands/keys.ts')).keysFetchCommand(settings, terminal)),
    runs(async (files) => (await import('./commands/keys.ts')).keysListCommand(files, terminal)),
  );
  addReport(
    program,
    runs(async (settings) => (await import('./commands/report.ts')).reportVerifyCommand(settings, terminal)),
    runs(async (settings) => (await import('./commands/report.ts')).reportRenderCommand(settings, terminal)),
  );
  addKeygen(
    program,
    runs(async (settings) => (await import('./commands/keygen.ts')).keygenCommand(settings, terminal)),
  );
  addQuery(
    program,
    runs(async (settings) =>
      (await import('./commands/events/query.ts')).queryCommand(settings, terminal, recordOf(line)),
    ),
    runs(async () => (await import('./commands/events/query.ts')).queryListCommand(terminal)),
  );
  addEvents(program, {
    export: runs(async (settings) =>
      (await import('./commands/events/events.ts')).eventsExportCommand(settings, terminal, recordOf(line)),
    ),
    check: runs(async (settings) =>
      (await import('./commands/events/events.ts')).eventsCheckCommand(settings, terminal),
    ),
    ddl: runs(async (settings) =>
      (await import('./commands/events/events.ts')).eventsDdlCommand(settings, terminal),
    ),
    connect: runs(async (settings) =>
      (await import('./commands/events/events.ts')).eventsConnectCommand(settings, terminal),
    ),
  });
  addEvidence(
    program,
    runs(async (settings) =>
      (await import('./commands/evidence.ts')).evidenceVerifyCommand(settings, terminal),
    ),
    runs(async (settings) => (await import('./commands/evidence.ts')).evidenceAddCommand(settings, terminal)),
  );
  addProve(
    program,
    runs(async (settings) => (await import('./commands/prove.ts')).proveCommand(settings, terminal)),
  );
  addProof(
    program,
    runs(async (settings) => (await import('./commands/prove.ts')).proofVerifyCommand(settings, terminal)),
  );
  addCorroborate(
    program,
    runs(async (settings) =>
      (await import('./commands/corroborate.ts')).corroborateCommand(settings, terminal, recordOf(line)),
    ),
  );
  addRecover(
    program,
    runs(async (settings) => (await import('./commands/recover.ts')).recoverCommand(settings, terminal)),
  );
  addPlan(
    program,
    runs(async (settings) => (await import('./commands/scale/plan.ts')).planCommand(settings, terminal)),
  );
  addRunShard(
    program,
    runs(async (settings) =>
      (await import('./commands/scale/run-shard.ts')).runShardCommand(settings, terminal),
    ),
  );
  addMerge(
    program,
    runs(async (settings) =>
      (await import('./commands/scale/merge.ts')).mergeCommand(settings, terminal, recordOf(line)),
    ),
  );
  addDeploy(
    program,
    runs(async (deployment) =>
      (await import('./commands/scale/deploy.ts')).deployAslCommand(deployment, terminal),
    ),
    runs(async (settings) =>
      (await import('./commands/scale/deploy.ts')).deployIamCommand(settings, terminal),
    ),
  );
  addWorker(
    program,
    runs(async (settings) => (await import('./commands/scale/worker.ts')).workerCommand(settings, terminal)),
  );
  addDoctor(
    program,
    runs(async (settings) => (await import('./commands/doctor.ts')).doctorCommand(settings, terminal)),
  );
  addExplain(
    program,
    runs(async (settings) =>
      (await import('./commands/about/explain.ts')).explainCommand(settings, terminal),
    ),
  );
  addExplainGap(
    program,
    runs(async (settings) =>
      (await import('./commands/about/explain.ts')).explainGapCommand(settings, terminal),
    ),
  );
  addVersion(
    program,
    runs(async (settings) =>
      (await import('./commands/about/version.ts')).versionCommand(settings, terminal),
    ),
  );
  addCompletion(
    program,
    runs(async (settings) =>
      (await import('./commands/about/completion.ts')).completionCommand(settings, program, terminal),
    ),
  );
  addElsewhere(program, line, terminal, async (...given) =>
    (await import('./io/settings.ts')).addSettings(...given),
  );
  addHelp(program);
  requireOneValueEach(program);
  raisePlainly(program);
  return program;
}

/** `help [command...]`; the parser's own prints all of the help where a command is mistyped. */
function addHelp(program: Command): void {
  program
    .command('help')
    .summary('print help for a command')
    .description('Prints the help of the program, or of a command of it.')
    .argument('[command...]', 'the command, such as verify or keys fetch')
    .action((names) => {
      let found: CommandUnknownOpts = program;
      for (const name of names) {
        const below = found.commands.find((one) => one.name() === name);
        if (below === undefined) throw unknownCommand(found, name);
        found = below;
      }
      found.outputHelp();
    });
}

/** The command without its subcommands. */
function openProgram(terminal: Terminal): Command {
  // The same class: that package gives commander's own other types, as a test holds.
  const program = new PlainCommand('trail-verify') as PlainCommand & Command;
  return (
    program
      .description('Proves whether AWS CloudTrail log files are intact.')
      .version(VERSION, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print help for a command')
      .helpCommand(false)
      .showSuggestionAfterError(false)
      // With its arguments a command would leave no room for what it does.
      .configureHelp({ subcommandTerm: (command) => command.name() })
      .configureOutput({
        writeOut: (text) => terminal.out.write(text),
        writeErr: (text) => terminal.error.write(text),
        // Errors are printed in one place, with their hint; commander only raises them.
        outputError: () => {},
        getOutHelpWidth: () => Math.min(terminal.out.columns, 100),
        getErrHelpWidth: () => Math.min(terminal.error.columns, 100),
      })
      .addHelpText('after', EXAMPLES)
  );
}
