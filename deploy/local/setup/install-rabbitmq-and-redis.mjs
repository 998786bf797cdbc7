import { installDebianPackages } from './install-debian-packages.mjs';
import { findEpmd, findRabbitmqServer, findRedisServer } from './programs.cjs';
import { SetupError, say } from './run-step.mjs';

/** RabbitMQ and Redis from Debian, each unless it is there or the environment names a running one. */
export async function installRabbitmqAndRedis() {
  const isMissing = {
    'rabbitmq-server': () => !process.env.RABBITMQ_URL && !(findRabbitmqServer() && findEpmd()),
    'redis-server': () => !process.env.REDIS_URL && !findRedisServer(),
  };
  const missing = () => Object.keys(isMissing).filter((name) => isMissing[name]());
  const names = missing();
  if (names.length === 0) return;
  say(`installing ${names.join(' and ')} (1-2 minutes)`);
  try {
    await installDebianPackages(names);
  } catch (error) {
    // A package whose post-install could not start its system instance is installed all the same.
    if (missing().length > 0) throw error;
  }
  if (missing().length > 0) throw new SetupError(`${missing().join(', ')}: installed, but not found where expected`);
}
