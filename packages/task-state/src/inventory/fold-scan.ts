/**
 * What a completed scan says of the inventory: the latest state of each service and each finding of an address, over
 * all tasks. Scans count in the order in which their results arrived; the times that are kept are those of the scans.
 */
import {
  type Finding,
  type Host,
  type HostFinding,
  type HostService,
  type InventoryChange,
  MAX_HOST_FINDINGS,
  MAX_HOST_SERVICES,
  MAX_HOSTNAMES,
  type PortResult,
  type ScanResult,
} from '@cyberstroll/contracts';
import { toPorts } from '../results/ports';

/** A finding with what its absence in a later scan is compared by: a scan with other options may not look for it. */
export type KnownFinding = HostFinding & { scan_key: string };
export type KnownHost = Omit<Host, 'findings'> & { findings: KnownFinding[] };

type Reported = Pick<Finding, 'finding_id' | 'kind' | 'severity' | 'port' | 'protocol' | 'title'>;

/** A completed scan of an address. */
export interface HostScan {
  ip: string;
  task_id: string;
  subtask_id: string;
  completed_time: Date;
  scan_result: ScanResult;
  findings: readonly Reported[];
  labels: readonly string[];
  method: string;
  /** The same for the same method and options. */
  scan_key: string;
  /** Whether the scan would have seen the port open. */
  covers: (port: Pick<PortResult, 'port' | 'protocol'>) => boolean;
}

export type NewChange = Omit<InventoryChange, 'change'>;

/** The host after the scan, and what changed. Undefined if nothing was ever found on it. */
export function foldScan(
  host: KnownHost | undefined,
  scan: HostScan,
): { host: KnownHost | undefined; changes: NewChange[] } {
  const time = scan.completed_time;
  const ports = new Map(toPorts(scan.scan_result).map((port) => [toPortKey(port), port]));
  const open = [...ports.values()].filter(({ state }) => state === 'open');
  const found = open.length > 0 || scan.findings.length > 0;
  if (!host && !found) return { host, changes: [] };
  const known = host ?? toNewHost(scan);
  const changes: NewChange[] = [];
  const note: Note = (change) => {
    const { ip, task_id, subtask_id, labels } = scan;
    changes.push({ time, ip, task_id, subtask_id, ...(labels.length > 0 && { labels: [...labels] }), ...change });
  };
  if (!host) note({ kind: 'host_appeared' });

  const openNumbers = new Set(scan.scan_result.open_ports);
  const services = known.services.map((service) => {
    const port = ports.get(toPortKey(service));
    if (port?.state === 'open') return seeService(service, port, scan, note);
    const isOpen = service.protocol === 'tcp' && openNumbers.has(service.port);
    const isClosed = port ? port.state !== 'open|filtered' : !isOpen && scan.covers(service);
    return isClosed ? missService(service, scan, note) : service;
  });
  const names = new Set(known.services.map(toPortKey));
  for (const port of open) {
    if (names.has(toPortKey(port))) continue;
    services.push({ ...toDetails(port), state: 'open', ...toTimes(scan) });
    note({ kind: 'port_opened', ...toPlace(port), ...toAfter(port) });
  }

  const reported = new Map(scan.findings.map((finding) => [finding.finding_id, finding]));
  const findings = known.findings.map((finding) => {
    const again = finding.method === scan.method ? reported.get(finding.finding_id) : undefined;
    if (again) return seeFinding(finding, again, scan, note);
    const { port, protocol = 'tcp' } = finding;
    const isLookedFor = finding.scan_key === scan.scan_key && (port === undefined || scan.covers({ port, protocol }));
    return isLookedFor ? missFinding(finding, scan, note) : finding;
  });
  const ids = new Set(known.findings.filter(({ method }) => method === scan.method).map((each) => each.finding_id));
  for (const finding of scan.findings) {
    if (ids.has(finding.finding_id)) continue;
    findings.push(toOpenFinding(finding, scan));
    note({ kind: 'finding_new', ...toFindingFacts(finding) });
  }

  const hostnames = toHostnames(known.hostnames, scan.scan_result.hostnames);
  const labels = found ? scan.labels : known.labels;
  return {
    host: {
      ip: known.ip,
      first_seen: found ? earlier(known.first_seen, time) : known.first_seen,
      last_seen: found ? later(known.last_seen, time) : known.last_seen,
      last_scanned: later(known.last_scanned, time),
      ...(hostnames.length > 0 && { hostnames }),
      ...(labels && labels.length > 0 && { labels: [...labels] }),
      services: keepNewest(services, MAX_HOST_SERVICES).sort(byPort),
      findings: keepNewest(findings, MAX_HOST_FINDINGS),
    },
    changes,
  };
}

