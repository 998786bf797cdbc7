import {
  AppError,
  parseRabbitmqUrl,
  type RabbitmqHost,
  type RabbitmqUrl,
  type TlsMaterial,
} from '@cyberstroll/runtime';
import { type ChannelModel, connect, credentials } from 'amqplib';

const HEARTBEAT_SECONDS = 10;

export interface DialOptions {
  url: string;
  /** For `amqps://`. Its certificate is also the login where the URL names no user (SASL EXTERNAL). */
  tls?: TlsMaterial;
  /** Shown in RabbitMQ's list of connections. */
  name: string;
  timeoutMs: number;
}

/** How to connect to the cluster that a URL names. */
export interface Dial {
  hosts: readonly RabbitmqHost[];
  connectTo(host: RabbitmqHost): Promise<ChannelModel>;
  /**
   * The next host at each call, in an order that is random for each dial: the clients of a cluster spread over its
   * nodes.
   */
  connectToNext(): Promise<ChannelModel>;
}

/** Throws AppError fatal where the URL has faults, or names no user and there is no certificate to log in by. */
export function createDial({ url, tls = {}, name, timeoutMs }: DialOptions): Dial {
  const address = parseRabbitmqUrl(url);
  const { protocol, hosts, vhost, parameters } = address;
  const login = toLogin(address, tls);
  const order = shuffle(hosts);
  let next = 0;

  const connectTo = ({ hostname, port }: RabbitmqHost) =>
    connect(
      // amqplib decodes the vhost once more.
      { heartbeat: HEARTBEAT_SECONDS, ...parameters, protocol, hostname, port, vhost: encodeURIComponent(vhost) },
      { ...tls, credentials: login, noDelay: true, timeout: timeoutMs, clientProperties: { connection_name: name } },
    );
  return { hosts, connectTo, connectToNext: () => connectTo(order[next++ % order.length]!) };
}

function toLogin({ protocol, user, password }: RabbitmqUrl, { cert }: TlsMaterial) {
  // Not amqplib's own reading of the URL, which takes percent-encoded UTF-8 for Latin-1.
  if (user !== undefined && password !== undefined) return credentials.plain(user, password);
  if (protocol === 'amqp') return credentials.plain('guest', 'guest');
  if (cert) return credentials.external();
  const detail = 'it names no user; add user and password, or set TLS_CERT and TLS_KEY to log in by certificate';
  throw new AppError('bad_url', { detail });
}

function shuffle<Item>(items: readonly Item[]): Item[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}
