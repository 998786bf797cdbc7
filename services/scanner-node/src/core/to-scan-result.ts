import { MAX_SERVICES, type ScanResult } from '@cyberstroll/contracts';
import { toService } from './banner';

/** The answer of one port: open or refused. */
export interface PortAnswer {
  port: number;
  open: boolean;
  /** Milliseconds until the answer. */
  answerMs: number;
  /** Printable; '' if the port sent nothing. */
  banner: string;
}

/** `response_time` is that of the quickest answer, also of a refusal; 0 if nothing answered. */
export function toScanResult(answers: readonly PortAnswer[]): ScanResult {
  const open = answers.filter((answer) => answer.open).sort((a, b) => a.port - b.port);
  const quickest = answers.reduce((least, { answerMs }) => Math.min(least, answerMs), Number.POSITIVE_INFINITY);
  return {
    open_ports: open.map(({ port }) => port),
    services: open.slice(0, MAX_SERVICES).map(({ port, banner }) => toService(port, banner)),
    response_time: Number.isFinite(quickest) ? Math.round(quickest * 1_000) / 1_000 : 0,
  };
}
