/**
 * OpenTelemetry for one process, loaded before it: node --import @cyberstroll/tracing. Spans go out by OTLP over HTTP,
 * as JSON. The standard OTEL_* variables say where to, which traces are sampled, and under which name. Any other SDK
 * that is loaded so does as well: the services know the API alone.
 */
import { basename } from 'node:path';
import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const { argv, env } = process;

/** Names a service by its folder: services/task-api/dist/bundle.js is task-api. */
function toServiceName(script = '') {
  return /([^/\\]+)[/\\]dist[/\\]bundle\.js$/.exec(script)?.[1] ?? basename(script, '.js');
}

if (env.OTEL_SDK_DISABLED?.toLowerCase() !== 'true') {
  // A collector that cannot be reached is named on stderr, and does not delay the process.
  diag.setLogger(new DiagConsoleLogger(), DiagLogLevel[env.OTEL_LOG_LEVEL?.toUpperCase()] ?? DiagLogLevel.ERROR);
  const own = resourceFromAttributes({
    'service.namespace': 'cyberstroll',
    'service.name': toServiceName(argv[1]) || 'node',
    ...(env.INSTANCE_ID && { 'service.instance.id': env.INSTANCE_ID }),
  });
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
  new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] }).register();
}
