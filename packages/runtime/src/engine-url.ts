import { z } from 'zod';

/**
 * URLs of engines as variables. One that its driver could not read is refused at start, by the variable's name and never with
 * the URL itself: it holds a password. For the same reason characters that would cut the password in two are refused.
 */
const PARTS = /^(?<scheme>[a-z+]+):\/\/([^@/?#\s]+@)?(?<hosts>[^@/?#\s]+)([/?][^@#\s]*)?$/;
const HALF_ESCAPED = /%(?![0-9a-f]{2})/i;

const engineUrl = (
  schemes: readonly string[],
  { form, severalHosts = false }: { form: string; severalHosts?: boolean },
) =>
  z.string().refine(
    (text) => {
      const { scheme = '', hosts = '' } = PARTS.exec(text)?.groups ?? {};
      if (!schemes.includes(scheme) || HALF_ESCAPED.test(text)) return false;
      return (severalHosts ? hosts.split(',') : [hosts]).every((host) => host !== '' && URL.canParse(`host://${host}`));
    },
    { abort: true, error: `must read ${form}, where user and password have @ : / ? # % as %40 %3A %2F %3F %23 %25` },
  );

export const redisUrl = engineUrl(['redis', 'rediss'], { form: 'redis://user:password@host:port' });
