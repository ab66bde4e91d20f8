import type { Outcome } from '../findings/finding.ts';
import type { Report } from '../report/report.ts';
import { scanInventory } from '../report/scan-inventory.ts';
import { checkBesideFile } from './beside.ts';
import type { OpenBeside } from './check-report.ts';
import type { ReportProblem } from './problems.ts';

const OUTCOMES: readonly Outcome[] = ['valid', 'invalid', 'missing', 'unproven'];

/**
 * Whether the inventory beside a report is the one that it binds, and counts what the report counts. A report that names
 * none has none to check.
 */
export async function checkInventory(
  { objects, totals }: Report,
  open: OpenBeside,
): Promise<readonly ReportProblem[]> {
  if (objects === undefined) return [];
  const { path } = objects.inventory;
  const what = `inventory ${path} that the report names`;
  return checkBesideFile({ path, what }, open, async (stored) => {
    const counts = {
      digest: { valid: 0, invalid: 0, missing: 0, unproven: 0 },
      log: { valid: 0, invalid: 0, missing: 0, unproven: 0 },
    };
    await scanInventory(stored, objects, ({ line }) => {
      counts[line.kind][line.status] += 1;
    });
    const pairs = [
      ['digest files', counts.digest, totals.digests],
      ['log files', counts.log, totals.logs],
    ] as const;
    return pairs.flatMap(([kind, listed, counted]) =>
      OUTCOMES.filter((outcome) => listed[outcome] !== counted[outcome]).map(
        (outcome) =>
          `the inventory lists ${listed[outcome]} ${outcome} ${kind}, and the report counts ${counted[outcome]}`,
      ),
    );
  });
}
