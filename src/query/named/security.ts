/** The first questions after an incident or before an audit, in the dialect of CloudTrail Lake. */
import { choice, IN_WINDOW, type NamedQuery, type QuerySource, text, WINDOW } from './query.ts';

const GUIDE = 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide';
const page = (title: string, file: string): QuerySource => ({
  title: `CloudTrail user guide: ${title}`,
  url: `${GUIDE}/${file}.html`,
});
const IDENTITY = page('CloudTrail userIdentity element', 'cloudtrail-event-reference-user-identity');
const SIGN_IN = page(
  'AWS Management Console sign-in events',
  'cloudtrail-event-reference-aws-console-sign-in-events',
);
const RECORD = page('CloudTrail record contents', 'cloudtrail-event-reference-record-contents');
const BEST = page('Security best practices in AWS CloudTrail', 'best-practices-security');
const INSIGHTS = page('Insights events for trails', 'cloudtrail-insights-fields-trails');

const WHO = 'coalesce(userIdentity.arn, userIdentity.invokedBy, userIdentity.principalId)';

/** Seven questions. */
export const SECURITY_QUERIES: readonly NamedQuery[] = [
  {
    name: 'identities',
    title: 'Who is who',
    answers:
      'Every identity (userIdentity.arn): its type, how often it called anything, in how many Regions, first and last.',
    source: IDENTITY,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT userIdentity.arn AS arn, min(userIdentity.type) AS identitytype, count(*) AS events,
  approx_distinct(awsRegion) AS regions, min(eventTime) AS firstevent, max(eventTime) AS lastevent
FROM lake_events
WHERE userIdentity.arn IS NOT NULL
${IN_WINDOW}
GROUP BY userIdentity.arn
ORDER BY events DESC, arn`,
    chart: { labels: ['arn'], value: 'events' },
  },
  {
    name: 'root-use',
    title: 'Use of the root user',
    answers: 'What the root user of an account did itself, without what AWS services did for the account.',
    source: IDENTITY,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT eventTime, recipientAccountId, awsRegion, eventSource, eventName, errorCode, sourceIPAddress, userAgent, eventID
FROM lake_events
WHERE userIdentity.type = 'Root'
  AND userIdentity.invokedBy IS NULL
  AND eventType <> 'AwsServiceEvent'
${IN_WINDOW}
ORDER BY eventTime, eventID`,
  },
  {
    name: 'console-sign-ins',
    title: 'Console sign-ins with and without MFA',
    answers: 'Who signed in to the console, whether with MFA, and whether it worked.',
    source: SIGN_IN,
    dialect: 'lake',
    parameters: [
      choice('mfa', 'whether MFA was used', {
        any: '1 = 1',
        with: "element_at(additionalEventData, 'MFAUsed') = 'Yes'",
        without: "coalesce(element_at(additionalEventData, 'MFAUsed'), 'No') <> 'Yes'",
      }),
      ...WINDOW,
    ],
    sql: `SELECT eventTime, ${WHO} AS who, userIdentity.type AS identitytype,
  element_at(additionalEventData, 'MFAUsed') AS mfaused, element_at(responseElements, 'ConsoleLogin') AS result,
  errorMessage, sourceIPAddress, recipientAccountId, eventID
FROM lake_events
WHERE eventName = 'ConsoleLogin'
  AND $mfa
${IN_WINDOW}
ORDER BY eventTime, eventID`,
  },
  {
    name: 'errors-by-code',
    title: 'Errors by code',
    answers: 'Which errors calls ended with, how often, for how many identities, and the newest.',
    source: RECORD,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT errorCode, count(*) AS errors, approx_distinct(userIdentity.arn) AS identities, max(eventTime) AS lasterror
FROM lake_events
WHERE errorCode IS NOT NULL
${IN_WINDOW}
GROUP BY errorCode
ORDER BY errors DESC, errorCode`,
    chart: { labels: ['errorcode'], value: 'errors' },
  },
  {
    name: 'trail-control-events',
    title: 'Control events of CloudTrail itself',
    answers:
      'Who called StopLogging, DeleteTrail, UpdateTrail, PutEventSelectors or DeregisterOrganizationDelegatedAdmin, and on which trail.',
    source: BEST,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT eventTime, ${WHO} AS who, eventName,
  coalesce(element_at(requestParameters, 'name'), element_at(requestParameters, 'trailName')) AS trail,
  requestParameters, errorCode, sourceIPAddress, recipientAccountId, awsRegion, eventID
FROM lake_events
WHERE eventSource = 'cloudtrail.amazonaws.com'
  AND eventName IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'DeregisterOrganizationDelegatedAdmin')
${IN_WINDOW}
ORDER BY eventTime, eventID`,
  },
  {
    name: 'insights-events',
    title: 'Insights events and what they are put down to',
    answers:
      'When calls or errors were unusually many, of which operation, and the first value of each attribution.',
    source: INSIGHTS,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT eventTime, insightState, insightType, insightEventSource, insightEventName, insightErrorCode,
  insightContext.baselineAverage AS baselineaverage, insightContext.insightAverage AS insightaverage,
  a.attribute AS attribute, element_at(a.insight, 1).value AS topvalue, element_at(a.insight, 1).average AS topaverage, eventID
FROM lake_events
LEFT JOIN UNNEST(insightContext.attributions) AS t(a) ON TRUE
WHERE eventType = 'AwsCloudTrailInsight'
${IN_WINDOW}
ORDER BY eventTime, eventID, attribute`,
  },
  {
    name: 'principal-day',
    title: 'One principal’s whole day across Regions',
    answers: 'Everything that one identity did on one day (UTC), in order, in every Region and account.',
    source: IDENTITY,
    dialect: 'lake',
    parameters: [
      text('principal', 'an ARN of the identity or of its role, its access key id or its user name'),
      { name: 'day', type: 'date', required: true, description: 'the day, YYYY-MM-DD in UTC' },
    ],
    sql: `SELECT eventTime, awsRegion, recipientAccountId, eventSource, eventName, errorCode, sourceIPAddress, userAgent, eventID
FROM lake_events
WHERE $principal IN (userIdentity.arn, userIdentity.sessionContext.sessionIssuer.arn, userIdentity.accessKeyId, userIdentity.userName)
  AND eventTime >= $day
  AND eventTime < date_add('day', 1, $day)
ORDER BY eventTime, eventID`,
  },
];
