// Apart from `ports.ts`, which needs zod: the dashboard loads this alone.

/** These methods scan ports, and need a list of them. */
const PORT_METHODS: readonly string[] = ['connect', 'nmap', 'http', 'udp'];
export const needsPorts = (method: string): boolean => PORT_METHODS.includes(method);
