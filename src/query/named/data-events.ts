/** Questions on data events, in the dialect of CloudTrail Lake: messages, Amazon Q, Amazon Bedrock. */
import { choice, IN_WINDOW, type NamedQuery, type QuerySource, text, WINDOW } from './query.ts';

const GUIDE: QuerySource = {
  title: 'AWS Cloud Operations Best Practices: CloudTrail data events',
  url: 'https://aws-samples.github.io/cloud-operations-best-practices/docs/guides/AWS%20CloudTrail/CloudTrail-DataEvents/',
};

const WHO = 'coalesce(userIdentity.arn, userIdentity.invokedBy, userIdentity.principalId)';
const ENDPOINT = choice('endpoint', 'whether they came through a VPC endpoint', {
  any: '1 = 1',
  with: 'vpcEndpointId IS NOT NULL',
  without: 'vpcEndpointId IS NULL',
});

const from = (source: string, event: string): string => `FROM lake_events
WHERE eventSource = '${source}'
  AND eventName = '${event}'
${IN_WINDOW}`;

/** Nine questions. */
export const DATA_EVENT_QUERIES: readonly NamedQuery[] = [
  {
    name: 'sns-publish',
    title: 'Messages published to Amazon SNS topics',
    answers: 'Who published to which topic, and through which VPC endpoint or none.',
    source: GUIDE,
    dialect: 'lake',
    parameters: [ENDPOINT, ...WINDOW],
    sql: `SELECT eventTime, ${WHO} AS who, recipientAccountId, awsRegion, sourceIPAddress,
  element_at(split(element_at(requestParameters, 'topicArn'), ':'), -1) AS topic, vpcEndpointId, eventID
${from('sns.amazonaws.com', 'Publish')}
  AND $endpoint
ORDER BY eventTime, eventID`,
  },
  {
    name: 'sqs-send-message',
    title: 'Messages sent to Amazon SQS queues',
    answers: 'Who sent to which queue, and through which VPC endpoint or none.',
    source: GUIDE,
    dialect: 'lake',
    parameters: [ENDPOINT, ...WINDOW],
    sql: `SELECT eventTime, ${WHO} AS who, recipientAccountId, awsRegion, sourceIPAddress,
  element_at(split(element_at(requestParameters, 'queueUrl'), '/'), -1) AS queue, vpcEndpointId, eventID
${from('sqs.amazonaws.com', 'SendMessage')}
  AND $endpoint
ORDER BY eventTime, eventID`,
  },
  {
    name: 'qbusiness-calls',
    title: 'Amazon Q Business calls by name',
    answers: 'Which operations of Amazon Q Business were called, and how often.',
    source: GUIDE,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT eventName, count(*) AS calls
FROM lake_events
WHERE eventSource = 'qbusiness.amazonaws.com'
${IN_WINDOW}
GROUP BY eventName
ORDER BY calls DESC, eventName`,
    chart: { labels: ['eventname'], value: 'calls' },
  },
  {
    name: 'qbusiness-deleted-documents',
    title: 'Documents deleted from Amazon Q Business',
    answers: 'Who deleted documents of an application (BatchDeleteDocument), and from where.',
    source: GUIDE,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT eventTime, ${WHO} AS who, userIdentity.principalId AS principalid, sourceIPAddress,
  element_at(requestParameters, 'applicationId') AS application, eventID
${from('qbusiness.amazonaws.com', 'BatchDeleteDocument')}
ORDER BY eventTime, eventID`,
  },
  {
    name: 'qbusiness-sync-jobs',
    title: 'Data sources of Amazon Q Business synchronized',
    answers: 'Who started the synchronization of a data source (StartDataSourceSyncJob), and from where.',
    source: GUIDE,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT eventTime, ${WHO} AS who, sourceIPAddress,
  element_at(requestParameters, 'applicationId') AS application, eventID
${from('qbusiness.amazonaws.com', 'StartDataSourceSyncJob')}
ORDER BY eventTime, eventID`,
  },
  {
    name: 's3-deleted-objects',
    title: 'Objects deleted from one bucket',
    answers: 'Who deleted which object of a bucket, such as the source of an application’s documents.',
    source: GUIDE,
    dialect: 'lake',
    parameters: [text('bucket', 'the name of the bucket'), ...WINDOW],
    sql: `SELECT eventTime, ${WHO} AS who, sourceIPAddress, element_at(requestParameters, 'key') AS object, errorCode, eventID
${from('s3.amazonaws.com', 'DeleteObject')}
  AND element_at(requestParameters, 'bucketName') = $bucket
ORDER BY eventTime, eventID`,
  },
  {
    name: 'qdeveloper-scans',
    title: 'Security scans of Amazon Q Developer by user',
    answers: 'Which users had their code analyzed (StartCodeAnalysis), and how often.',
    source: GUIDE,
    dialect: 'lake',
    parameters: WINDOW,
    sql: `SELECT coalesce(userIdentity.onBehalfOf.userId, ${WHO}) AS userid, count(*) AS scans,
  min(eventTime) AS firstscan, max(eventTime) AS lastscan, array_join(array_sort(array_agg(DISTINCT sourceIPAddress)), ', ') AS addresses
FROM lake_events
WHERE eventName = 'StartCodeAnalysis'
${IN_WINDOW}
GROUP BY 1
ORDER BY scans DESC, userid`,
    chart: { labels: ['userid'], value: 'scans' },
  },
  ...(['InvokeAgent', 'RetrieveAndGenerate'] as const).map(
    (event): NamedQuery => ({
      name: event === 'InvokeAgent' ? 'bedrock-invoke-agent' : 'bedrock-retrieve-and-generate',
      title:
        event === 'InvokeAgent'
          ? 'Agents of Amazon Bedrock invoked'
          : 'Knowledge bases of Amazon Bedrock asked',
      answers:
        event === 'InvokeAgent'
          ? 'Who invoked which agent alias, and with which parameters (InvokeAgent).'
          : 'Who asked which knowledge base, and with which parameters (RetrieveAndGenerate).',
      source: GUIDE,
      dialect: 'lake',
      parameters: WINDOW,
      sql: `SELECT eventTime, ${WHO} AS who, userAgent, requestParameters, responseElements,
  transform(resources, r -> r.arn) AS resources, errorCode, eventID
FROM lake_events
WHERE eventName = '${event}'
${IN_WINDOW}
ORDER BY eventTime, eventID`,
    }),
  ),
];
