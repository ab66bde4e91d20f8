import type { Permission } from '../aws/posture.ts';
import { type Check, conclude } from './checks.ts';

const WITHOUT: Readonly<Record<Permission['need'], string>> = {
  verify: 'nothing can be verified',
  expectations: 'what must be there is not known',
  recover: 'what became of missing objects is not told, and none is recovered',
  doctor: 'some of these checks stay unknown',
};

/** A check of every permission that was tried: one that verification itself needs fails, another is a note. */
export function checkPermissions(permissions: readonly Permission[]): readonly Check[] {
  return permissions.map(({ action, resource, need, result, detail }) => {
    const title = `${action} is granted`;
    const words = {
      id: `permission.${action}`,
      control: `needed by trail-verify (${need})`,
      title,
      resource,
      advice: `grant ${action} on ${resource}; without it ${WITHOUT[need]}`,
    };
    if (result === 'granted') return conclude(words, { result: 'pass', detail: detail ?? 'it worked' });
    if (result === 'not-tried')
      return conclude(words, {
        result: need === 'verify' ? 'unknown' : 'note',
        detail: detail ?? 'it was not tried',
      });
    return conclude(words, {
      result: need === 'verify' ? 'fail' : 'note',
      detail: detail ?? 'it was refused',
    });
  });
}

/** One statement of an IAM policy. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
}

/** The statements that would grant every missing permission, one for each resource; empty where none is missing. */
export function missingStatements(permissions: readonly Permission[]): readonly PolicyStatement[] {
  const byResource = new Map<string, Set<string>>();
  for (const { action, resource, result } of permissions) {
    if (result !== 'missing') continue;
    byResource.set(resource, (byResource.get(resource) ?? new Set()).add(action));
  }
  return [...byResource].map(([resource, actions], index) => ({
    Sid: `TrailVerify${index + 1}`,
    Effect: 'Allow',
    Action: [...actions].sort(),
    Resource: resource,
  }));
}
