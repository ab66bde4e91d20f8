import { describe, expect, test } from 'vitest';
import { regionsOfPartition } from '../../src/aws/network/hosts.ts';

interface SdkPartitions {
  readonly partitionsInfo: {
    readonly partitions: readonly {
      readonly id: string;
      readonly regions: Readonly<Record<string, unknown>>;
    }[];
  };
}

/** The SDK's own table, which it does not give out. */
const SDK = '../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
const { partitionsInfo }: SdkPartitions = await import(new URL(SDK, import.meta.url).href);

describe('the table of Regions is that of the SDK', () => {
  test.each(partitionsInfo.partitions.map(({ id, regions }) => [id, Object.keys(regions)] as const))(
    '%s',
    (id, regions) => {
      const names = regionsOfPartition(id).map(({ name }) => name);
      expect(names.sort()).toEqual(regions.filter((name) => !name.endsWith('-global')).sort());
    },
  );
});

test('seventeen Regions of the partition aws cannot be switched off, and all of the others', () => {
  const alwaysOn = regionsOfPartition('aws').filter((region) => region.alwaysOn);
  expect(alwaysOn).toHaveLength(17);
  expect(alwaysOn.map(({ name }) => name)).toContain('us-east-1');
  expect(alwaysOn.map(({ name }) => name)).not.toContain('ap-east-1');
  expect(regionsOfPartition('aws-cn').every((region) => region.alwaysOn)).toBe(true);
  expect(regionsOfPartition('aws-new')).toEqual([]);
});
