import { listPublicKeys } from '../../aws/keys.ts';
import { tlsLimits } from '../../aws/network/endpoint-limits.ts';
import type { AwsSession } from '../../aws/session.ts';
import { describeTrail } from '../../aws/trail.ts';
import type { TrailDescription } from '../../aws/trail-description.ts';
import { CLOUDTRAIL_BEGAN } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { type CollectProgress, type CopyRange, collect } from '../../copy/collect.ts';
import { planCopy, resultRegions } from '../../copy/plan.ts';
import { formatKeyLine } from '../../crypto/key-file.ts';
import { listedKey } from '../../crypto/key-rings.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { countOf, formatBytes } from '../../render/words.ts';
import type { CollectReport } from '../../source/folder/trees.ts';
import { openS3 } from '../../source/s3/s3-source.ts';
import type { Source } from '../../source/source.ts';
import { limitRate } from '../../source/wrappers.ts';
import { EXIT, interruption } from '../io/exit.ts';
import { openSession, throughAccessPoint } from '../io/open-target.ts';
import { progressDisplay } from '../io/progress.ts';
import { askingAt } from '../io/signing/secrets.ts';
import type { Terminal } from '../io/terminal.ts';
import type { CollectSettings } from './collect-options.ts';

/** A key is valid for 30 days and a digest may be redelivered for as long; twice that on both sides misses none. */
const KEY_MARGIN = 65 * 86_400_000;

/**
 * Copies a trail into a folder and returns the exit code: 0, or 3 where an object could not be read or is left out. Throws
 * TrailVerifyError where the target holds neither a trail nor query results, the folder cannot be used or the run was interrupted.
 */
export async function collectCommand(settings: CollectSettings, terminal: Terminal): Promise<number> {
  const { place, folder, maxRate, from, to, accounts, regions } = settings;
  const session = openSession(askingAt(terminal, settings.access), settings.concurrency);
  const description = place.kind === 'trail' ? await describeTrail(place.arn, session) : undefined;
  const target = place.kind === 'trail' ? description : place;
  if (target === undefined) throw new TrailVerifyError('INTERNAL', 'a target has neither bucket nor trail');
  const { bucket, prefix } = target;
  const name = `s3://${bucket}/${prefix}`;
  const opened = throughAccessPoint(openS3(session, name), place, settings.access);
  const source = maxRate === undefined ? opened : limitRate(opened, maxRate);
  const ofTrail = description === undefined || description.organizationTrail ? [] : [description.account];
  const chosen = accounts.length > 0 ? accounts : ofTrail;
  const window = { from, to };
  const plan: CopyRange[] = [];
  for await (const range of planCopy({
    source,
    targets: [{ bucket, prefix }],
    ...window,
    accounts: chosen.length === 0 ? undefined : chosen,
    regions: regions.length === 0 ? undefined : regions,
  })) {
    plan.push(range);
  }
  if (!plan.some(({ region, signFile }) => region !== undefined || signFile !== undefined)) {
    throw new TrailVerifyError('TARGET_WITHOUT_TRAIL', `there is nothing of CloudTrail in ${name}`, {
      hint: 'check the prefix, --account and --region: CloudTrail writes to <prefix>/AWSLogs/<account id>/',
    });
  }
  const display = progressDisplay(terminal.error, settings.quiet ? false : settings.progress, Date.now);
  const interrupted = interruption(
    terminal,
    () => 'the copy can be resumed',
    () => display.clear(),
  );
  try {
    const report = await collect({
      source,
      folder,
      plan,
      ...window,
      scope: { accounts, regions, trails: [] },
      concurrency: settings.concurrency,
      files: await companionFiles(settings, session, { plan, source, description }, terminal),
      signal: interrupted.signal,
      onProgress: (progress) => display.update(() => progressLine(progress)),
    });
    display.clear();
    if (!settings.quiet) terminal.out.write(summary(report, folder));
    const [twin] = report.caseTwins ?? [];
    if (twin !== undefined) {
      const first = escapeTerminal(`s3://${twin.bucket}/${twin.key}`);
      terminal.error.write(
        `warning: ${countOf(report.caseTwins?.length ?? 0, 'object')} differ from others by letter case only and were written under escaped names, ${first} first: CloudTrail writes no such names\n`,
      );
    }
    const isWhole = report.unread.length === 0 && (report.leftOut ?? []).length === 0;
    return isWhole ? EXIT.valid : EXIT.inconclusive;
  } finally {
    display.clear();
    interrupted.end();
  }
}

