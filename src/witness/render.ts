/** What a witness said, for a terminal. */
import { escapeTerminal } from '../render/escape.ts';
import { countOf, wrapText } from '../render/words.ts';
import type {
  CorroborationDocument,
  CorroborationResult,
  PlaceRecord,
  WitnessFinding,
  WitnessRecord,
} from './document.ts';

/** A recovered event as its line has it, as far as the screen shows it. */
export interface ShownEvent {
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly eventName: string;
  readonly eventSource: string;
  readonly event: unknown;
}

/** How wide the text may be. */
export interface CorroborationLayout {
  readonly columns: number;
}

const MOST_COLUMNS = 100;
/** Places and findings that are named; the document has all. */
const MOST_PLACES = 20;
const MOST_FINDINGS = 20;
const INDENT = '  ';

const HEADS: Readonly<Record<CorroborationResult, string>> = {
  unproven: 'NOT AGREED: a witness and proven log files do not say the same',
  incomplete: 'INCOMPLETE: not all that was asked was answered, or given',
  recovered: 'RECOVERED: a witness has events that no proven log file holds',
  'nothing-recovered': 'NOTHING RECOVERED: no witness has an event that no proven log file holds',
  'nothing-to-ask': 'NOTHING TO ASK: the report lacks no time and no log file',
};

/** The answer first, then what was recovered, what differs, and what was not asked; ends with a newline. Every text from outside is escaped. */
export function renderCorroboration(
  document: CorroborationDocument,
  recovered: readonly ShownEvent[],
  { columns }: CorroborationLayout,
): string {
  const width = Math.min(columns, MOST_COLUMNS);
  const wrap = (text: string, indent = ''): string => wrapText(escapeTerminal(text), width, indent);
  const { result, witnesses, report, findings, limits } = document;
  const sections: string[][] = [
    [wrap(HEADS[result]), ...witnesses.map((one) => wrap(countsLine(one, document)))],
  ];
  if (recovered.length > 0) {
    const rest = (document.recovered?.lines ?? 0) - recovered.length;
    sections.push([
      'Recovered, unsigned:',
      ...recovered.map((event) => wrap(eventLine(event), INDENT)),
      ...(rest > 0 ? [`${INDENT}and ${countOf(rest, 'more event')} in recovered.jsonl`] : []),
    ]);
  }
  if (findings.length > 0) {
    const rest = findings.length - MOST_FINDINGS + (document.furtherFindings ?? 0);
    sections.push([
      'Not agreed:',
      ...findings.slice(0, MOST_FINDINGS).map((one) => wrap(findingLine(one), INDENT)),
      ...(rest > 0 ? [`${INDENT}and ${countOf(rest, 'more')} in corroboration.json`] : []),
    ]);
  }
  const refused = witnesses.flatMap(({ kind, places }) =>
    places.filter(({ answered }) => !answered).map((place) => refusalLine(kind, place)),
  );
  if (refused.length > 0) {
    sections.push([
      'Not answered:',
      ...refused.slice(0, MOST_PLACES).map((one) => wrap(one, INDENT)),
      ...(refused.length > MOST_PLACES
        ? [`${INDENT}and ${countOf(refused.length - MOST_PLACES, 'more')} in corroboration.json`]
        : []),
    ]);
  }
  sections.push(['Limits:', ...limits.map(({ text }) => wrap(text, INDENT))]);
  sections.push([wrap(`The verdict stays what the report says: ${report.verdict}.`)]);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function countsLine(
  { kind, places, events, matched, differing, recovered, unlogged, leftOut, lacking }: WitnessRecord,
  { asked }: CorroborationDocument,
): string {
  const what = asked === 'all' ? 'the whole window' : 'what the report lacks';
  const where = countOf(places.length, 'account and Region', 'accounts and Regions');
  const same = differing === 0 ? '' : `, ${differing} of them not the same there`;
  const covered = unlogged === 0 ? '' : `, ${unlogged} of covered time in no log file`;
  const left = leftOut === 0 ? '' : `; the selectors of the trail leave ${leftOut} of these out`;
  const lacks = lacking === 0 ? '' : `; it lacks ${lacking} that proven log files hold`;
  return `${kind} was asked about ${what} in ${where}: ${countOf(events, 'event')}, ${matched} in proven log files${same}, ${recovered} recovered${covered}${left}${lacks}.`;
}

function eventLine({ time, account, region, eventName, eventSource, event }: ShownEvent): string {
  const identity =
    typeof event === 'object' && event !== null && 'userIdentity' in event ? event.userIdentity : undefined;
  const who =
    typeof identity === 'object' && identity !== null && 'arn' in identity && typeof identity.arn === 'string'
      ? ` by ${identity.arn.slice(0, 200)}`
      : '';
  return `${time} ${eventName} (${eventSource}) in ${account} ${region}${who}`;
}

function findingLine({
  code,
  time,
  account,
  region,
  eventName,
  eventId,
  log,
  fields,
  explainedBy,
}: WitnessFinding): string {
  const which = `${time} ${eventName} in ${account} ${region}, event ${eventId}`;
  if (code === 'EVENT_UNLOGGED') {
    const why = explainedBy === undefined ? '' : '; the selectors of the trail leave it out';
    return `${which}: its time is covered, and no proven log file holds it${why}`;
  }
  const names = (fields ?? []).map(({ path }) => path.slice(0, 100)).join(', ');
  return `${which}: not the same in ${log ?? 'a proven log file'}: ${names}`;
}

function refusalLine(kind: string, { account, region, refusal }: PlaceRecord): string {
  return `${kind}, ${account} ${region}: ${refusal ?? 'some of the time is before what it remembers'}`;
}
