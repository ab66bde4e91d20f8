/** What witnesses said, as the document that is kept of it. */
import { isoTime } from '../../../base/clock.ts';
import { VERSION } from '../../../base/version.ts';
import type { ReadReport } from '../../../report/report-schema.ts';
import type { Corroboration, EventList } from '../../../witness/contract.ts';
import { resultOf } from '../../../witness/counts.ts';
import type { CorroborationDocument, LinesRecord } from '../../../witness/document.ts';
import type { KeptEvents } from './kept-events.ts';

/** How it was asked; `now` in milliseconds since the epoch. */
interface Asked {
  readonly all: boolean;
  readonly now: number;
}

/** Makes the document of a corroboration, and writes the lists of its events. Throws where they cannot be written. */
export async function documentOf(
  found: Corroboration,
  settings: Asked,
  { report, sha256 }: ReadReport,
  lists: Readonly<Record<EventList, KeptEvents>>,
): Promise<CorroborationDocument> {
  const { witnesses, findings, further, limits, groups } = found;
  return {
    schema: 'trail-verify/corroboration/v1',
    tool: { name: 'trail-verify', version: VERSION },
    made: isoTime(settings.now),
    report: { sha256, run: report.run.id, verdict: report.verdict, window: report.window.requested },
    asked: settings.all ? 'all' : 'lacking',
    result: resultOf(found),
    witnesses,
    findings,
    ...(further === 0 ? {} : { furtherFindings: further }),
    ...recordAs('recovered', await lists.recovered.finish(groups)),
    ...recordAs('unlogged', await lists.unlogged.finish(groups)),
    limits,
  };
}

function recordAs(name: EventList, lines: LinesRecord | undefined): Partial<Record<EventList, LinesRecord>> {
  return lines === undefined ? {} : { [name]: lines };
}
