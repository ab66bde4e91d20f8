/** The attributes of OCSF 1.6.0 that every finding begins with, of a report or of a diagnosis. */
import { VERSION } from '../../base/version.ts';

const OCSF_VERSION = '1.6.0';
const CLASSES = { 2003: 'Compliance Finding', 2004: 'Detection Finding' } as const;

/** What differs between events; `time` in milliseconds since the epoch, `product` the name of what writes them. */
export interface OcsfEvent {
  readonly classUid: keyof typeof CLASSES;
  readonly uid: string;
  readonly time: number;
  readonly product: { readonly name: string; readonly version?: string };
  /** Common to all events of one run. */
  readonly correlationUid?: string;
}

/** The beginning of an event, as a new finding. */
export function ocsfBase({ classUid, uid, time, product, correlationUid }: OcsfEvent): object {
  const className = CLASSES[classUid];
  return {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: classUid,
    class_name: className,
    type_uid: classUid * 100 + 1,
    type_name: `${className}: Create`,
    time,
    metadata: {
      version: OCSF_VERSION,
      uid,
      ...(correlationUid === undefined ? {} : { correlation_uid: correlationUid }),
      product: { name: product.name, vendor_name: 'trail-verify', version: product.version ?? VERSION },
    },
    status_id: 1,
    status: 'New',
  };
}
