import { MAX_SERVICES, type ScanResult } from '@cyberstroll/contracts';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { toBanner } from './banner';

/** The part of nmap's XML output that is read; every field may be absent. */
interface Report {
  nmaprun?: {
    host?: {
      times?: { srtt?: string };
      ports?: { port?: { protocol?: string; portid?: string; state?: { state?: string }; service?: Service }[] };
    }[];
  };
}
type Service = { name?: string; product?: string; version?: string; extrainfo?: string };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  isArray: (name) => name === 'host' || name === 'port',
});

/** The result in an nmap report (`-oX`, one address); undefined if the report is incomplete or is not one. */
export function parseNmapReport(xml: string): ScanResult | undefined {
  if (XMLValidator.validate(xml) !== true) return undefined;
  const run = (parser.parse(xml) as Report).nmaprun;
  if (run === undefined) return undefined;
  const hosts = typeof run === 'object' ? (run.host ?? []) : [];
  const open = hosts
    .flatMap((host) => host.ports?.port ?? [])
    .filter(({ protocol, state }) => protocol === 'tcp' && state?.state === 'open')
    .map(({ portid, service }) => ({ port: Number(portid), service }))
    .sort((a, b) => a.port - b.port);
  // Microseconds, smoothed. nmap omits it if nothing answered.
  const roundTrip = Number(hosts[0]?.times?.srtt ?? 0) / 1_000;
  return {
    open_ports: open.map(({ port }) => port),
    services: open.slice(0, MAX_SERVICES).map(({ port, service }) => toServiceText(port, service)),
    response_time: Number.isFinite(roundTrip) && roundTrip > 0 ? roundTrip : 0,
  };
}

function toServiceText(port: number, { name, product, version, extrainfo }: Service = {}): string {
  const about = [product, version, extrainfo && `(${extrainfo})`].filter(Boolean).join(' ');
  return [`${port}/tcp`, clean(name ?? 'unknown'), clean(about)].filter(Boolean).join(' ');
}

const clean = (text: string): string => toBanner(Buffer.from(text, 'latin1'));
