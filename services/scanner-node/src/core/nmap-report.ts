import {
  MAX_FINDINGS,
  MAX_SERVICES,
  type PortResult,
  type ReportedFinding,
  type ReportedResult,
} from '@cyberstroll/contracts';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { toBanner } from './banner';

/** The part of nmap's XML output that is read; every field may be absent. */
interface Report {
  nmaprun?: {
    host?: {
      times?: { srtt?: string };
      ports?: { port?: Port[] };
      hostscript?: { script?: Script[] };
      os?: { osmatch?: { name?: string; accuracy?: string }[] };
    }[];
  };
}
interface Port {
  protocol?: string;
  portid?: string;
  state?: { state?: string };
  service?: Service;
  script?: Script[];
}
type Script = { id?: string; output?: string };
type Service = { name?: string; product?: string; version?: string; extrainfo?: string };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  htmlEntities: true,
  isArray: (name) => ['host', 'port', 'script', 'osmatch'].includes(name),
});

/** The result in an nmap report (`-oX`, one address); undefined if the report is incomplete or is not one. */
export function parseNmapReport(xml: string): ReportedResult | undefined {
  if (XMLValidator.validate(xml) !== true) return undefined;
  const run = (parser.parse(xml) as Report).nmaprun;
  if (run === undefined) return undefined;
  const hosts = typeof run === 'object' ? (run.host ?? []) : [];
  const open = hosts
    .flatMap((host) => host.ports?.port ?? [])
    .filter(({ protocol, state }) => protocol === 'tcp' && state?.state === 'open')
    .map(({ portid, service, script = [] }) => ({ port: Number(portid), service, script }))
    .sort((a, b) => a.port - b.port);
  // Microseconds, smoothed. nmap omits it if nothing answered.
  const roundTrip = Number(hosts[0]?.times?.srtt ?? 0) / 1_000;
  const findings = [
    ...open.flatMap(({ port, script }) => script.map((each) => toFinding(each, port))),
    ...hosts.flatMap(({ hostscript }) => hostscript?.script ?? []).map((each) => toFinding(each)),
    ...hosts.flatMap(({ os }) => os?.osmatch?.slice(0, 1) ?? []).map(toOperatingSystem),
  ];
  return {
    open_ports: open.map(({ port }) => port),
    services: open.slice(0, MAX_SERVICES).map(({ port, service }) => toServiceText(port, service)),
    response_time: Number.isFinite(roundTrip) && roundTrip > 0 ? roundTrip : 0,
    ...(open.length > 0 && { ports: open.slice(0, MAX_SERVICES).map(({ port, service }) => toPort(port, service)) }),
    ...(findings.length > 0 && { findings: findings.slice(0, MAX_FINDINGS) }),
  };
}

function toPort(port: number, { name, product, version, extrainfo }: Service = {}): PortResult {
  const texts = { service: name, product, version, banner: extrainfo };
  const said = Object.entries(texts).flatMap(([field, text]) => (text ? [[field, clean(text).slice(0, 100)]] : []));
  return { port, protocol: 'tcp', state: 'open', ...Object.fromEntries(said) };
}

/** The output of a script: its first line is the title. */
function toFinding({ id = 'script', output = '' }: Script, port?: number): ReportedFinding {
  return {
    id: port === undefined ? id : `${id}/${port}`,
    kind: 'nmap-script',
    ...(port !== undefined && { port, protocol: 'tcp' as const }),
    title: `${id}: ${clean(output)}`.slice(0, 200),
    data: { output: output.slice(0, MAX_OUTPUT) },
  };
}

const toOperatingSystem = ({ name = '', accuracy = '' }: { name?: string; accuracy?: string }): ReportedFinding => ({
  id: 'operating-system',
  kind: 'os',
  severity: 'info',
  title: clean(name) || 'unknown',
  data: { accuracy },
});

/** Characters of the output of a script that are kept: at most four bytes each. */
const MAX_OUTPUT = 2_000;

function toServiceText(port: number, { name, product, version, extrainfo }: Service = {}): string {
  const about = [product, version, extrainfo && `(${extrainfo})`].filter(Boolean).join(' ');
  return [`${port}/tcp`, clean(name ?? 'unknown'), clean(about)].filter(Boolean).join(' ');
}

const clean = (text: string): string => toBanner(Buffer.from(text, 'latin1'));
