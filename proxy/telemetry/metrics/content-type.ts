/** Content-Type of Prometheus' text format, as prom-client writes it. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'
