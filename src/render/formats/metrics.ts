import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Verdict } from '../../findings/finding.ts';
import { countAccepted, countsOf } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';

const VERDICTS: readonly Verdict[] = ['VALID', 'INVALID', 'INCONCLUSIVE'];

/** One metric family: a gauge with its help and samples, each with its labels. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly {
    readonly labels?: Readonly<Record<string, string>> | undefined;
    readonly value: number;
  }[];
}

/**
 * A report as metrics in Prometheus's text format, for the textfile collector of node_exporter. Times are seconds since
 * the epoch. Every finding code has a sample, 0 where nothing was found, so that an alert never loses its series. Label
 * values are escaped; ends with a newline.
 */
export function renderMetrics(report: Report): string {
  const target = report.source.target;
  return families(report)
    .map(({ name, help, samples }) => {
      const lines = samples.map(({ labels, value }) => `${name}${labelText({ target, ...labels })} ${value}`);
      return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.map((line) => `${line}\n`).join('')}`;
    })
    .join('');
}

function families(report: Report): readonly Family[] {
  const { verdict, window, run, totals, chains } = report;
  const counts = new Map<string, number>();
  for (const { code, count } of countsOf(report)) counts.set(code, (counts.get(code) ?? 0) + count);
  const started = seconds(run.started);
  const finished = seconds(run.finished);
  const through = window.verifiedThrough;
  const uncovered = window.uncovered.reduce((sum, { from, to }) => sum + seconds(to) - seconds(from), 0);
  const outcomes = ['valid', 'invalid', 'missing', 'unproven'] as const;
  return [
    {
      name: 'trail_verify_verdict',
      help: '1 for the verdict of the last run.',
      samples: VERDICTS.map((one) => ({ labels: { verdict: one }, value: one === verdict ? 1 : 0 })),
    },
    {
      name: 'trail_verify_verified_through_seconds',
      help: 'The time up to which every chain is proven; no sample where nothing is.',
      samples: through === null ? [] : [{ value: seconds(through) }],
    },
    {
      name: 'trail_verify_chain_verified_through_seconds',
      help: 'The time up to which one chain is proven.',
      samples: chains.flatMap(({ id, kind, last }) =>
        kind !== 'standard' || last === null ? [] : [{ labels: { chain: id }, value: seconds(last) }],
      ),
    },
    {
      name: 'trail_verify_findings',
      help: 'Findings of the last run by code; weight is the usual one of the code.',
      samples: Object.entries(CATALOGUE).map(([code, { weight }]) => ({
        labels: { code, weight },
        value: counts.get(code) ?? 0,
      })),
    },
    {
      name: 'trail_verify_findings_accepted',
      help: 'Unproven findings of the last run that somebody accepted.',
      samples: [{ value: countAccepted(report) }],
    },
    {
      name: 'trail_verify_uncovered_seconds',
      help: 'Time of the window that nothing proves, summed over the chains.',
      samples: [{ value: uncovered }],
    },
    {
      name: 'trail_verify_digests',
      help: 'Digest files of the last run by outcome.',
      samples: outcomes.map((outcome) => ({ labels: { outcome }, value: totals.digests[outcome] })),
    },
    {
      name: 'trail_verify_logs',
      help: 'Log files of the last run by outcome.',
      samples: outcomes.map((outcome) => ({ labels: { outcome }, value: totals.logs[outcome] })),
    },
    ...queryFamilies(report),
    {
      name: 'trail_verify_run_finished_seconds',
      help: 'When the last run ended; a run that failed leaves the time of the one before.',
      samples: [{ value: finished }],
    },
    {
      name: 'trail_verify_run_duration_seconds',
      help: 'How long the last run took.',
      samples: [{ value: finished - started }],
    },
  ];
}

/** Only of a run that found query results. */
function queryFamilies({ lake }: Report): readonly Family[] {
  if (lake === undefined) return [];
  const samplesOf = (totals: Readonly<Record<string, number>>): Family['samples'] =>
    Object.entries(totals).map(([outcome, value]) => ({ labels: { outcome }, value }));
  return [
    {
      name: 'trail_verify_query_results',
      help: 'Sets of query results of CloudTrail Lake of the last run by outcome.',
      samples: samplesOf({ ...lake.totals.sets }),
    },
    {
      name: 'trail_verify_query_result_files',
      help: 'Files of query results of the last run by outcome; listed are all that sign files list.',
      samples: samplesOf({ ...lake.totals.files }),
    },
  ];
}

function seconds(time: string): number {
  return Date.parse(time) / 1000;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${parts.join(',')}}`;
}

/** As the text format asks: backslash, quote and line feed; other control characters would only confuse a terminal. */
function escapeLabel(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replace(/\p{Cc}/gu, '\ufffd');
}
