import { groupBy, parsePorts } from '@cyberstroll/contracts';
import type { Evidence, InventoryDump, ScanDump, Violation } from './evidence';

/** Scans of one address that arrived within this time may have counted in either order. */
const TOGETHER_MS = 5_000;

/** I23: the inventory is what a recount of all completed subtasks gives, and each scan has counted once. */
export function checkInventory({ inventory }: Evidence): Violation[] {
  if (!inventory) return [];
  const violations: Violation[] = [];
  const found = (where: string, what: string) => violations.push({ invariant: 'I23', where, what });
  if (inventory.waiting > 0) found('completions', `${inventory.waiting} batches are not added`);
  const hosts = new Map(inventory.hosts.map((host) => [host.ip, host]));
  const scans = groupBy(inventory.scans, ({ ip }) => ip);
  const opened = [...scans].filter(([, those]) => those.some(({ open_ports }) => open_ports.length > 0));
  for (const [ip, those] of opened) {
    const host = hosts.get(ip);
    if (!host) found(ip, 'something was found on it, and it is no host');
    else for (const what of compare(host, those)) found(ip, what);
  }
  const known = new Set(opened.map(([ip]) => ip));
  for (const { ip, appeared } of inventory.hosts) {
    if (!known.has(ip)) found(ip, 'nothing was found on it, and it is a host');
    if (appeared !== 1) found(ip, `it appeared ${appeared} times`);
  }
  return violations;
}

function* compare(host: InventoryDump['hosts'][number], scans: readonly ScanDump[]): Generator<string> {
  const inOrder = [...scans].sort((a, b) => a.updated_time.getTime() - b.updated_time.getTime());
  const services = new Map(host.services.map((service) => [service.port, service]));
  const ports = new Set(scans.flatMap(({ open_ports }) => open_ports));
  for (const port of services.keys()) if (!ports.has(port)) yield `${port} was never open`;
  for (const port of ports) {
    const service = services.get(port);
    if (!service) {
      yield `${port} is missing`;
      continue;
    }
    const seen = scans.filter(({ open_ports }) => open_ports.includes(port));
    const first = Math.min(...seen.map(({ completed_time }) => completed_time.getTime()));
    if (service.first_seen.getTime() !== first) {
      yield `${port} was first seen ${new Date(first).toISOString()}, not ${service.first_seen.toISOString()}`;
    }
    const looked = inOrder.filter((scan) => scan.open_ports.includes(port) || parsePorts(scan.ports).includes(port));
    const last = looked.at(-1)!;
    const since = last.updated_time.getTime() - TOGETHER_MS;
    if (looked.some((scan) => scan !== last && scan.updated_time.getTime() > since)) continue;
    const state = last.open_ports.includes(port) ? 'open' : 'closed';
    if (service.state !== state) yield `${port} is ${state}, not ${service.state}`;
  }
}