type Note = (change: Omit<NewChange, 'time' | 'ip' | 'task_id' | 'subtask_id' | 'labels'>) => void;

const toNewHost = ({ ip, completed_time: time }: HostScan): KnownHost => ({
  ip,
  first_seen: time,
  last_seen: time,
  last_scanned: time,
  services: [],
  findings: [],
});

function seeService(service: HostService, port: PortResult, scan: HostScan, note: Note): HostService {
  const [before, after] = [toServiceText(service), toServiceText(port)];
  if (service.state === 'closed') note({ kind: 'port_opened', ...toPlace(port), ...toAfter(port) });
  else if (before !== '' && after !== '' && before !== after) {
    note({ kind: 'service_changed', ...toPlace(port), before, after });
  }
  // A scan that knows less, such as one without banners, does not forget what another has found.
  const details = after === '' ? { ...toDetails(service), ...toDetails(port) } : toDetails(port);
  return { ...details, state: 'open', ...toTimes(scan, service) };
}

function missService(service: HostService, scan: HostScan, note: Note): HostService {
  const time = later(scan.completed_time, service.last_checked);
  if (service.state === 'closed') return { ...service, last_checked: time };
  const before = toServiceText(service);
  note({ kind: 'port_closed', ...toPlace(service), ...(before !== '' && { before }) });
  return { ...service, state: 'closed', last_checked: time, closed_since: time };
}

function seeFinding(finding: KnownFinding, again: Reported, scan: HostScan, note: Note): KnownFinding {
  if (finding.state === 'gone') note({ kind: 'finding_back', ...toFindingFacts(again) });
  return toOpenFinding(again, scan, finding);
}

function missFinding(finding: KnownFinding, scan: HostScan, note: Note): KnownFinding {
  const time = later(scan.completed_time, finding.last_checked);
  if (finding.state === 'gone') return { ...finding, last_checked: time };
  note({ kind: 'finding_gone', ...toFindingFacts(finding) });
  return { ...finding, state: 'gone', last_checked: time, gone_since: time };
}

function toOpenFinding(finding: Reported, scan: HostScan, before?: KnownFinding): KnownFinding {
  const { method, scan_key } = scan;
  const { kind } = finding;
  return { ...toFindingFacts(finding), kind, state: 'open', method, scan_key, ...toTimes(scan, before) };
}

type Times = Pick<HostService, 'first_seen' | 'last_seen' | 'last_checked'>;

/** Of what a scan has seen. */
function toTimes({ completed_time: time, task_id, subtask_id }: HostScan, before?: Times) {
  const first_seen = before ? earlier(before.first_seen, time) : time;
  const last_checked = before ? later(before.last_checked, time) : time;
  return { first_seen, last_seen: last_checked, last_checked, task_id, subtask_id };
}

const toPortKey = ({ port, protocol }: Pick<PortResult, 'port' | 'protocol'>): string => `${port}/${protocol}`;
const toPlace = ({ port, protocol }: Pick<PortResult, 'port' | 'protocol'>) => ({ port, protocol });
function toDetails({ port, protocol, service, product, version, banner, tls }: Omit<PortResult, 'state'>) {
  return {
    port,
    protocol,
    ...(service !== undefined && { service }),
    ...(product !== undefined && { product }),
    ...(version !== undefined && { version }),
    ...(banner !== undefined && { banner }),
    ...(tls && { tls }),
  };
}

const toServiceText = ({ service, product, version }: Omit<PortResult, 'state'>): string =>
  [service, product, version].filter(Boolean).join(' ');

function toAfter(port: Omit<PortResult, 'state'>) {
  const after = toServiceText(port);
  return after === '' ? {} : { after };
}

function toFindingFacts(finding: Pick<HostFinding, 'finding_id' | 'severity' | 'port' | 'protocol' | 'title'>) {
  const { finding_id, severity, port, protocol, title } = finding;
  return {
    finding_id,
    ...(severity !== undefined && { severity }),
    ...(port !== undefined && { port }),
    ...(protocol !== undefined && { protocol }),
    title,
  };
}

function toHostnames(known: readonly string[] = [], reported: readonly string[] = []): string[] {
  return [...new Set([...reported, ...known])].slice(0, MAX_HOSTNAMES);
}

const earlier = (a: Date, b: Date): Date => (a <= b ? a : b);
const later = (a: Date, b: Date): Date => (a >= b ? a : b);

/** The first ones by what was seen last. */
const keepNewest = <Seen extends Pick<HostService, 'last_seen'>>(seen: Seen[], most: number): Seen[] =>
  seen.length <= most ? seen : [...seen].sort((a, b) => b.last_seen.getTime() - a.last_seen.getTime()).slice(0, most);

const byPort = (a: HostService, b: HostService): number =>
  a.port - b.port || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0);
