import * as z from 'zod';
import { AppError } from '../app-error';

/**
 * The content of a RabbitMQ URL, for AMQP or for the management API. Its hosts are the nodes of one cluster: user,
 * password and vhost are the same for each.
 */
export interface RabbitmqUrl {
  protocol: string;
  /** At least one. */
  hosts: readonly RabbitmqHost[];
  /** Percent-decoded, as are `password` and `vhost`. A URL names both user and password, or neither. */
  user: string | undefined;
  password: string | undefined;
  /** `/` if the URL names none. */
  vhost: string;
  /** What follows the `?`: `heartbeat`, `frameMax`, `channelMax`, `locale`. */
  parameters: Readonly<Record<string, string>>;
}

export interface RabbitmqHost {
  /** A name or an address; IPv6 without brackets. */
  hostname: string;
  port: number;
}

interface Form {
  text: string;
  /** The default port of each protocol. */
  ports: Readonly<Record<string, number>>;
}

const ESCAPES = 'where user, password and vhost have @ : / ? # % as %40 %3A %2F %3F %23 %25';
const AMQP: Form = {
  text: `amqp://user:password@host1:5672,host2:5672/vhost, or amqps://, ${ESCAPES}`,
  ports: { amqp: 5672, amqps: 5671 },
};
const MANAGEMENT: Form = {
  text: `http://user:password@host1:15672,host2:15672, or https://, ${ESCAPES}`,
  ports: { http: 80, https: 443 },
};

const PARTS =
  /^(?<protocol>[a-z]+):\/\/(?:(?<login>[^@/?#\s]*)@)?(?<hosts>[^@/?#\s]*)(?:\/(?<vhost>[^@?#\s]*))?(?:\?(?<query>[^@#\s]*))?$/;
const WHOLE_NUMBERS = ['heartbeat', 'frameMax', 'channelMax'];

/** `RABBITMQ_URL`. The error lists every fault at once and repeats nothing of the value, since it holds a password. */
export const rabbitmqUrl = toVariable(AMQP).refine((text) => !isGuestBeyondLoopback(parseRabbitmqUrl(text)), {
  error:
    'asks for guest with password guest beyond loopback: name a user of your own in it (deploy/rabbitmq makes them)',
});

/** `RABBITMQ_MANAGEMENT_URL`, in the same form. */
export const rabbitmqManagementUrl = toVariable(MANAGEMENT);

/** Throws AppError fatal (`bad_url`) that lists every fault of `text`, and repeats nothing else of it. */
export const parseRabbitmqUrl = (text: string): RabbitmqUrl => parse(text, AMQP);

/** The same for the URL of the management API. Its path is ignored. */
export const parseManagementUrl = (text: string): RabbitmqUrl => parse(text, MANAGEMENT);

function toVariable(form: Form) {
  return z.string().superRefine((text, context) => {
    const { faults } = read(text, form);
    if (faults.length > 0) context.addIssue({ code: 'custom', message: faults.join('; '), continue: false });
  });
}

function parse(text: string, form: Form): RabbitmqUrl {
  const { url, faults } = read(text, form);
  if (!url) throw new AppError('bad_url', { detail: faults.join('; ') });
  return url;
}

/** If there is no URL, `faults` begins with the form that the text should have. */
function read(text: string, { text: form, ports }: Form): { url?: RabbitmqUrl; faults: string[] } {
  const parts = PARTS.exec(text)?.groups;
  const port = ports[parts?.['protocol'] ?? ''];
  if (!parts || port === undefined) return { faults: [`must have the form ${form}`] };
  const { protocol = '', login = '', hosts = '', vhost = '', query = '' } = parts;
  const colon = login.indexOf(':');
  const [user, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
  const faults: string[] = [];
  const decode = (what: string, encoded: string) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      faults.push(`its ${what} has a % that does not begin percent-encoded UTF-8`);
      return '';
    }
  };
  const url: RabbitmqUrl = {
    protocol,
    hosts: hosts.split(',').flatMap((host, i, all) => {
      const parsed = toHost(host, port);
      if (!parsed) faults.push(`its host ${i + 1} of ${all.length} is not host or host:port`);
      return parsed ?? [];
    }),
    user: decode('user', user) || undefined,
    password: decode('password', password) || undefined,
    vhost: decode('vhost', vhost) || '/',
    parameters: Object.fromEntries(new URLSearchParams(query)),
  };
  if (user && !password) faults.push('it names a user without a password');
  if (password && !user) faults.push('it names a password without a user');
  for (const name of WHOLE_NUMBERS) {
    if (!/^\d*$/.test(url.parameters[name] ?? '')) faults.push(`its ${name} is not a whole number`);
  }
  return faults.length > 0 ? { faults: [`must have the form ${form}`, ...faults] } : { url, faults };
}

function toHost(host: string, defaultPort: number): RabbitmqHost | undefined {
  // A colon without a port appears here when the text is a list of whole URLs.
  if (!host || host.endsWith(':') || !URL.canParse(`host://${host}`)) return undefined;
  const { hostname, port } = new URL(`host://${host}`);
  return hostname ? { hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || defaultPort } : undefined;
}

/** Without a user it is guest. Over TLS a client certificate may name another user, which this code cannot see. */
function isGuestBeyondLoopback({ protocol, hosts, user, password }: RabbitmqUrl): boolean {
  if (user === undefined && protocol === 'amqps') return false;
  const isGuest = (user ?? 'guest') === 'guest' && (password ?? 'guest') === 'guest';
  return isGuest && !hosts.every(({ hostname }) => isLoopback(hostname));
}

const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
