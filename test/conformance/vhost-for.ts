import { randomBytes } from 'node:crypto';
import { createVhost, deleteVhost, getEngineUrls, withVhost } from '@cyberstroll/testkit';

/** Runs `work` with the URL of a vhost of its own. */
export async function withOwnVhost<T>(work: (rabbitmqUrl: string) => Promise<T>): Promise<T> {
  const { rabbitmq_url, rabbitmq_management_url } = getEngineUrls();
  const vhost = `conformance-${randomBytes(4).toString('hex')}`;
  await createVhost(rabbitmq_management_url, vhost);
  try {
    return await work(withVhost(rabbitmq_url, vhost));
  } finally {
    await deleteVhost(rabbitmq_management_url, vhost);
  }
}
