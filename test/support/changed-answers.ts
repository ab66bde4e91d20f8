import type { Answer } from './aws-server/answer.ts';

/** One way to change an answer; a change that leaves it as it is says nothing. */
export type Change = (answer: Answer) => Answer;

const HTML = '<html><body>Welcome to the network. Please log in.</body></html>';

function body(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Change {
  return () => ({ status, headers, body: Buffer.from(text) });
}

function edited(edit: (text: string) => string): Change {
  return (answer) => ({
    ...answer,
    body: Buffer.from(edit(Buffer.from(answer.body).toString('latin1')), 'latin1'),
  });
}

function withStatus(status: number, headers: Readonly<Record<string, string>> = {}): Change {
  return (answer) => ({ ...answer, status, headers: { ...answer.headers, ...headers } });
}

function refusal(status: number, code: string): Change {
  return body(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>m</Message></Error>`,
    status,
  );
}

/** An answer that S3 does not give to what was asked, whatever that was: it is nobody's word on anything. */
export const NO_ANSWERS: Readonly<Record<string, Change>> = {
  '204': () => ({ status: 204, headers: {}, body: new Uint8Array() }),
  '202': withStatus(202),
  '203': withStatus(203),
  '205': () => ({ status: 205, headers: {}, body: new Uint8Array() }),
  '206 with the whole': withStatus(206),
  '206 with a part': (answer) => ({
    ...withStatus(206, { 'content-range': 'bytes 0-9/5000' })(answer),
    body: answer.body.subarray(0, 10),
  }),
  '301': body('', 301, { location: 'http://127.0.0.1:9/' }),
  '307': body('', 307, { location: 'http://127.0.0.1:9/' }),
  '400 NoSuchKey': refusal(400, 'NoSuchKey'),
  '403 NoSuchKey': refusal(403, 'NoSuchKey'),
  '403 NoSuchBucket': refusal(403, 'NoSuchBucket'),
  '403 HTML': body(HTML, 403),
  '404 HTML': body(HTML, 404),
  '404 JSON': body('{"error":"not found"}', 404),
  '409 NoSuchKey': refusal(409, 'NoSuchKey'),
  '410': body('', 410),
  '412': refusal(412, 'PreconditionFailed'),
  '416': refusal(416, 'InvalidRange'),
  '500 NoSuchKey': refusal(500, 'NoSuchKey'),
  '503 HTML': body(HTML, 503),
};

/** Another content with status 200. */
export const OTHER_CONTENTS: Readonly<Record<string, Change>> = {
  nothing: body(''),
  HTML: body(HTML),
  JSON: body('{}'),
  truncated: (answer) => ({ ...answer, body: answer.body.subarray(0, answer.body.length >> 1) }),
  'cut by a byte': (answer) => ({ ...answer, body: answer.body.subarray(0, -1) }),
  doubled: edited((text) => text + text),
  'an error with status 200': refusal(200, 'NoSuchKey'),
};

/** A page of ListObjectsV2 that is not the one that was asked for. */
export const OTHER_PAGES: Readonly<Record<string, Change>> = {
  'another root': edited((text) => text.replaceAll('ListBucketResult', 'ListVersionsResult')),
  'an empty root': edited((text) =>
    text.replace(/(<ListBucketResult[^>]*>).*(<\/ListBucketResult>)/s, '$1$2'),
  ),
  'an empty page of nobody': body('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'),
  'without Name': edited((text) => text.replace(/<Name>.*?<\/Name>/, '')),
  'another Name': edited((text) => text.replace(/<Name>.*?<\/Name>/, '<Name>another-bucket</Name>')),
  'without Prefix': edited((text) => text.replace(/<Prefix>[^<]+<\/Prefix>/, '')),
  'another Prefix': edited((text) => text.replace(/<Prefix>[^<]*<\/Prefix>/, '<Prefix>x/</Prefix>')),
  'without IsTruncated': edited((text) => text.replace(/<IsTruncated>.*?<\/IsTruncated>/, '')),
  'IsTruncated in words': edited((text) => text.replace('>false<', '>no<')),
  'more without a token': edited((text) => text.replace('>false<', '>true<')),
  'another count': edited((text) => text.replace(/<KeyCount>\d+</, '<KeyCount>77<')),
  'without its rows': edited((text) =>
    text.replace(/<Contents>.*<\/Contents>|<CommonPrefixes>.*<\/CommonPrefixes>/s, ''),
  ),
  'each row twice': edited((text) =>
    text.replace(/<KeyCount>.*?<\/KeyCount>/, '').replace(/<(Contents|CommonPrefixes)>.*?<\/\1>/gs, '$&$&'),
  ),
  backwards: edited((text) => {
    const rows = text.match(/<(Contents|CommonPrefixes)>.*?<\/\1>/gs) ?? [];
    return text.replace(rows.join(''), rows.reverse().join(''));
  }),
  'a key outside': edited((text) =>
    text
      .replace(/<KeyCount>.*?<\/KeyCount>/, '')
      .replace(
        '</ListBucketResult>',
        '<Contents><Key>\uffff</Key><Size>1</Size></Contents></ListBucketResult>',
      ),
  ),
  'a row without a key': edited((text) =>
    text
      .replace(/<KeyCount>.*?<\/KeyCount>/, '')
      .replace('</ListBucketResult>', '<Contents><Size>1</Size></Contents></ListBucketResult>'),
  ),
  'another token': edited((text) =>
    text.replace('<KeyCount>', '<ContinuationToken>another</ContinuationToken><KeyCount>'),
  ),
  'beginning elsewhere': edited((text) =>
    text
      .replace(/<StartAfter>.*?<\/StartAfter>/, '')
      .replace('<KeyCount>', '<StartAfter>zz</StartAfter><KeyCount>'),
  ),
};
