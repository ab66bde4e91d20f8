import type { EndpointRecord, Report } from '../../report/report.ts';
import { enumerate } from '../words.ts';

const SERVICES: Readonly<Record<EndpointRecord['service'], string>> = {
  account: 'Account',
  cloudtrail: 'CloudTrail',
  kms: 'KMS',
  organizations: 'Organizations',
  s3: 'S3',
  sts: 'STS',
};
const SOURCES: Readonly<Record<EndpointRecord['source'], string>> = {
  option: '--endpoint-url',
  environment: 'the environment',
  profile: 'the profile',
};
/** More endpoints than there are services; a report from elsewhere may hold any number. */
const MOST_ENDPOINTS = 20;

/** The endpoints that a run used in place of the usual ones, with their services, in one line; undefined where there were none. Not escaped. */
export function endpointsText({ run }: Pick<Report, 'run'>): string | undefined {
  const groups = new Map<string, { readonly record: EndpointRecord; readonly services: string[] }>();
  for (const record of run.endpoints ?? []) {
    const name = `${record.url} ${record.source} ${record.aws}`;
    const group = groups.get(name) ?? { record, services: [] };
    group.services.push(SERVICES[record.service]);
    groups.set(name, group);
  }
  if (groups.size === 0) return undefined;
  const parts = [...groups.values()].map(({ record: { url, source, aws }, services }) => {
    return `${url} for ${enumerate(services)} (from ${SOURCES[source]}; ${aws ? "AWS's own" : "not AWS's"})`;
  });
  const rest = parts.length - MOST_ENDPOINTS;
  return [...parts.slice(0, MOST_ENDPOINTS), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

/** The endpoints that are not AWS's and gave keys which a report names, each once, in order. */
export function foreignOrigins(report: Pick<Report, 'keys'> | undefined): readonly string[] {
  const endpoints = (report?.keys ?? []).flatMap(({ endpoint }) => endpoint ?? []);
  return [...new Set(endpoints)].sort().slice(0, MOST_ENDPOINTS);
}
