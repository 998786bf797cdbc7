// A scanner node around a command-line scanner that prints a JSON object for each finding, as nuclei does.
import { spawn } from 'node:child_process';
import { isIPv6 } from 'node:net';
import { text } from 'node:stream/consumers';
import { createScannerNode, parseScope, readEnvironment, ScanError } from '@cyberstroll/scanner-sdk';

const { SCAN_COMMAND = 'nuclei -jsonl -silent', METHODS = 'nuclei', SCAN_SCOPE = '127.0.0.0/8' } = process.env;
const [program, ...first] = SCAN_COMMAND.split(' ');
/** The options that a client may give, and how the scanner calls them. */
const OPTIONS = { severity: '-severity', tags: '-tags' };
const MAX_FINDINGS = 1_000;

function toArguments(options = {}) {
  return Object.entries(options).flatMap(([name, value]) => {
    const isValid = Object.hasOwn(OPTIONS, name) && typeof value === 'string' && /^\w[\w,-]{0,199}$/.test(value);
    if (isValid) return [OPTIONS[name], value];
    const names = Object.keys(OPTIONS).join(', ');
    throw new ScanError('INVALID_JOB', `options.${name}: must be a word or several, of ${names}`);
  });
}

function toFinding(line) {
  const { port, type: kind, info, 'template-id': template, 'matched-at': place } = JSON.parse(line);
  return {
    id: `${template}:${port}`.slice(0, 200),
    kind,
    title: info.name.slice(0, 512),
    severity: info.severity,
    port: Number(port),
    data: { matched_at: place.slice(0, 2_000) },
  };
}

async function scan({ ip, ports, options }, { signal }) {
  const host = isIPv6(ip) ? `[${ip}]` : ip;
  const scanner = spawn(program, [...first, ...toArguments(options)], { signal, killSignal: 'SIGKILL' });
  const ended = new Promise((resolve, reject) => scanner.on('error', reject).on('close', resolve));
  scanner.stdin.on('error', () => {}).end(ports.map((port) => `${host}:${port}\n`).join(''));
  const output = Promise.all([text(scanner.stdout), text(scanner.stderr), ended]);
  const [lines, errors, code] = await output.catch((error) => {
    throw error.code === 'ENOENT' ? new ScanError('SCANNER_MISSING', error.message) : error;
  });
  if (code !== 0) throw new ScanError('SCANNER_CRASHED', errors.slice(-500));
  const findings = lines.split('\n').filter(Boolean).slice(0, MAX_FINDINGS).map(toFinding);
  const open_ports = [...new Set(findings.map(({ port }) => port))].sort((a, b) => a - b);
  return { open_ports, services: [], response_time: 0, findings };
}

const given = { ...readEnvironment(), scope: parseScope(SCAN_SCOPE), methods: METHODS.split(',') };
const node = createScannerNode({ ...given, version: 'command 1', scan });
process.once('SIGTERM', () => void node.stop());
await node.start();
