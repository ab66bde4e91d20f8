/** Where the SDK writes what it has to say: it writes warnings to the console unless it is given another place. */
export type Logger = Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error', () => void>>;

/** Nowhere: what matters of it is an error, or in the report. */
export const SILENT: Logger = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
