// What a node's author needs of the other packages, so that one import is enough.
export type { ScanErrorCode, ScanResult } from '@cyberstroll/contracts';
export { createLogger, type Logger } from '@cyberstroll/runtime';
export { DEFAULT_SCOPE, parseScope, type Scope } from '@cyberstroll/targets';
export { createScannerNode } from './create-scanner-node';
export type { NodeStats, ScannerNode, ScannerNodeOptions } from './scanner-node';
export { createRunClock, type RunClock } from './scans/run-clock';
export { type ScanContext, ScanError, type ScanFunction, type ScanTarget } from './scans/scan-function';
