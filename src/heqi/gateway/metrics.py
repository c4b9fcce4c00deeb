"""What Prometheus scrapes: transactions by code, the chain's height, waits, HTTP requests. No names, no records."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

from heqi.kernel.engines.port import Status

LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One gateway's figures, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.transactions = Counter("heqi_transactions", "Transactions answered by this gateway, by code", ["code"], registry=registry)
        self.wait = Histogram("heqi_wait_seconds", "From submission to receipt", buckets=LATENCY_S, registry=registry)
        self.requests = Counter("heqi_http_requests", "HTTP requests", ["method", "route", "status"], registry=registry)
        self.latency = Histogram("heqi_http_seconds", "HTTP requests", ["route"], buckets=LATENCY_S, registry=registry)
        self.streams = Gauge("heqi_event_streams", "Event streams that are open", registry=registry)
        self.height = Gauge("heqi_block_height", "Height of the last durable block", registry=registry)
        self.waiting = Gauge("heqi_transactions_waiting", "Transactions admitted and not yet in a block", registry=registry)
        self.total = Gauge("heqi_chain_transactions", "Transactions on the chain", registry=registry)

    def page(self, status: Status) -> Response:
        """The figures with the chain's status at this moment."""
        self.height.set(status.height)
        self.waiting.set(status.waiting)
        self.total.set(status.transactions)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
