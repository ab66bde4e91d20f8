/** The services of moto that an AWS account would give, as far as a state machine needs them; asked as the AWS CLI asks them. */

/** Where moto answers; undefined where test/moto/run.sh has started none. */
export const MOTO: string | undefined = process.env.MOTO_ENDPOINT;

/** Regions of executions. moto cannot start a second one where it has run one, so each has a Region of its own. */
export const REGIONS: readonly string[] = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
  ...['eu-west-1', 'eu-west-2', 'eu-central-1', 'ap-south-1'],
];

/** A service in a Region. */
type Service = readonly [name: keyof typeof SERVICES, region: string];

/** The services by the names in their signatures and in the headers of their requests. */
const SERVICES = {
  states: { target: 'AWSStepFunctions', version: '1.0' },
  sqs: { target: 'AmazonSQS', version: '1.0' },
} as const;

/** Asks a service of moto. Throws with its words where it refuses. */
// biome-ignore lint/suspicious/noExplicitAny: answers of a server of the test's own.
export async function ask([service, region]: Service, operation: string, body: object): Promise<any> {
  const { target, version } = SERVICES[service];
  const answer = await fetch(`${MOTO}/`, {
    method: 'POST',
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': `${target}.${operation}`,
      // moto finds the service by it, and checks no signature.
      authorization: `AWS4-HMAC-SHA256 Credential=moto/20261005/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${text.slice(0, 1000)}`);
  return text === '' ? {} : JSON.parse(text);
}

/** Has moto forget everything, and run state machines for real. */
export async function runMachines(): Promise<void> {
  await fetch(`${MOTO}/moto-api/reset`, { method: 'POST' });
  const answer = await fetch(`${MOTO}/moto-api/config`, {
    method: 'POST',
    body: JSON.stringify({ stepfunctions: { execute_state_machine: true } }),
  });
  if (!answer.ok) throw new Error(`moto takes no settings: ${answer.status}`);
}

/** Waits until an execution has ended, and describes it. */
export async function endOf(
  executionArn: string,
  region: string,
): Promise<{ readonly status: string; readonly error?: string; readonly output?: string }> {
  for (;;) {
    const described = await ask(['states', region], 'DescribeExecution', { executionArn });
    if (described.status !== 'RUNNING') return described;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
