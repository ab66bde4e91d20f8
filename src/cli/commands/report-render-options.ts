import type { RenderFormat } from '../../render/rendering.ts';
import { UsageError } from '../options/usage-error.ts';

/** The forms that `verify --also` writes beside report.json; all of the library, which is not loaded for this. */
export const ALSO_FORMATS: readonly RenderFormat[] = ['html', 'markdown', 'junit', 'sarif', 'ocsf', 'csv'];

/** What `report render` renders to: the same, the terminal's text, and the report's own bytes. */
export type ReportFormat = RenderFormat | 'text' | 'json';

/** Every one of them. */
export const REPORT_FORMATS: readonly ReportFormat[] = [...ALSO_FORMATS, 'text', 'json'];

/** The options of `report render` as commander hands them over. */
export interface RawReportRenderOptions {
  readonly format: ReportFormat;
  readonly output?: string;
  readonly color: boolean;
}

/** What `report render` was asked for. */
export interface ReportRenderSettings {
  readonly file: string;
  readonly format: ReportFormat;
  /** The new file to write; undefined for standard output. */
  readonly output: string | undefined;
  readonly color: boolean;
}

/** The settings of `report render`; commander has checked the format already. */
export function readReportRenderSettings(file: string, raw: RawReportRenderOptions): ReportRenderSettings {
  return { file, format: raw.format, output: raw.output, color: raw.color };
}

/** The forms named in `--also html,junit`, each once. Throws UsageError for one there is not. */
export function readAlso(text: string | undefined): readonly RenderFormat[] {
  if (text === undefined) return [];
  const names = new Set(text.split(',').map((name) => name.trim()));
  return [...names].map((name) => {
    const format = ALSO_FORMATS.find((known) => known === name);
    if (format !== undefined) return format;
    throw new UsageError(
      `--also: there is no form ${JSON.stringify(name)}`,
      `give some of ${ALSO_FORMATS.join(',')}, parted by commas`,
    );
  });
}
