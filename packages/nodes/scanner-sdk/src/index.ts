// What a node's author needs of the other packages, so that one import is enough.
export type { ReportedResult as ScanResult, ScanErrorCode } from '@cyberstroll/contracts';
export { AppError, createLogger, type Logger } from '@cyberstroll/runtime';
export { DEFAULT_SCOPE, parseScope, type Scope, TargetError } from '@cyberstroll/targets';
export { createScannerNode } from './create-scanner-node';
export { type EnvironmentOptions, readEnvironment } from './read-environment';
export type { NodeStats, ScannerNode, ScannerNodeOptions } from './scanner-node';
export { createRunClock, type RunClock } from './scans/run-clock';
export { type ScanAbortCode, ScanAbortedError, ScanError } from './scans/scan-errors';
export type { ScanContext, ScanFunction, ScanTarget } from './scans/scan-function';