/** keys.jsonl with the keys of every Region that is copied, and trail.json where a trail was described. */
async function companionFiles(
  { from, to, trustEndpointKeys }: CollectSettings,
  session: AwsSession,
  copied: {
    readonly plan: readonly CopyRange[];
    readonly source: Source;
    readonly description: TrailDescription | undefined;
  },
  terminal: Terminal,
): Promise<Record<string, string>> {
  const { plan, source, description } = copied;
  const lines: string[] = [];
  const begin = from === undefined ? CLOUDTRAIL_BEGAN : from - KEY_MARGIN;
  const end = Math.min(Date.now(), to === undefined ? Date.now() : to + KEY_MARGIN);
  const ofTrails = plan.flatMap(({ region }) => region ?? []);
  const regions = new Set([...ofTrails, ...(await resultRegions(source, plan))]);
  for (const region of regions) {
    const answer = await listPublicKeys(session, region, begin, end);
    if (answer.keys === undefined) {
      terminal.error.write(
        `trail-verify: the public keys of ${region} were not listed: ${escapeTerminal(answer.refusal)}\n`,
      );
      continue;
    }
    const { keys, foreign } = answer;
    if (foreign !== undefined && !trustEndpointKeys) {
      terminal.error.write(
        `trail-verify: the public keys of ${region} were not kept: ${escapeTerminal(foreign)} is not AWS's (see --trust-endpoint-keys)\n`,
      );
      continue;
    }
    lines.push(...keys.map((key) => formatKeyLine(listedKey(key, region, foreign))));
  }
  const { authorities } = await session.network();
  for (const { text } of lines.length > 0 ? tlsLimits(authorities, true) : [])
    terminal.error.write(`warning: ${escapeTerminal(text)}\n`);
  const files: Record<string, string> = {};
  if (lines.length > 0) files['keys.jsonl'] = `${lines.join('\n')}\n`;
  if (description !== undefined) files['trail.json'] = `${JSON.stringify(description, null, 2)}\n`;
  return files;
}

function progressLine({ listed, copied, skipped, unread, bytes }: CollectProgress): string {
  const parts = [`objects ${copied + skipped}/${listed}`, formatBytes(bytes)];
  if (skipped > 0) parts.push(`${skipped} were there`);
  if (unread > 0) parts.push(`${unread} unreadable`);
  return parts.join('  ');
}

function summary({ objects, skipped, bytes, unread, leftOut = [] }: CollectReport, folder: string): string {
  const before = skipped === 0 ? '' : ` (${countOf(skipped, 'object')} from an earlier run)`;
  const lines = [
    `${countOf(objects, 'object')} in ${escapeTerminal(folder)}${before}, ${formatBytes(bytes)} copied`,
  ];
  if (unread.length > 0) {
    lines.push(
      `${countOf(unread.length, 'object')} could not be read; collect-report.json says which and why`,
    );
  }
  const [first] = leftOut;
  if (first !== undefined) {
    const name = escapeTerminal(`s3://${first.bucket}/${first.prefix}`);
    lines.push(
      `${countOf(leftOut.length, 'folder')} that ${leftOut.length === 1 ? 'belongs' : 'belong'} to no trail ${leftOut.length === 1 ? 'holds' : 'hold'} more than was copied, ${name} first: a verification of the copy names them and proves nothing of them`,
    );
  }
  return `${lines.join('\n')}\n`;
}
