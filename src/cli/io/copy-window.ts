import { isoTime } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import type { Limit } from '../../findings/event.ts';
import type { FolderSource } from '../../source/folder/folder-source.ts';
import type { WindowSettings } from '../options/common.ts';

/**
 * What a collected copy notes of itself, held against the window asked for. Whoever changed the copy could have
 * changed the note, so it never narrows the window by itself: a copy of a limited time needs the user's own --from
 * (CONFIGURATION, with the options to give). Returns what the report must say of the copy.
 */
export function checkCopyWindow(
  { collected }: Pick<FolderSource, 'collected'>,
  path: string,
  { from, to }: WindowSettings,
): readonly Limit[] {
  if (collected === undefined) return [];
  const { window, complete } = collected;
  const limits: Limit[] = [];
  if (!complete) {
    const text = `The copy in ${path} was not finished: objects that it lacks may still be in the bucket. Run collect again.`;
    limits.push({ code: 'COPY_INCOMPLETE', text });
  }
  const begin = window.from === null ? Number.NaN : Date.parse(window.from);
  if (Number.isNaN(begin)) return limits;
  const made = `from ${isoTime(begin)}${endOf(window.to)}`;
  if (from === undefined) {
    throw new TrailVerifyError('CONFIGURATION', `folder ${path} is a copy of a limited time, ${made}`, {
      hint: `give that window yourself if it is the one you mean: ${optionsOf(begin, window.to, to)}`,
    });
  }
  if (from < begin) {
    const text = `The copy in ${path} was made for the time ${made}: what is missing before may never have been copied.`;
    limits.push({ code: 'COPY_WINDOW', text });
  }
  return limits;
}

function endOf(end: string | null): string {
  const time = end === null ? Number.NaN : Date.parse(end);
  return Number.isNaN(time) ? '' : ` to ${isoTime(time)}`;
}

function optionsOf(begin: number, end: string | null, to: number | undefined): string {
  const time = end === null ? Number.NaN : Date.parse(end);
  const until = Number.isNaN(time) || to !== undefined ? '' : ` --to ${isoTime(time)}`;
  return `--from ${isoTime(begin)}${until}`;
}
