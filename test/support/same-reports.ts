/** Two reports of one examination, made in two ways: they differ in nothing but what names the run. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';

type Report = ReturnType<typeof JSON.parse>;

/**
 * Expects the reports and inventories in two folders to be the same but for the run's id, its times, the clocks, and what was typed and
 * given. `leaveOut` takes out of each report what else names the run.
 */
export function expectSame(one: string, other: string, leaveOut: (report: Report) => void = () => {}): void {
  expect(reportIn(other, leaveOut)).toEqual(reportIn(one, leaveOut));
  expect(inventoryIn(other)).toBe(inventoryIn(one));
}

function reportIn(folder: string, leaveOut: (report: Report) => void): object {
  const read = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8'));
  const { reportId, run: _, clock, inputs, ...report } = read;
  expect(Object.keys(report)).toHaveLength(Object.keys(read).length - 4);
  // Who read log files belongs to the run as well, and is in a limit of its own.
  report.limits = report.limits.filter(({ code }: { code: string }) => code !== 'READ_BY_SHARDS');
  leaveOut(report);
  return report;
}

function inventoryIn(folder: string): string {
  return gunzipSync(readFileSync(path.join(folder, 'inventory.jsonl.gz'))).toString();
}
