// Makes what compose.yaml keeps secret, once: passwords, the files of RabbitMQ, MongoDB and Redis that hold them, the
// services' URLs, an API key of each role. Plain Node without dependencies. Existing files stay: to begin again, remove
// deploy/docker/secrets and the volumes.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePassword, ROLES, toDefinitions } from '../rabbitmq/definitions.mjs';

const dir = process.argv[2] ?? join(import.meta.dirname, 'secrets');

const VHOST = 'cyberstroll';
const POOL = 'default';

if (existsSync(dir)) {
  console.error(`${dir} is there already: nothing was changed`);
} else {
  const rabbitmq = Object.fromEntries(ROLES.map((role) => [role, makePassword()]));
  const users = ROLES.map((role) => ({ name: role, role, password: rabbitmq[role], pools: [POOL] }));
  const definitions = {
    // A queue that names no type is a quorum queue, too, unless it is exclusive.
    vhosts: [{ name: VHOST, metadata: { default_queue_type: 'quorum' } }],
    ...toDefinitions(VHOST, users),
  };
  const [mongodbRoot, mongodb, redis] = [makePassword(), makePassword(), makePassword()];
  const apiKeys = ['viewer', 'operator', 'admin'].map((role) => `${role}:${role}:${makePassword()}`);
  const files = {
    'rabbitmq-definitions.json': JSON.stringify(definitions, undefined, 2),
    'rabbitmq-url': `amqp://service:${rabbitmq.service}@rabbitmq:5672/${VHOST}`,
    'rabbitmq-node-url': `amqp://node:${rabbitmq.node}@rabbitmq:5672/${VHOST}`,
    'rabbitmq-management-url': `http://observer:${rabbitmq.observer}@rabbitmq:15672`,
    'mongodb-keyfile': randomBytes(512).toString('base64'),
    'mongodb-root-password': mongodbRoot,
    'mongodb-user-password': mongodb,
    'mongodb-uri': `mongodb://cyberstroll:${mongodb}@mongodb:27017/cyberstroll?replicaSet=rs0&authSource=admin`,
    'redis.conf': `requirepass ${redis}`,
    'redis-url': `redis://:${redis}@redis:6379`,
    'api-keys': apiKeys.join(','),
  };
  // The folder is closed to other users; its files are not, since in a container another user reads them.
  mkdirSync(dir, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), `${text}\n`, { mode: 0o444 });
  console.log(`wrote ${Object.keys(files).length} files to ${dir}`);
}
