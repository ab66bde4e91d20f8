import { readPosture } from '../../aws/set-up/read-posture.ts';
import { suggestionHint } from '../../base/suggest.ts';
import { diagnose } from '../../doctor/diagnose.ts';
import { diagnosisLine, renderDiagnosis } from '../../doctor/render.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { EXIT } from '../io/exit.ts';
import { openSession } from '../io/open-target.ts';
import { writeNewFile } from '../io/output.ts';
import { askingAt } from '../io/signing/secrets.ts';
import type { Terminal } from '../io/terminal.ts';
import { UsageError } from '../options/common.ts';
import type { DoctorSettings } from './doctor-options.ts';

/** Checks a trail and its bucket, prints the findings, and returns the exit code. Throws as `readPosture` does. */
export async function doctorCommand(settings: DoctorSettings, terminal: Terminal): Promise<number> {
  const { place, format, expected, ignored, output, quiet, verbose, failOn } = settings;
  const target = place.kind === 'trail' ? { arn: place.arn } : place;
  const posture = await readPosture(target, openSession(askingAt(terminal, settings.access), undefined));
  const diagnosis = diagnose(posture, { time: new Date(settings.now).toISOString(), expected, ignored });
  const ids = new Set(diagnosis.checks.map(({ id }) => id));
  const unknown = ignored.find((id) => !ids.has(id));
  if (unknown !== undefined)
    throw new UsageError(
      `--ignore: there is no check ${JSON.stringify(unknown)}`,
      suggestionHint(unknown, [...ids], 'the output names the ids'),
    );
  if (output !== undefined && format !== 'none')
    await writeNewFile(output, [renderDiagnosis(diagnosis, format, { columns: 100, verbose })]);
  if (quiet || output !== undefined) terminal.out.write(`${escapeTerminal(diagnosisLine(diagnosis))}\n`);
  else if (format !== 'none')
    terminal.out.write(renderDiagnosis(diagnosis, format, { columns: terminal.out.columns, verbose }));
  if (diagnosis.verdict === 'FAILED') return EXIT.invalid;
  return diagnosis.verdict === 'INCONCLUSIVE' && failOn === 'inconclusive' ? EXIT.inconclusive : EXIT.valid;
}
