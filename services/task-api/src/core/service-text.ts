/** An entry of `services`, `<port>/<protocol> <name> [banner]`, without its port. */
export interface ServiceText {
  protocol: string;
  /** The name, with the banner. Empty if unknown. */
  text: string;
}

/** Every scan is one of TCP. */
export const UNKNOWN_SERVICE: ServiceText = { protocol: 'tcp', text: '' };

/** The services of a result by port. */
export const toServicesByPort = (services: readonly string[]): Map<number, ServiceText> =>
  new Map(services.map((text) => [Number.parseInt(text, 10), toService(text)]));

function toService(entry: string): ServiceText {
  const [, protocol, rest] = /^\d+\/(\S+)(?: (.*))?$/s.exec(entry) ?? [];
  return { protocol: protocol ?? UNKNOWN_SERVICE.protocol, text: rest ?? '' };
}

/** The first word. Empty if unknown. */
export const findServiceName = (text: string): string => text.split(' ', 1)[0]!;
