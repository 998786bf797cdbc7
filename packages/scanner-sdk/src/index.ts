export { createScannerNode } from './create-scanner-node';
export { createRunClock, type RunClock } from './run-clock';
export { type ScanContext, ScanError, type ScanFunction, type ScanTarget } from './scan-function';
export type { NodeStats, ScannerNode, ScannerNodeOptions } from './scanner-node';
