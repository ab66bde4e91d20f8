/** What a witness is opened with. */
import type { EventDataStore } from '../../../aws/event-data-store.ts';
import type { AwsSession } from '../../../aws/session.ts';
import type { Report } from '../../../report/report.ts';
import type { Source } from '../../../source/source.ts';
import type { AskIn, WitnessAccess } from './sessions.ts';

/** What is asked about, and how. */
export interface WitnessSettings extends WitnessAccess {
  /** The event data store of CloudTrail Lake that is asked; undefined for the results that the report has verified. */
  readonly eventDataStore: EventDataStore | undefined;
  readonly report: Report;
  /** Where the objects of the report are. */
  readonly source: Source;
  /** Says a sentence, without its full stop, before something is asked. */
  readonly say: (text: string) => void;
  /** Ends waiting. */
  readonly signal: AbortSignal;
}

/** The settings, and access that all witnesses share. */
export interface WitnessOpening extends WitnessSettings {
  /** The caller's own access. */
  readonly own: AwsSession;
  readonly askIn: AskIn;
}
