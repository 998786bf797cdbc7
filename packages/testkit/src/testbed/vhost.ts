/** Creates a vhost through the management API and lets the API's user do everything in it. */
export async function createVhost(managementUrl: string, vhost: string): Promise<void> {
  const { username } = new URL(managementUrl);
  const name = encodeURIComponent(vhost);
  await callManagement(managementUrl, 'PUT', `/api/vhosts/${name}`);
  await callManagement(managementUrl, 'PUT', `/api/permissions/${name}/${username}`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  });
}

/** Deletes a vhost with everything in it; its connections are closed by the broker. */
export async function deleteVhost(managementUrl: string, vhost: string): Promise<void> {
  await callManagement(managementUrl, 'DELETE', `/api/vhosts/${encodeURIComponent(vhost)}`);
}

/**
 * One call to RabbitMQ's management API. `managementUrl` carries the credentials; `path` begins with `/api`.
 * Returns the parsed body, or undefined when the answer has no body. Throws on any status but 2xx; 404 to a DELETE is
 * fine.
 */
export async function callManagement(
  managementUrl: string,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { username, password, origin } = new URL(managementUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/json',
      // RabbitMQ ends a connection that has no request for a while: a request that comes then is lost.
      connection: 'close',
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await response.text();
  if (method === 'DELETE' && response.status === 404) return undefined;
  if (!response.ok) throw new Error(`RabbitMQ management: ${method} ${path} answered ${response.status}: ${text}`);
  return text ? JSON.parse(text) : undefined;
}
