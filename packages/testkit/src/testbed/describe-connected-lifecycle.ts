import type { Component } from '@cyberstroll/runtime';
import { describeLifecycle } from './describe-lifecycle';
import { createTestbed, type Testbed } from './testbed';
import { toCutOff } from './variables';

/**
 * The lifecycle tests of a component that connects to RabbitMQ, MongoDB or Redis, as every service does. `create` makes
 * a fresh component on the testbed that it gets; in one test nothing listens at the URLs of that testbed.
 */
export function describeConnectedLifecycle(name: string, create: (testbed: Testbed) => Component): void {
  let testbed: Testbed;
  beforeAll(async () => {
    testbed = await createTestbed();
  });
  afterAll(() => testbed?.cleanup());

  describeLifecycle(name, () => create(testbed), { createCutOff: () => create(toCutOff(testbed)) });
}
