import { type Answer, AwsError, jsonAnswer } from './answer.ts';
import { checkAllowed } from './deny.ts';
import { jsonBody, pageOf, textField } from './json-body.ts';
import type { ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';

/** Answers DescribeOrganization and ListAccounts (JSON 1.1); throws AwsError for a refusal. */
export function answerOrganizations(request: AwsRequest, state: ServerState, operation: string): Answer {
  const region = request.authorization?.region;
  checkAllowed(state, `organizations:${operation}`, region);
  const organization = state.organization;
  if (organization === undefined) {
    const message = 'Your account is not a member of an organization.';
    throw new AwsError(400, 'AWSOrganizationsNotInUseException', message);
  }
  const arns = `arn:aws:organizations::${organization.managementAccountId}`;
  if (operation === 'DescribeOrganization') {
    return jsonAnswer({
      Organization: {
        Id: organization.id,
        Arn: `${arns}:organization/${organization.id}`,
        FeatureSet: 'ALL',
        MasterAccountArn: `${arns}:account/${organization.id}/${organization.managementAccountId}`,
        MasterAccountId: organization.managementAccountId,
      },
    });
  }
  if (operation === 'ListAccounts') {
    const accounts = organization.accounts.map((account) => ({
      Id: account.id,
      Arn: `${arns}:account/${organization.id}/${account.id}`,
      Name: account.name ?? account.id,
      Status: account.status ?? 'ACTIVE',
      JoinedMethod: 'CREATED',
      ...(account.joined === undefined ? {} : { JoinedTimestamp: account.joined / 1000 }),
    }));
    const token = textField(jsonBody(request), 'NextToken');
    const page = pageOf(accounts, token, state.pageSize ?? 20, 'InvalidInputException');
    return jsonAnswer({ Accounts: page.rows, NextToken: page.next });
  }
  throw new AwsError(400, 'UnknownOperationException', `no operation ${operation}`);
}
