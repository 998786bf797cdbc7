import {
  type PortResult,
  type ReportedFinding,
  type ReportedResult,
  type ScanResult,
  toVisibleLine,
} from '@cyberstroll/contracts';
import { toTexts } from './ports';

/**
 * What a node reports, as it is kept: with all fields of the contract, and texts of one visible line. Scanned hosts
 * write banners; nodes are to send visible text only, and not every node does. Findings are kept apart.
 */
export function completeResult(reported: ReportedResult): ScanResult {
  const { open_ports, services, response_time, hostnames } = reported;
  const ports = reported.ports?.map(toVisiblePort);
  const made = ports && toTexts(ports);
  const finding_count = toFindings(reported).length;
  return {
    open_ports: made ? [...new Set([...open_ports, ...made.open_ports])].sort((a, b) => a - b) : open_ports,
    services: (made && services.length === 0 ? made.services : services).map(toVisibleLine),
    response_time,
    ...(ports && { ports }),
    ...(hostnames && { hostnames: hostnames.map(toVisibleLine) }),
    ...(finding_count > 0 && { finding_count }),
  };
}

/** The findings of a report: the first of each id. */
export function toFindings({ findings = [] }: Pick<ReportedResult, 'findings'>): ReportedFinding[] {
  const ids = new Set<string>();
  return findings.filter(({ id }) => !ids.has(id) && ids.add(id)).map(toVisible);
}

function toVisiblePort({ tls, ...port }: PortResult): PortResult {
  if (!tls) return toVisible(port);
  const { not_before, not_after, ...texts } = tls;
  const times = {
    ...(not_before && { not_before: toUtc(not_before) }),
    ...(not_after && { not_after: toUtc(not_after) }),
  };
  return { ...toVisible(port), tls: { ...toVisible(texts), ...times } };
}

/** As the API writes all times. */
const toUtc = (time: string): string => new Date(time).toISOString();

const toVisible = <Part extends object>(part: Part): Part =>
  Object.fromEntries(
    Object.entries(part).map(([field, value]) => [field, typeof value === 'string' ? toVisibleLine(value) : value]),
  ) as Part;
